"""Without the web API: what is put as another application puts it, and what is found broken."""

from typing import TYPE_CHECKING

import pytest

from operations.smoke import activation, application, pictures
from operations.smoke.run import FailedError, Run
from send_user_activation_mail.recipient import recipient_of
from shared.user_table import was_never_claimed
from tests.unit.builders import BUCKET, USER_PROFILE_TABLE, USER_TABLE, Profiles, Users
from tests.unit.operations.smoke.fakes import run_of
from tooling.errors import ToolingError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NAME = "smoke-run-0123"


@pytest.fixture
def run(users: Users, profiles: Profiles, s3: "S3Client") -> Run:
    """A run at both pipelines without the web API."""
    del profiles
    return run_of(
        {"dynamodb": users.dynamodb, "s3": s3},
        web_api_url=None,
        user_table_name=USER_TABLE,
        user_profile_table_name=USER_PROFILE_TABLE,
        profile_images_bucket_name=BUCKET,
    )


def test_user_gets_a_mail_with_the_token_that_is_on_the_item(run: Run) -> None:
    assert activation.sign_up(run) == NAME
    item = run.users.get_item(NAME) or {}
    assert was_never_claimed(item)
    mail = recipient_of(item)
    assert (mail.email, mail.account) == ("success+0123@simulator.amazonses.com", None)
    assert mail.activation_link == (
        f"https://example.com/activate?username={NAME}&token={run.token}"
    )
    assert item["userProfileId"] == {"N": str(run.profile_id)}
    with pytest.raises(FailedError, match=f"there is a user {NAME} already"):
        activation.sign_up(run)


def test_user_of_a_deployment_without_pictures_names_no_profile(users: Users) -> None:
    run = run_of({"dynamodb": users.dynamodb}, web_api_url=None, user_table_name=USER_TABLE)
    activation.sign_up(run)
    assert "userProfileId" not in users.get(NAME)
    assert run.profile_id is None


def test_bounce_is_noted_on_an_item_without_a_profile(run: Run, users: Users) -> None:
    with pytest.raises(FailedError, match="mailFeedback is missing"):
        activation.bounce(run)
    found = users.get(f"{NAME}-b")
    assert found["email"] == "bounce+0123@simulator.amazonses.com"
    assert "userProfileId" not in found


def test_token_stays_with_its_hash(run: Run, users: Users) -> None:
    activation.sign_up(run)
    users.set(NAME, activationStatus="MAIL_SENT", activationTokenHash="another")
    with pytest.raises(FailedError, match="activationTokenHash is not the hash"):
        activation.mail_sent(run)
    users.set(NAME, activationTokenHash=run.token_hash)
    assert activation.mail_sent(run) == "MAIL_SENT, the token and its hash are there"
    users.set(NAME, activationToken="another")
    with pytest.raises(FailedError, match="activationToken is not the one that was put there"):
        activation.mail_sent(run)


def test_picture_is_put_with_the_metadata_of_its_profile(
    run: Run, s3: "S3Client", profiles: Profiles
) -> None:
    first = pictures.upload(run)
    assert first.startswith(f"original/users/{run.profile_id}/")
    found = s3.head_object(Bucket=BUCKET, Key=first)
    assert found["Metadata"] == {"user-profile-id": str(run.profile_id)}
    assert found["ContentType"] == "image/jpeg"
    assert application.MADE_AT in profiles.get(str(run.profile_id))
    assert pictures._upload(run, pictures.SECOND) != first


def test_profile_of_somebody_else_is_left_alone(run: Run, profiles: Profiles) -> None:
    run.profile_id = 42
    profiles.put(42, "original/a.jpg")
    with pytest.raises(FailedError, match="there is a profile 42 already"):
        pictures.upload(run)
    assert profiles.get(42) == {"id": "42", "image": "original/a.jpg"}


def make_thumbnail(s3: "S3Client", key: str, owner: str, tag: str) -> None:
    s3.put_object(
        Bucket=BUCKET,
        Key=key.replace("original/", "thumbnails/"),
        Body=pictures.picture_of(pictures.FIRST),
        Metadata={"user-profile-id": owner} if owner else {},
        Tagging=tag,
    )


@pytest.mark.parametrize(
    ("stored", "wrong"),
    [
        (("", "Thumbnail=true"), "the thumbnail has no metadata user-profile-id of the profile"),
        (("43", "Thumbnail=true"), "the thumbnail has no metadata user-profile-id of the profile"),
        (("42", "Thumbnail=false"), "the thumbnail does not have the tag Thumbnail=true"),
        # All is as it must be, but for the size.
        (("42", "Thumbnail=true"), "the thumbnail has 600 x 600 pixels"),
    ],
)
def test_thumbnail_has_the_metadata_and_the_tag_of_the_contract(
    run: Run, s3: "S3Client", profiles: Profiles, stored: tuple[str, str], wrong: str
) -> None:
    run.profile_id = 42
    run.first_key = pictures.upload(run)
    make_thumbnail(s3, run.first_key, *stored)
    profiles.put(42, run.first_key, thumbnailStatus="DONE")
    with pytest.raises(FailedError, match=wrong):
        pictures.thumbnail(run)


def test_thumbnail_that_is_not_made_is_found(run: Run, profiles: Profiles) -> None:
    run.profile_id = 42
    run.first_key = pictures.upload(run)
    for key, status in ((None, None), ("original/former.jpg", "DONE"), (run.first_key, "PENDING")):
        profiles.put(42, key, **({} if status is None else {"thumbnailStatus": status}))
        with pytest.raises(ToolingError, match=f"the thumbnail of {run.first_key}: not seen"):
            pictures.thumbnail(run)
    profiles.put(42, run.first_key, thumbnailStatus="FAILED", thumbnailError="damaged")
    with pytest.raises(FailedError, match="no thumbnail was made: damaged"):
        pictures.thumbnail(run)
