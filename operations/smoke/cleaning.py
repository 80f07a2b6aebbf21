"""Removing what a run made, and what a killed run left."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from operations.deployment import Deployment
from operations.forget.deletion import delete_everything
from operations.forget.person import Person, find_by_profile_id, find_by_username
from operations.forget.personal_data import personal_data_of
from operations.smoke.application import MADE_AT
from operations.smoke.operation import message_counts
from operations.smoke.run import SIMULATOR, USERNAME_PREFIX, Run
from shared.dynamodb import Item, number_of, text_of

# A younger user may be one of a run that goes on elsewhere.
LEFT_AFTER_SECONDS = 3600


def clean_up(run: Run) -> str:
    """Remove all that the run made."""
    people = _users(run, run.usernames) if run.has_users else []
    if run.profile_id is not None and run.profile_id not in {one.profile_id for one in people}:
        people.append(find_by_profile_id(run.found, run.profile_id))
    return _removed(run.found, people)


def leftovers(run: Run) -> str:
    """Remove what killed runs left, as far as the table is read within `patience_seconds`."""
    deadline = time.monotonic() + run.patience_seconds
    find_left = _users_left if run.has_users else _profiles_left
    people: list[Person] = []
    read, is_whole = 0, True
    for page in _pages(run):
        read += page["ScannedCount"]
        people += find_left(run, page["Items"], time.time() - LEFT_AFTER_SECONDS)
        if "LastEvaluatedKey" in page and time.monotonic() >= deadline:
            is_whole = False
            break
    removed = _removed(run.found, people)
    if is_whole:
        return removed
    return (
        f"{removed}; after {run.patience_seconds:g} s only {read} items of the table were looked "
        "at, and not the rest"
    )


def _pages(run: Run) -> Iterable[Mapping[str, Any]]:
    """What runs made. A page may be empty: DynamoDB filters it after it has read it."""
    if run.has_users:
        scan: dict[str, object] = {
            "TableName": run.found.output("user_table_name"),
            "ProjectionExpression": "username, email, registeredAt",
            "FilterExpression": "begins_with(username, :prefix)",
            "ExpressionAttributeValues": {":prefix": {"S": USERNAME_PREFIX}},
        }
    elif run.has_pictures:
        scan = {
            "TableName": run.found.output("user_profile_table_name"),
            "ProjectionExpression": f"id, {MADE_AT}",
            "FilterExpression": f"attribute_exists({MADE_AT})",
        }
    else:
        return ()
    pages: Iterable[Mapping[str, Any]] = (
        run.client("dynamodb").get_paginator("scan").paginate(**scan)
    )
    return pages


def _users_left(run: Run, users: Iterable[Item], before: float) -> list[Person]:
    """The users of a page whom a killed run left."""
    names = (
        text_of(user, "username")
        for user in users
        # By the address too: anybody may choose such a username, but nobody has mails there.
        if text_of(user, "email").endswith(f"@{SIMULATOR}")
        and float(number_of(user, "registeredAt") or 0) < before
    )
    return _users(run, names)


def _profiles_left(run: Run, profiles: Iterable[Item], before: float) -> list[Person]:
    """The profiles of a page that a killed run left."""
    return [
        find_by_profile_id(run.found, int(profile["id"]["N"]))
        for profile in profiles
        if float(number_of(profile, MADE_AT) or 0) < before
    ]


def _users(run: Run, usernames: Iterable[str]) -> list[Person]:
    return [find_by_username(run.found, username) for username in usernames]


def _removed(found: Deployment, people: Iterable[Person]) -> str:
    """Remove people, as `make forget` does."""
    searched = _with_full_queues_alone(found)
    count = 0
    for person in people:
        parts = personal_data_of(searched, person, search_bucket=False)
        count += len(parts)
        if parts:
            delete_everything(searched, person, parts, search_bucket=False)
    return f"removed: {count} thing(s)" if count else "nothing to remove"


def _with_full_queues_alone(found: Deployment) -> Deployment:
    """The deployment without its empty failure queues.

    To search an empty one takes two seconds, four times for two users.
    """
    counts = message_counts(found)
    all_urls = found.outputs.get("failure_queue_urls") or {}
    urls = {name: url for name, url in all_urls.items() if counts[name]}
    return replace(found, outputs={**found.outputs, "failure_queue_urls": urls})
