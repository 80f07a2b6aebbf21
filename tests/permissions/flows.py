"""What the product does, as flows that use every permission once.

A flow fails if its result does not come about. A new permission needs one of these flows, or
a new one: see docs/adding-a-lambda.md.
"""

import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.end_to_end.ses_events import publish, ses_event
from tests.end_to_end.web import result_on, session_cookie
from tests.permissions.tinypng_service import CLOSED_ACCOUNT
from tests.permissions.world import World

SAMPLES = Path(__file__).parents[1] / "samples"
EVENTS = Path(__file__).parents[1] / "events"


@dataclass(frozen=True)
class Flow:
    """Something that happens from end to end.

    Attributes:
        name: what happens.
        run: makes it happen; raises an error if it does not.
        shows: patterns of the actions that this flow is made for; for these it is
            tried first.
    """

    name: str
    run: Callable[[World], object]
    shows: Sequence[str] = ()


# The web API


def page_is_served(world: World) -> None:
    answer = world.web.get("/")
    assert answer.status_code == 200, answer.text


def person_signs_up_and_activates(world: World) -> None:
    person, link = world.web.sign_up_and_get_link()
    assert result_on(world.web.get(link.path)) == "ready"
    answer = world.web.post("/activate", link.with_password_of(person))
    assert answer.status_code == 200, answer.text
    assert world.user(person.username)["activationStatus"] == {"S": "DONE"}
    assert world.web.get("/profile", session=session_cookie(answer).value).status_code == 200


def mailbox_owner_refuses_an_account(world: World) -> None:
    person, link = world.web.sign_up_and_get_link()
    answer = world.web.post("/activate/refuse", link.body)
    assert answer.status_code == 200, answer.text
    # The next sign-up by this name and mailbox is mailed nothing.
    again = world.web.post("/users", person.registration)
    assert again.status_code == 201, again.text
    assert world.user(person.username)["mailWithheld"] == {"BOOL": True}


def person_signs_in(world: World) -> None:
    session = new_session(world)
    answer = world.web.get("/profile", session=session)
    assert answer.status_code == 200, answer.text


def person_signs_in_at_a_new_process(world: World) -> None:
    """The key of sessions is read, which functions cache for minutes."""
    world.renew("web_api")
    new_session(world)


def person_signs_out(world: World) -> None:
    session = new_session(world)
    answer = world.web.post("/sign-out", {}, session=session)
    assert answer.status_code == 204, answer.text
    assert world.web.get("/profile", session=session).status_code == 401


def mail_is_sent_again(world: World) -> None:
    person, _ = world.web.sign_up_and_get_link()
    world.web.set_back(person, "registeredAt", seconds=3600)
    answer = world.web.post(f"/users/{person.username}/activation-mail", {})
    assert answer.status_code == 202, answer.text
    world.web.wait_for_link(person, mails=2)


def person_uploads_and_sees_the_thumbnail(world: World) -> None:
    session = new_session(world)
    before = world.web.image(session).get("key")
    world.web.upload(session, picture())

    def is_ready() -> dict[str, Any] | None:
        image = world.web.image(session)
        return image if image["state"] == "ready" and image.get("key") != before else None

    image = world.wait_until(is_ready, "the new picture")
    assert [one["size"] for one in image["thumbnails"]] == [150, 300]
    for one in image["thumbnails"]:
        shown = world.web.http.get(one["url"], timeout=10)
        assert shown.status_code == 200, shown.text


def new_session(world: World) -> str:
    person = world.person
    world.web.forget_attempts()  # all come from one address
    return world.web.sign_in(person)


# User activation


def written_user_is_sent_a_mail(world: World) -> None:
    username = world.insert_user()
    world.wait_for_mail(username)
    world.wait_for_status(username, "MAIL_SENT")


def failed_activation_is_kept(world: World) -> None:
    username = world.insert_user(email="")
    world.wait_for_failure("activation", username)


def record_that_starts_nothing_is_kept(world: World) -> None:
    with world.variable("user_table_trigger", "STATE_MACHINE_ARN", ""):
        before = messages_in(world, "user_table_trigger")
        world.insert_user()
        world.wait_until(
            lambda: messages_in(world, "user_table_trigger") > before, "the record in the queue"
        )


def bounce_is_noted_on_the_user(world: World) -> None:
    username = world.insert_user()
    world.wait_for_status(username, "MAIL_SENT")
    publish(world, ses_event("ses_bounce", username))
    world.wait_until(
        lambda: world.user(username).get("mailFeedback") == {"S": "BOUNCED"},
        f"the bounce of {username}",
    )


# Profile images


def uploaded_picture_gets_a_thumbnail(world: World) -> None:
    profile_id = new_profile(world)
    key = upload(world, profile_id, picture())
    profile = world.wait_for_profile(profile_id, "thumbnailStatus", "DONE")
    assert profile["image"] == {"S": f"original/{key}"}
    for thumbnail in thumbnails_of(key):
        tags = world.s3.get_object_tagging(Bucket=world.bucket, Key=thumbnail)
        assert tags["TagSet"] == [{"Key": "Thumbnail", "Value": "true"}]


def new_process_makes_a_thumbnail(world: World) -> None:
    """The key of TinyPNG is read, which functions cache for minutes."""
    world.renew("create_thumbnail")
    uploaded_picture_gets_a_thumbnail(world)


def replaced_picture_gets_a_thumbnail(world: World) -> None:
    profile_id = new_profile(world)
    upload(world, profile_id, picture())
    world.wait_for_profile(profile_id, "thumbnailStatus", "DONE")
    second = upload(world, profile_id, picture())
    world.wait_for_profile(profile_id, "thumbnail", f"thumbnails/{second}")


def broken_picture_is_refused(world: World) -> None:
    profile_id = new_profile(world)
    upload(world, profile_id, picture()[:1000])
    world.wait_for_profile(profile_id, "thumbnailStatus", "FAILED")


def picture_that_is_gone_is_refused(world: World) -> None:
    profile_id = unused_id()
    world.create_profile(profile_id, image=f"original/{profile_id}/gone.jpg")
    world.wait_for_profile(profile_id, "thumbnailStatus", "FAILED")


def picture_that_fails_for_good_is_kept(world: World) -> None:
    profile_id = new_profile(world)
    before = messages_in(world, "create_thumbnail")
    upload(world, profile_id, picture() + CLOSED_ACCOUNT)
    world.wait_until(
        lambda: messages_in(world, "create_thumbnail") > before, "the record in the queue"
    )


def pictures_go_with_their_profile(world: World) -> None:
    profile_id = new_profile(world)
    key = upload(world, profile_id, picture())
    world.wait_for_profile(profile_id, "thumbnailStatus", "DONE")
    remove_profile(world, profile_id)
    wait_until_gone(world, f"original/{key}", *thumbnails_of(key))


def thumbnail_goes_though_its_original_had_gone(world: World) -> None:
    profile_id = new_profile(world)
    key = upload(world, profile_id, picture())
    world.wait_for_profile(profile_id, "thumbnailStatus", "DONE")
    world.s3.delete_object(Bucket=world.bucket, Key=f"original/{key}")
    remove_profile(world, profile_id)
    wait_until_gone(world, *thumbnails_of(key))


def picture_goes_as_a_broken_one_takes_its_place(world: World) -> None:
    profile_id = new_profile(world)
    key = upload(world, profile_id, picture())
    world.wait_for_profile(profile_id, "thumbnailStatus", "DONE")
    world.upload(f"original/{key}", picture()[:1000], user_profile_id=str(profile_id))
    wait_until_gone(world, *thumbnails_of(key))


def upload_that_was_overtaken_goes(world: World) -> None:
    profile_id = unused_id()
    later = {"imageEventTime": "2999-01-01T00:00:00.000+00:00", "imageSequencer": "F" * 32}
    world.create_profile(profile_id, image=f"original/{profile_id}/later.jpg", **later)
    key = upload(world, profile_id, picture())
    wait_until_gone(world, f"original/{key}")


def upload_after_the_sign_out_is_deleted(world: World) -> None:
    profile_id = new_profile(world)
    world.dynamodb.update_item(
        TableName=world.outputs["user_profile_table_name"],
        Key={"id": {"N": str(profile_id)}},
        UpdateExpression="SET uploadsClosedAt = :after",
        ExpressionAttributeValues={":after": {"N": "2"}},
    )
    key = f"original/{profile_id}.jpg"
    owner = str(profile_id)
    world.upload(key, picture(), user_profile_id=owner, upload_permitted_at="1.0")
    wait_until_gone(world, key)


def removal_that_fails_for_good_is_kept(world: World) -> None:
    profile_id = new_profile(world)
    upload(world, profile_id, picture())
    world.wait_for_profile(profile_id, "thumbnailStatus", "DONE")
    with world.variable("remove_profile_images", "PROFILE_IMAGES_BUCKET_NAME", ""):
        before = messages_in(world, "remove_profile_images")
        remove_profile(world, profile_id)
        world.wait_until(
            lambda: messages_in(world, "remove_profile_images") > before, "the record in the queue"
        )


def remove_profile(world: World, profile_id: int) -> None:
    world.dynamodb.delete_item(
        TableName=world.outputs["user_profile_table_name"], Key={"id": {"N": str(profile_id)}}
    )


def wait_until_gone(world: World, *keys: str) -> None:
    world.wait_until(
        lambda: not any(world.object(key) for key in keys), f"{' and '.join(keys)} are gone"
    )


def upload_that_is_gone_is_passed_over(world: World) -> None:
    event = json.loads((EVENTS / "s3_put.json").read_text("utf-8"))
    uploaded = event["Records"][0]["s3"]
    uploaded["bucket"] |= {"name": world.bucket, "arn": f"arn:aws:s3:::{world.bucket}"}
    uploaded["object"]["key"] = f"original/{unused_id()}.jpg"
    error = world.invoke("set_profile_image", event)
    assert error is None, error


def upload_without_a_profile_is_kept(world: World) -> None:
    profile_id = unused_id()
    key = upload(world, profile_id, picture())
    world.wait_for_failure("set_profile_image", key)


def thumbnails_of(key: str) -> list[str]:
    """The keys of an original's thumbnails, by its key below original/."""
    return [f"{folder}/{key}" for folder in ("thumbnails", "thumbnails-300")]


def unused_id() -> int:
    return uuid.uuid4().int % 10**12


def new_profile(world: World) -> int:
    profile_id = unused_id()
    world.create_profile(profile_id)
    return profile_id


def picture() -> bytes:
    return (SAMPLES / "rocket.jpg").read_bytes()


def upload(world: World, profile_id: int, data: bytes) -> str:
    """Put a picture under a unique key; return the key below original/."""
    key = f"{profile_id}/{uuid.uuid4().hex}.jpg"
    world.upload(f"original/{key}", data, user_profile_id=str(profile_id))
    return key


def messages_in(world: World, queue: str) -> int:
    """The number of messages in a failure queue."""
    answer = world.sqs.get_queue_attributes(
        QueueUrl=world.outputs["failure_queue_urls"][queue],
        AttributeNames=["ApproximateNumberOfMessages"],
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


# Every function


def function_writes_its_log(world: World, folder: str) -> None:
    """Each function refuses an empty event, and logs it."""
    name = world.outputs["function_names"][folder]
    now = int(time.time() * 1000)
    world.invoke(folder, {})
    world.wait_until(
        lambda: world.logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", startTime=now)[
            "events"
        ],
        f"the log of {name}",
    )


FLOWS = (
    Flow("the page is served", page_is_served),
    Flow("a person signs up and activates", person_signs_up_and_activates),
    Flow(
        "a mailbox's owner refuses an account",
        mailbox_owner_refuses_an_account,
        ("dynamodb:DeleteItem",),
    ),
    Flow("a person signs in", person_signs_in),
    Flow("a person signs in at a new process", person_signs_in_at_a_new_process, ("ssm:*",)),
    Flow("a person signs out", person_signs_out),
    Flow("a mail is sent again", mail_is_sent_again),
    Flow("a person uploads, and sees the thumbnail", person_uploads_and_sees_the_thumbnail),
    Flow("a written user is sent a mail", written_user_is_sent_a_mail),
    Flow("a failed activation is kept", failed_activation_is_kept),
    Flow("a record that starts nothing is kept", record_that_starts_nothing_is_kept),
    Flow("a bounce is noted on the user", bounce_is_noted_on_the_user),
    Flow("an uploaded picture gets a thumbnail", uploaded_picture_gets_a_thumbnail),
    Flow("a new process makes a thumbnail", new_process_makes_a_thumbnail, ("ssm:*",)),
    Flow("a replaced picture gets a thumbnail", replaced_picture_gets_a_thumbnail),
    Flow("a broken picture is refused", broken_picture_is_refused),
    Flow("a picture that is gone is refused", picture_that_is_gone_is_refused),
    Flow("a picture that fails for good is kept", picture_that_fails_for_good_is_kept),
    Flow("pictures go with their profile", pictures_go_with_their_profile),
    Flow("a thumbnail goes without its original", thumbnail_goes_though_its_original_had_gone),
    Flow("a picture goes for a broken one", picture_goes_as_a_broken_one_takes_its_place),
    Flow("an upload that was overtaken goes", upload_that_was_overtaken_goes),
    Flow("an upload after the sign-out is deleted", upload_after_the_sign_out_is_deleted),
    Flow("a removal that fails for good is kept", removal_that_fails_for_good_is_kept),
    Flow("an upload that is gone is passed over", upload_that_is_gone_is_passed_over),
    Flow("an upload without a profile is kept", upload_without_a_profile_is_kept),
)


def all_flows(world: World) -> list[Flow]:
    """The flows above, and one for each function."""
    logs = [
        Flow(
            f"the function {folder} writes its log",
            partial(function_writes_its_log, folder=folder),
            shows=("logs:*",),
        )
        for folder in sorted(world.outputs["function_names"])
    ]
    return [*FLOWS, *logs]
