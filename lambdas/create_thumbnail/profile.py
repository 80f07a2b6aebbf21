"""What came of a profile's image, kept on the profile."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from create_thumbnail.image_change import ImageChange
from shared.dynamodb import item_that_refused
from shared.user_table import text_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

DONE = "DONE"
FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Overtaken:
    """What a profile says by now, where it is no longer what a change had said.

    Attributes:
        image: The key of its original; "" where it has none, or where the profile is gone.
        version_id: The version of the original that SetProfileImage set; "" where that isn't known.
    """

    image: str
    version_id: str


def record_thumbnail(
    dynamodb: "DynamoDBClient", table_name: str, change: ImageChange, thumbnail_key: str
) -> Overtaken | None:
    """Note a profile's thumbnail: `thumbnailStatus` DONE and `thumbnail`, its key.

    Returns:
        None; what the profile says where it is gone, or has another image or upload by now. Then
        nothing is written.
    """
    return _update(
        dynamodb,
        table_name,
        change,
        "SET thumbnailStatus = :status, thumbnail = :thumbnail REMOVE thumbnailError",
        {":status": {"S": DONE}, ":thumbnail": {"S": thumbnail_key}},
    )


def record_refusal(
    dynamodb: "DynamoDBClient", table_name: str, change: ImageChange, reason: str
) -> Overtaken | None:
    """Note why a profile's image has no thumbnail: `thumbnailStatus` FAILED and `thumbnailError`.

    Returns:
        None; what the profile says where it is gone, or has another image or upload by now. Then
        nothing is written.
    """
    return _update(
        dynamodb,
        table_name,
        change,
        "SET thumbnailStatus = :status, thumbnailError = :reason REMOVE thumbnail",
        {":status": {"S": FAILED}, ":reason": {"S": reason}},
    )


def _update(
    dynamodb: "DynamoDBClient",
    table_name: str,
    change: ImageChange,
    update: str,
    values: "dict[str, AttributeValueTypeDef]",
) -> Overtaken | None:
    values = {**values, ":key": {"S": change.key}}
    condition = "image = :key"
    if change.sequencer is not None:
        values[":sequencer"] = {"S": change.sequencer}
        condition += " AND imageSequencer = :sequencer"
    try:
        dynamodb.update_item(
            TableName=table_name,
            Key={"id": {"N": change.profile_id}},
            UpdateExpression=update,
            ConditionExpression=condition,
            ExpressionAttributeValues=values,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        found = item_that_refused(error) or {}
        return Overtaken(text_of(found, "image"), text_of(found, "imageVersionId"))
    return None
