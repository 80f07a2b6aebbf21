"""Items that a function never handled, where the stream has trimmed their records.

A failure record holds sequence numbers and no keys, and after 24 hours nothing leads from the one
to the other. The table still shows what was missed: a user who waits for a mail that nobody has
tried to send, a profile whose picture nobody has looked at.
docs/adr/0024-what-a-stream-has-forgotten.md
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from operations.redrive.stream_records import lambda_record
from shared.profile_table import ProfileTable, has_own_thumbnail, image_of
from shared.user_table import NEVER_CLAIMED, STATUS_NONE, UserTable, was_never_claimed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from operations.redrive.drain import StillWorking

Item = Mapping[str, Any]

# An item in need may be one whose record is on its way at this very moment. Nothing breaks where it
# is handled twice, but only what is still in need after this long was missed.
SETTLE_SECONDS = 120.0
SAY_STILL_WORKING_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Repair:
    """How to find items in a table that a function never handled.

    Attributes:
        key: The table's key.
        filter: A filter expression that no item in need fails.
        values: The values in it.
        is_due: Whether an item is in need.
    """

    key: str
    filter: str
    values: dict[str, Any] | None
    is_due: Callable[[Item], bool]


def user_is_due(item: Item) -> bool:
    """Whether a user waits for an activation mail that nobody has tried to send.

    Who tries takes a claim first and leaves the hash of the token, so a user who has either is the
    business of an execution, or of the queue `activation`, where a failed one ends. A user whose
    mail is withheld waits for none.
    """
    return was_never_claimed(item)


def profile_is_due(item: Item) -> bool:
    """Whether a profile has an image, and what it says of its thumbnail may be another one's.

    "DONE" is the image's own where the thumbnail lies at the image's own path. "FAILED" may be that
    of an image which the application itself has replaced: it is tried again, and fails again where
    it is this one's.
    """
    return bool(image_of(item)) and not has_own_thumbnail(item)


REPAIRS: Mapping[str, Repair] = {
    "user_table_trigger": Repair(
        key=UserTable.key_name,
        filter=NEVER_CLAIMED,
        values={":none": {"S": STATUS_NONE}, ":true": {"BOOL": True}},
        is_due=user_is_due,
    ),
    "create_thumbnail": Repair(
        key=ProfileTable.key_name,
        filter="attribute_exists(image)",
        values=None,
        is_due=profile_is_due,
    ),
}


def trimmed_records(
    dynamodb: "DynamoDBClient",
    stream_arn: str,
    repair: Repair,
    still_working: "StillWorking",
    settle_seconds: float | None = None,
) -> list[dict[str, Any]]:
    """Records for the items in need of a stream's table, as if each had just been put into it.

    Reads the whole table, and reads what it found in need once more after a while.

    Returns:
        Records as Lambda delivers them to a function, with an `eventID` that stays the same for an
        item for a day, so that it starts one execution however often this is called.
    """
    table_name = stream_arn.split("/")[1]
    keys = [
        {repair.key: item[repair.key]}
        for item in _scan(dynamodb, table_name, repair, still_working)
        if repair.is_due(item)
    ]
    if keys:
        _wait(SETTLE_SECONDS if settle_seconds is None else settle_seconds, still_working)
    records: list[dict[str, Any]] = []
    for key in keys:
        item = dynamodb.get_item(TableName=table_name, Key=key, ConsistentRead=True).get("Item")
        if item is not None and repair.is_due(item):
            records.append(record_of(stream_arn, key, item, number=len(records)))
    return records


def _scan(
    dynamodb: "DynamoDBClient", table_name: str, repair: Repair, still_working: "StillWorking"
) -> list[Item]:
    options: dict[str, Any] = {"TableName": table_name, "FilterExpression": repair.filter}
    if repair.values is not None:
        options["ExpressionAttributeValues"] = repair.values
    found: list[Item] = []
    for page in dynamodb.get_paginator("scan").paginate(**options):
        found.extend(page["Items"])
        still_working()
    return found


def _wait(seconds: float, still_working: "StillWorking") -> None:
    end = time.monotonic() + seconds
    while (rest := end - time.monotonic()) > 0:
        still_working()
        time.sleep(min(rest, SAY_STILL_WORKING_SECONDS))


def record_of(stream_arn: str, key: Item, item: Item, *, number: int) -> dict[str, Any]:
    """A record as Lambda delivers it, as if the item had just been put into the table."""
    now = datetime.now(UTC)
    # The name of an execution, and those are not taken again within 90 days. One a day: a user who
    # is registered again must not be refused because of a namesake.
    identity = json.dumps([stream_arn, key, now.date().isoformat()], sort_keys=True, default=str)
    return lambda_record(
        {
            "eventID": f"redrive-{hashlib.sha256(identity.encode()).hexdigest()}",
            "eventName": "INSERT",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": stream_arn.split(":")[3],
            "dynamodb": {
                "ApproximateCreationDateTime": now,
                "Keys": key,
                "NewImage": item,
                "SequenceNumber": f"{number:021d}",
            },
        },
        stream_arn,
    )
