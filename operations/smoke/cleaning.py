"""Removing what a run made, and what a killed run left."""

import time
from dataclasses import replace

from operations.deployment import Deployment
from operations.forget.deletion import delete_everything
from operations.forget.person import find_by_username
from operations.forget.personal_data import personal_data_of
from operations.smoke.operation import message_counts
from operations.smoke.run import SIMULATOR, USERNAME_PREFIX, Run
from shared.dynamodb import number_of, text_of

# A younger user may be one of a run that goes on elsewhere.
LEFT_AFTER_SECONDS = 3600


def clean_up(run: Run) -> str:
    """Remove all that the run made."""
    return _removed(run.found, run.usernames)


def leftovers(run: Run) -> str:
    """Remove what killed runs left."""
    pages = (
        run.client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=run.found.output("user_table_name"),
            ProjectionExpression="username, email, registeredAt",
            FilterExpression="begins_with(username, :prefix)",
            ExpressionAttributeValues={":prefix": {"S": USERNAME_PREFIX}},
        )
    )
    before = time.time() - LEFT_AFTER_SECONDS
    found = tuple(
        text_of(item, "username")
        for page in pages
        for item in page["Items"]
        # By the address too: anybody may choose such a username, but nobody has mails there.
        if text_of(item, "email").endswith(f"@{SIMULATOR}")
        and float(number_of(item, "registeredAt") or 0) < before
    )
    return _removed(run.found, found)


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
