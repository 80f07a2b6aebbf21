"""A person's data, and how to delete each part.

Everything is looked for again each time, and may have been deleted before: after an interruption,
run the command again. The items of profile and user come last, as they lead to the rest.
"""

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from operations.deployment import Deployment
from operations.forget.edge import thumbnails_at_edge
from operations.forget.part import PersonalData
from operations.forget.person import Person, profiles_of, users_of
from operations.forget.pictures import Picture, pictures_of
from operations.forget.queues import count_messages, delete_messages
from operations.redrive.failure_queue import FailureQueue
from shared.dynamodb import Item
from web_api.limits import hashed
from web_api.mailbox import plain_spelling


def personal_data_of(
    deployment: Deployment, person: Person, *, search_bucket: bool
) -> list[PersonalData]:
    """What there is of a person now, in the order in which it is to be deleted.

    Args:
        deployment: Where to look.
        person: Who it is.
        search_bucket: Whether to read the metadata of every version in the bucket, too.
    """
    pictures = _pictures_of(deployment, person, search_bucket=search_bucket)
    return [
        *_pictures(deployment, pictures),
        *thumbnails_at_edge(deployment, person, pictures),
        *_messages(deployment, person),
        *_web_state(deployment, person),
        *_suppression(deployment, person),
        *_items(deployment, person),
    ]


def _pictures_of(deployment: Deployment, person: Person, *, search_bucket: bool) -> list[Picture]:
    if person.profile_id is None:  # nor is there a bucket where only mails are deployed
        return []
    s3, bucket = deployment.client("s3"), deployment.output("profile_images_bucket_name")
    return pictures_of(s3, bucket, person, search_bucket=search_bucket)


def _pictures(deployment: Deployment, pictures: Iterable[Picture]) -> Iterator[PersonalData]:
    for picture in pictures:
        s3, bucket = deployment.client("s3"), deployment.output("profile_images_bucket_name")
        yield PersonalData(
            f"bucket {bucket}: {picture.key}, {len(picture.version_ids)} version(s)",
            partial(picture.delete, s3, bucket),
        )


def _messages(deployment: Deployment, person: Person) -> Iterator[PersonalData]:
    sqs = deployment.client("sqs")
    for name, url in sorted(deployment.output("failure_queue_urls").items()):
        queue = FailureQueue(sqs, name, url)
        count = count_messages(queue, person)
        if queue.has_more:
            print(f"failure queue {name}: too many messages to be sure of all", file=sys.stderr)
        if count:
            yield PersonalData(
                f"failure queue {name}: {count} message(s)",
                partial(delete_messages, queue, person),
            )


def _web_state(deployment: Deployment, person: Person) -> Iterator[PersonalData]:
    """What the web API counts or remembers of a person.

    Ids are a prefix and parts, joined by "#". A part about a person is the hash of the username,
    of the mailbox or of the profile.
    """
    table = deployment.outputs.get("web_state_table_name")
    if table is None:  # without the web API there is none
        return
    about = set()
    if person.username:
        about.add(hashed(person.username))
    if person.email:
        about.add(hashed(plain_spelling(person.email)))
    if person.profile_id is not None:
        about.add(hashed(str(person.profile_id)))
    dynamodb = deployment.client("dynamodb")
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, ProjectionExpression="id")
    for item in (item for page in pages for item in page["Items"]):
        if about.intersection(item["id"]["S"].split("#")):
            yield _item(dynamodb, table, item, item["id"]["S"])


def _suppression(deployment: Deployment, person: Person) -> Iterator[PersonalData]:
    """The mail address in the account's suppression list, where bounces and complaints put it."""
    if not person.email:
        return
    ses, email = deployment.client("sesv2"), person.email
    try:
        ses.get_suppressed_destination(EmailAddress=email)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NotFoundException":
            raise
        return

    def delete() -> None:
        try:
            ses.delete_suppressed_destination(EmailAddress=email)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NotFoundException":
                raise

    yield PersonalData(f"SES suppression list of the account: {email}", delete)


def _items(deployment: Deployment, person: Person) -> Iterator[PersonalData]:
    if person.has_profile:
        profiles, profile_id = profiles_of(deployment), str(person.profile_id)
        key = profiles.key(profile_id)
        yield _item(profiles.client, profiles.name, key, f"profile {profile_id}")
    if person.has_user:
        users, username = users_of(deployment), str(person.username)
        yield _item(users.client, users.name, users.key(username), f"user {username}")


def _item(dynamodb: Any, table: str, key: Item, name: str) -> PersonalData:  # noqa: ANN401 - a client made by name
    return PersonalData(
        f"table {table}: {name}", partial(dynamodb.delete_item, TableName=table, Key=key)
    )
