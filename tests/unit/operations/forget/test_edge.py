"""A forgotten person's pictures go from CloudFront's caches, too."""

from dataclasses import replace

import pytest

from operations.deployment import Deployment
from operations.forget.deletion import delete, delete_everything
from operations.forget.person import find_by_profile_id, find_by_username
from operations.forget.personal_data import personal_data_of
from tests.unit.builders import USER_PROFILE_TABLE, Invalidations, fail
from tests.unit.operations.forget.conftest import Stack

# Of the sizes that `add_person` puts there.
FOLDERS = ["/thumbnails-300/users/7/*", "/thumbnails-96/users/7/*", "/thumbnails/users/7/*"]


@pytest.fixture
def public(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A deployment with public addresses, and ada in it."""
    outputs = {**stack.deployment.outputs, "delivery_distribution_id": "E2EXAMPLE"}
    stack.deployment = replace(stack.deployment, outputs=outputs)
    stack.add_person("ada", 7)
    clients = {name: stack.client(name) for name in ("cloudfront", "dynamodb", "s3", "sqs")}
    monkeypatch.setattr(Deployment, "client", lambda _, service: clients[service])
    monkeypatch.setattr("operations.forget.personal_data._suppression", lambda *_: ())
    return stack


@pytest.fixture
def invalidations(public: Stack) -> Invalidations:
    return Invalidations().answer(public.client("cloudfront"))


def forget(stack: Stack, *, search_bucket: bool = False) -> None:
    ada = find_by_username(stack.deployment, "ada")
    parts = personal_data_of(stack.deployment, ada, search_bucket=search_bucket)
    delete_everything(stack.deployment, ada, parts, search_bucket=search_bucket)


def test_caches_of_the_folders_of_each_size_are_invalidated_once(
    public: Stack, invalidations: Invalidations
) -> None:
    forget(public)
    assert invalidations.paths == FOLDERS


def test_key_of_another_application_is_invalidated(
    public: Stack, invalidations: Invalidations
) -> None:
    public.put_picture("thumbnails/cat.jpg", 7)
    public.put_picture("thumbnails/dog.jpg", 8)
    forget(public, search_bucket=True)
    assert invalidations.paths == sorted(["/thumbnails/cat.jpg*", *FOLDERS])


def test_more_than_cloudfront_takes_are_all_thumbnails(
    public: Stack, invalidations: Invalidations
) -> None:
    for number in range(16):
        public.put_picture(f"thumbnails/{number}.jpg", 7)
    forget(public, search_bucket=True)
    assert invalidations.paths == ["/thumbnails*"]


def test_run_that_ended_before_it_is_made_up_for(
    public: Stack, invalidations: Invalidations
) -> None:
    public.client("dynamodb").update_item(
        TableName=USER_PROFILE_TABLE,
        Key={"id": {"N": "7"}},
        UpdateExpression="SET thumbnailSizes = :sizes",
        ExpressionAttributeValues={":sizes": {"NS": ["150", "96", "300"]}},
    )
    ada = find_by_username(public.deployment, "ada")
    for part in personal_data_of(public.deployment, ada, search_bucket=False):
        if part.what.startswith("bucket "):
            delete(part)
    forget(public)
    assert invalidations.paths == FOLDERS


def test_picture_that_came_later_is_invalidated_as_well(
    public: Stack, invalidations: Invalidations
) -> None:
    forget(public)
    public.put_picture("thumbnails/users/7/late.jpg", 7)
    seven = find_by_profile_id(public.deployment, 7)
    parts = personal_data_of(public.deployment, seven, search_bucket=False)
    delete_everything(public.deployment, seven, parts, search_bucket=False)
    late = ["/thumbnails/users/7/*"]  # the other prefixes are gone
    assert invalidations.paths == sorted(FOLDERS + late)


def test_nothing_that_leads_to_the_pictures_goes_before_the_caches(public: Stack) -> None:
    fail(public.client("cloudfront"), "CreateInvalidation", "Throttling", status=400)
    with pytest.raises(Exception, match="CloudFront: Throttling"):
        forget(public)
    assert public.profiles.get(7)


def test_without_public_addresses_cloudfront_is_not_asked(
    public: Stack, invalidations: Invalidations
) -> None:
    outputs = {**public.deployment.outputs, "delivery_distribution_id": None}
    public.deployment = replace(public.deployment, outputs=outputs)
    forget(public)
    assert invalidations.requests == 0
