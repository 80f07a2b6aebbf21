"""Items in need, found in the table alone."""

from typing import Any

import boto3
import pytest

from operations.redrive.trimmed import REPAIRS, profile_is_due, trimmed_records, user_is_due
from tests.unit.builders import Item, Profiles, Users, once_before
from tests.unit.operations.redrive.conftest import arn_of, quietly


def due_users(users: Users) -> list[str]:
    records = trimmed_records(
        users.dynamodb, arn_of(users.name), REPAIRS["user_table_trigger"], quietly
    )
    return sorted(record["dynamodb"]["Keys"]["username"]["S"] for record in records)


def due_profiles(profiles: Profiles) -> list[str]:
    records = trimmed_records(
        profiles.dynamodb, arn_of(profiles.name), REPAIRS["create_thumbnail"], quietly
    )
    return sorted(record["dynamodb"]["Keys"]["id"]["N"] for record in records)


def test_a_user_whom_nobody_tried_to_mail_is_due(users: Users) -> None:
    users.put("anna")
    users.put("with a token of the application", activationToken="theirs")
    users.put("mailed", activationStatus="MAIL_SENT", activationTokenHash="h")
    users.put("active", activationStatus="DONE")
    users.put("tried before", activationTokenHash="h")
    users.put("being mailed", activationMailClaim="somebody")
    users.put("no status", activationStatus=None)
    users.put("withheld")
    users.withhold_mail("withheld")
    assert due_users(users) == ["anna", "with a token of the application"]


def test_a_profile_whose_picture_nobody_looked_at_is_due(profiles: Profiles) -> None:
    profiles.put(1)
    profiles.put(2, "original/new.jpg")
    made = {"thumbnailStatus": "DONE", "thumbnail": "thumbnails/a.jpg"}
    profiles.put(3, "original/a.jpg", **made)
    profiles.put(4, "original/b.jpg", **made)
    profiles.put(5, "original/a.jpg", thumbnailStatus="FAILED", thumbnailError="too large")
    assert due_profiles(profiles) == ["2", "4", "5"]


@pytest.mark.parametrize("item", [{}, {"image": {"N": "5"}}, {"image": {"S": ""}}])
def test_a_profile_without_an_image_is_not_due(item: Item) -> None:
    assert not profile_is_due(item)


def test_the_filter_of_the_scan_passes_all_that_is_due(users: Users, profiles: Profiles) -> None:
    for number, status in enumerate((None, "NONE", "MAIL_SENT", "DONE", "")):
        for more in ({}, {"activationTokenHash": "h"}, {"activationMailClaim": "c"}):
            users.put(f"{number}{sorted(more)}", activationStatus=status, **more)
    items = boto3.client("dynamodb").scan(TableName=users.name)["Items"]
    assert due_users(users) == sorted(item["username"]["S"] for item in items if user_is_due(item))
    profiles.put(1, "original/a.jpg", thumbnailStatus="DONE")
    assert due_profiles(profiles) == ["1"]


def test_all_pages_of_a_large_table_are_read(users: Users) -> None:
    for number in range(7):
        users.put(f"user-{number}")
    hooks: Any = users.dynamodb.meta.events
    name = "provide-client-params.dynamodb.Scan"
    hooks.register(name, lambda params, **_: {**params, "Limit": 2})
    kept: list[int] = []
    repair = REPAIRS["user_table_trigger"]
    records = trimmed_records(users.dynamodb, arn_of(users.name), repair, lambda: kept.append(1))
    assert len(records) == 7
    assert len(kept) == 4


def test_what_is_settled_meanwhile_is_not_due(users: Users, profiles: Profiles) -> None:
    users.put("anna")
    users.put("björn")
    users.put("carla")
    once_before(users.dynamodb, "GetItem", lambda: users.delete("björn"))
    once_before(users.dynamodb, "GetItem", lambda: users.set("carla", activationMailClaim="now"))
    assert due_users(users) == ["anna"]
    assert due_profiles(profiles) == []


def test_the_same_item_has_the_same_id_and_each_its_own(users: Users) -> None:
    users.put("anna")
    users.put("björn")
    arn, repair = arn_of(users.name), REPAIRS["user_table_trigger"]

    def ids() -> dict[str, str]:
        records = trimmed_records(users.dynamodb, arn, repair, quietly)
        return {r["dynamodb"]["Keys"]["username"]["S"]: r["eventID"] for r in records}

    first = ids()
    users.set("anna", name="Anna B.")
    assert ids() == first
    assert len(set(first.values())) == 2
    # What user_table_trigger makes an execution's name of.
    assert all(len(name) <= 80 for name in first.values())


def test_waiting_keeps_the_message(users: Users) -> None:
    users.put("anna")
    kept: list[int] = []
    repair = REPAIRS["user_table_trigger"]
    trimmed_records(
        users.dynamodb, arn_of(users.name), repair, lambda: kept.append(1), settle_seconds=0.01
    )
    assert len(kept) >= 2
