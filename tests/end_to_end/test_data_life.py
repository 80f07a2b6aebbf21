"""Pictures that are replaced or removed, and people who are deleted."""

import json
from typing import TYPE_CHECKING

from operations.deployment import Deployment
from operations.forget.__main__ import DONE, forget
from operations.forget.person import find_by_username
from tooling import environment
from tooling.polling import wait_until

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Cloud
    from tests.end_to_end.web import Web

ARRIVAL_SECONDS = 60.0
Samples = dict[str, bytes]


def wait_until_gone(cloud: "Cloud", *keys: str) -> None:
    wait_until(
        lambda: not [key for key in keys if cloud.object(key)],
        f"{' and '.join(keys)} are gone",
        deadline_seconds=ARRIVAL_SECONDS,
    )


def keys_below(cloud: "Cloud", prefix: str) -> list[str]:
    """Every key below a prefix, also those below a delete marker."""
    listed = cloud.s3.list_object_versions(Bucket=cloud.bucket, Prefix=prefix)
    kinds = ("Versions", "DeleteMarkers")
    return [one["Key"] for kind in kinds for one in listed.get(kind, [])]


def thumbnails_of(name: str) -> list[str]:
    return [f"{folder}/{name}" for folder in ("thumbnails", "thumbnails-300")]


def make_picture(cloud: "Cloud", data: bytes, profile_id: int, name: str) -> None:
    cloud.upload(f"original/{name}", data, user_profile_id=str(profile_id))
    cloud.wait_for_profile(profile_id, "thumbnail", f"thumbnails/{name}")


def test_a_removed_profile_takes_its_pictures_along(
    cloud: "Cloud", samples: Samples, profile_id: int
) -> None:
    name = f"{profile_id}/my cat + 1.jpg"
    cloud.create_profile(profile_id)
    make_picture(cloud, samples["rocket.jpg"], profile_id, name)

    cloud.dynamodb.delete_item(
        TableName=cloud.outputs["user_profile_table_name"], Key={"id": {"N": str(profile_id)}}
    )

    wait_until_gone(cloud, f"original/{name}", *thumbnails_of(name))
    # The original can be restored until its version expires; the thumbnail can't.
    assert sorted(keys_below(cloud, f"original/{name}")) == [f"original/{name}"] * 2
    for thumbnail in thumbnails_of(name):
        assert keys_below(cloud, thumbnail) == []


def test_a_removed_image_takes_its_pictures_along(
    cloud: "Cloud", samples: Samples, profile_id: int
) -> None:
    name = f"{profile_id}.jpg"
    cloud.create_profile(profile_id, nickname="ada")
    make_picture(cloud, samples["rocket.jpg"], profile_id, name)

    cloud.dynamodb.update_item(
        TableName=cloud.outputs["user_profile_table_name"],
        Key={"id": {"N": str(profile_id)}},
        UpdateExpression="REMOVE image",
    )

    wait_until_gone(cloud, f"original/{name}", *thumbnails_of(name))
    assert (cloud.profile(profile_id) or {})["nickname"] == {"S": "ada"}


def test_a_replaced_picture_goes_and_the_new_one_is_there(
    cloud: "Cloud", samples: Samples, profile_id: int
) -> None:
    former, new = f"{profile_id}/1.jpg", f"{profile_id}/2.jpg"
    cloud.create_profile(profile_id)
    make_picture(cloud, samples["rocket.jpg"], profile_id, former)
    make_picture(cloud, samples["astronaut-rotated.jpg"], profile_id, new)

    wait_until_gone(cloud, f"original/{former}", *thumbnails_of(former))
    assert cloud.object(f"original/{new}")
    image = cloud.wait_for_object(f"thumbnails/{new}").image
    assert image.width < image.height


def test_another_profiles_picture_stays(cloud: "Cloud", samples: Samples, profile_id: int) -> None:
    """A profile may name another profile's key: replacing it deletes nothing."""
    name, own = f"{profile_id}/theirs.jpg", f"{profile_id}/own.jpg"
    cloud.create_profile(profile_id)
    make_picture(cloud, samples["rocket.jpg"], profile_id, name)
    cloud.create_profile(profile_id + 1, image=f"original/{name}")
    cloud.wait_for_profile(profile_id + 1, "thumbnailStatus", "DONE")

    make_picture(cloud, samples["rocket.jpg"], profile_id + 1, own)
    # A later removal is done, so the earlier one would be done too.
    cloud.dynamodb.delete_item(
        TableName=cloud.outputs["user_profile_table_name"], Key={"id": {"N": str(profile_id + 1)}}
    )
    wait_until_gone(cloud, f"original/{own}", *thumbnails_of(own))

    assert cloud.object(f"original/{name}")
    assert cloud.object(f"thumbnails/{name}")


def test_nothing_is_left_of_who_is_forgotten(cloud: "Cloud", web: "Web", samples: Samples) -> None:
    web.forget_attempts()
    person, other = web.activated(), web.activated()
    profile_ids = {}
    for one in (person, other):
        session = web.sign_in(one)
        upload_and_wait(web, session, samples["rocket.jpg"])
        upload_and_wait(web, session, samples["rocket.jpg"])  # takes the first one's place
        profile_ids[one.username] = int(cloud.user(one.username)["userProfileId"]["N"])
    web.post("/sign-in", {**person.credentials, "password": "not the password"})
    cloud.sqs.send_message(
        QueueUrl=cloud.outputs["failure_queue_urls"]["activation"],
        MessageBody=json.dumps({"input": json.dumps({"username": person.username})}),
    )
    profile_id = profile_ids[person.username]
    assert len(keys_below(cloud, f"original/users/{profile_id}/")) >= 2

    found = Deployment(cloud.outputs, environment.REGION, cloud.engine.endpoint_url)
    who = find_by_username(found, person.username)
    assert forget(found, who, search_bucket=True, yes=True) == DONE

    assert everything_about(cloud, person.username, profile_id) == []
    assert everything_about(cloud, other.username, profile_ids[other.username])
    assert web.post("/sign-in", person.credentials).status_code == 401
    assert web.image(web.sign_in(other))["state"] == "ready"
    # The username is free again.
    assert web.post("/users", person.registration).status_code == 201


def upload_and_wait(web: "Web", session: str, data: bytes) -> None:
    """Upload a picture, and wait for its thumbnail."""
    key = web.upload(session, data)

    def shows() -> bool:
        image = web.image(session)
        return bool(image["state"] == "ready" and image["key"] == key)

    wait_until(shows, "the thumbnail", deadline_seconds=ARRIVAL_SECONDS)


def everything_about(cloud: "Cloud", username: str, profile_id: int) -> list[str]:
    """Where the tables, the bucket and the queues still hold data of somebody."""
    found = keys_below(cloud, f"original/users/{profile_id}/")
    for folder in thumbnails_of(f"users/{profile_id}/"):
        found += keys_below(cloud, folder)
    for output in ("user_table_name", "user_profile_table_name", "web_state_table_name"):
        pages = cloud.dynamodb.get_paginator("scan").paginate(TableName=cloud.outputs[output])
        items = [json.dumps(item, default=str) for page in pages for item in page["Items"]]
        found += [item for item in items if username in item or f'"{profile_id}"' in item]
    for url in cloud.outputs["failure_queue_urls"].values():
        received = cloud.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        found += [
            message["Body"]
            for message in received.get("Messages", [])
            if username in message["Body"]
        ]
    return found
