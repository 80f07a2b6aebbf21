"""What a run made is removed, and what a killed run left."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from operations.deployment import Deployment
from operations.forget.part import PersonalData
from operations.smoke import cleaning
from operations.smoke.application import MADE_AT
from operations.smoke.run import Run
from tests.unit.builders import USER_PROFILE_TABLE, USER_TABLE, fail
from tests.unit.operations.forget.conftest import Stack
from tests.unit.operations.smoke.fakes import Client, run_of

HOUR = 3600


@pytest.fixture(autouse=True)
def nobody_suppressed(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """SES knows nobody: moto has no suppression list."""
    original = Deployment.client
    ses = original(stack.deployment, "sesv2")
    fail(ses, "GetSuppressedDestination", "NotFoundException", status=404)
    monkeypatch.setattr(
        Deployment,
        "client",
        lambda self, service: ses if service == "sesv2" else original(self, service),
    )


def add_user(stack: Stack, username: str, email: str, *, age: int | None) -> None:
    item = {"username": {"S": username}, "email": {"S": email}}
    if age is not None:
        item["registeredAt"] = {"N": str(int(time.time()) - age)}
    stack.users.dynamodb.put_item(TableName=USER_TABLE, Item=item)


def usernames(stack: Stack) -> set[str]:
    return {
        item["username"]["S"] for item in stack.users.dynamodb.scan(TableName=USER_TABLE)["Items"]
    }


def test_both_users_go_with_all_that_is_theirs(stack: Stack) -> None:
    run = Run(stack.deployment, mark="0123")
    stack.add_person("ada", 1)
    stack.add_person(run.username, 42)
    add_user(stack, run.bounced_username, "bounce+0123@simulator.amazonses.com", age=0)

    assert cleaning.clean_up(run).startswith("removed: ")

    everything = stack.everything()
    assert "smoke-run" not in everything
    assert "users/42/" not in everything
    assert usernames(stack) == {"ada"}
    assert cleaning.clean_up(run) == "nothing to remove"


def test_run_that_made_nothing_has_nothing_to_remove(stack: Stack) -> None:
    assert cleaning.clean_up(Run(stack.deployment)) == "nothing to remove"


def test_killed_runs_users_are_removed_and_nobody_elses(stack: Stack) -> None:
    address = "success+1@simulator.amazonses.com"
    add_user(stack, "smoke-run-killed", address, age=2 * HOUR)
    add_user(stack, "smoke-run-timeless", address, age=None)
    others = {
        "smoke-run-elsewhere": (address, HOUR // 2),
        "smoke-run-person": ("ada@example.com", 2 * HOUR),
        "smoke-run-sly": ("ada@simulator.amazonses.com.example", 2 * HOUR),
        "smoke-ada": (address, 2 * HOUR),
    }
    for username, (email, age) in others.items():
        add_user(stack, username, email, age=age)

    assert cleaning.leftovers(Run(stack.deployment)) == "removed: 2 thing(s)"

    assert usernames(stack) == set(others)


class Scan:
    """A paginator with many pages, that keeps how many were read."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.read = 0

    def get_paginator(self, operation: str) -> "Scan":
        assert operation == "scan"
        return self

    def paginate(self, **_: object) -> Iterator[dict[str, Any]]:
        for page in range(1, self.number + 1):
            self.read = page
            more: dict[str, Any] = {"LastEvaluatedKey": {}} if page < self.number else {}
            yield {"Items": [], "ScannedCount": 1000, **more}


@pytest.mark.parametrize(
    ("pages", "patience_seconds", "read", "said"),
    [
        (3, 60, 3, "nothing to remove"),
        (
            *(3, 0, 1),
            (
                "nothing to remove; after 0 s only 1000 items of the table were looked at, and not "
                "the rest"
            ),
        ),
        # All were looked at, however long it took.
        (1, 0, 1, "nothing to remove"),
    ],
)
def test_large_table_is_read_for_a_limited_time(
    pages: int, patience_seconds: float, read: int, said: str
) -> None:
    scan = Scan(pages)
    run = run_of({"dynamodb": scan, "sqs": Client()}, user_table_name="U", failure_queue_urls={})
    run.patience_seconds = patience_seconds
    assert cleaning.leftovers(run) == said
    assert scan.read == read


def test_empty_queue_is_not_searched(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    add_user(stack, "smoke-run-0123", "success+1@simulator.amazonses.com", age=0)
    urls = stack.deployment.output("failure_queue_urls")
    searched = []

    def personal_data_of(found: Deployment, *_: object, **__: object) -> list[PersonalData]:
        searched.append(found.output("failure_queue_urls"))
        return []

    monkeypatch.setattr(cleaning, "personal_data_of", personal_data_of)
    stack.put_message("activation", "somebody else's")
    cleaning.clean_up(Run(stack.deployment, mark="0123"))
    assert searched == [{"activation": urls["activation"]}] * 2


def without_users(stack: Stack, mark: str = "0123") -> Run:
    """A run at the pictures' pipeline alone, without failure queues, as an example has it."""
    outputs = {"user_profile_table_name": None, "profile_images_bucket_name": None}
    kept = {name: stack.deployment.outputs[name] for name in outputs}
    return Run(Deployment(kept, "eu-central-1"), mark=mark)


def test_profile_without_a_user_goes_with_its_pictures(stack: Stack) -> None:
    run = without_users(stack)
    run.profile_id = 42
    for profile_id in (42, 43):
        key = f"original/users/{profile_id}/a.jpg"
        stack.profiles.put(profile_id, key)
        stack.put_picture(key, profile_id)

    assert cleaning.clean_up(run) == "removed: 2 thing(s)"

    assert "users/42/" not in stack.everything()
    assert "users/43/" in stack.everything()
    assert cleaning.clean_up(without_users(stack)) == "nothing to remove"


def test_profile_that_no_user_names_goes_too(stack: Stack) -> None:
    """A run that could put no user may have put a profile."""
    run = Run(stack.deployment, mark="0123", profile_id=42)
    stack.profiles.put(42, "original/users/42/a.jpg")
    assert cleaning.clean_up(run) == "removed: 1 thing(s)"


def test_profiles_that_a_killed_run_left_are_removed(stack: Stack) -> None:
    now = int(time.time())
    for profile_id, age in ((1, 2 * HOUR), (2, HOUR // 2)):
        item = {"id": {"N": str(profile_id)}, MADE_AT: {"N": str(now - age)}}
        stack.users.dynamodb.put_item(TableName=USER_PROFILE_TABLE, Item=item)
    stack.profiles.put(3)

    assert cleaning.leftovers(without_users(stack)) == "removed: 1 thing(s)"

    left = stack.users.dynamodb.scan(TableName=USER_PROFILE_TABLE)["Items"]
    assert {item["id"]["N"] for item in left} == {"2", "3"}


def test_deployment_without_a_pipeline_has_nothing_left() -> None:
    assert cleaning.leftovers(run_of({"sqs": Client()})) == "nothing to remove"
