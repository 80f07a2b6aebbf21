"""What came of a profile's image, kept on the profile."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from create_thumbnail.image_change import ImageChange
from shared.dynamodb import item_that_refused

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


def record_thumbnail(
    dynamodb: "DynamoDBClient", table_name: str, change: ImageChange, thumbnail_key: str
) -> bool:
    """Note a profile's thumbnail: `thumbnailStatus` DONE and `thumbnail`, its key.

    Returns:
        False where the profile is gone or has another image by now; nothing is written then.
    """
    return _update(
        dynamodb,
        table_name,
        change,
        "SET thumbnailStatus = :status, thumbnail = :thumbnail REMOVE thumbnailError",
        {":status": {"S": "DONE"}, ":thumbnail": {"S": thumbnail_key}},
    )


def record_refusal(
    dynamodb: "DynamoDBClient", table_name: str, change: ImageChange, reason: str
) -> bool:
    """Note why a profile's image has no thumbnail: `thumbnailStatus` FAILED and `thumbnailError`.

    Returns:
        False where the profile is gone or has another image by now; nothing is written then.
    """
    return _update(
        dynamodb,
        table_name,
        change,
        "SET thumbnailStatus = :status, thumbnailError = :reason REMOVE thumbnail",
        {":status": {"S": "FAILED"}, ":reason": {"S": reason}},
    )


def _update(
    dynamodb: "DynamoDBClient",
    table_name: str,
    change: ImageChange,
    update: str,
    values: "dict[str, AttributeValueTypeDef]",
) -> bool:
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
        )
    except ClientError as error:
        item_that_refused(error)
        return False
    return True
