"""Removing what a run made, and what a killed run left."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from operations.deployment import Deployment
from operations.forget.deletion import delete_everything
from operations.forget.person import find_by_username
from operations.forget.personal_data import personal_data_of
from operations.smoke.operation import message_counts
from operations.smoke.run import SIMULATOR, USERNAME_PREFIX, Run
from shared.dynamodb import Item, number_of, text_of

# A younger user may be one of a run that goes on elsewhere.
LEFT_AFTER_SECONDS = 3600


def clean_up(run: Run) -> str:
    """Remove all that the run made."""
    return _removed(run.found, run.usernames)


def leftovers(run: Run) -> str:
    """Remove what killed runs left, as far as the table is read within `patience_seconds`."""
    before = time.time() - LEFT_AFTER_SECONDS
    deadline = time.monotonic() + run.patience_seconds
    found: list[str] = []
    read, is_whole = 0, True
    for page in _pages(run):
        read += page["ScannedCount"]
        found += _left_in(page["Items"], before)
        if "LastEvaluatedKey" in page and time.monotonic() >= deadline:
            is_whole = False
            break
    removed = _removed(run.found, tuple(found))
    if is_whole:
        return removed
    return (
        f"{removed}; after {run.patience_seconds:g} s only {read} users of the table were looked "
        "at, and not the rest"
    )


def _pages(run: Run) -> Iterable[Mapping[str, Any]]:
    """All users of runs. A page may be empty: DynamoDB filters it after it has read it."""
    pages: Iterable[Mapping[str, Any]] = (
        run.client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=run.found.output("user_table_name"),
            ProjectionExpression="username, email, registeredAt",
            FilterExpression="begins_with(username, :prefix)",
            ExpressionAttributeValues={":prefix": {"S": USERNAME_PREFIX}},
        )
    )
    return pages


def _left_in(users: Iterable[Item], before: float) -> list[str]:
    """The users of a page whom a killed run left."""
    return [
        text_of(user, "username")
        for user in users
        # By the address too: anybody may choose such a username, but nobody has mails there.
        if text_of(user, "email").endswith(f"@{SIMULATOR}")
        and float(number_of(user, "registeredAt") or 0) < before
    ]


def _removed(found: Deployment, usernames: tuple[str, ...]) -> str:
    """Remove users, as `make forget` does."""
    searched = _with_full_queues_alone(found)
    count = 0
    for username in usernames:
        person = find_by_username(searched, username)
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
    urls = {name: url for name, url in found.output("failure_queue_urls").items() if counts[name]}
    return replace(found, outputs={**found.outputs, "failure_queue_urls": urls})
