"""Links of activation mails that ended while their execution lay in the queue."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# As the web API does it for a resend: only while nobody holds a claim, and only for its own users,
# whom keepOnlyTokenHash marks. Another application knows its tokens, and how long they count.
CONDITION = (
    "activationStatus = :none AND keepOnlyTokenHash = :true"
    " AND activationTokenCreatedAt < :oldest"
    " AND (attribute_not_exists(activationMailClaim)"
    " OR attribute_not_exists(activationMailClaimExpiresAt) OR activationMailClaimExpiresAt < :now)"
)
REMOVE = "REMOVE activationToken, activationTokenHash, activationTokenCreatedAt"


@dataclass(frozen=True, slots=True)
class ActivationLinks:
    """The links that the web API takes.

    Attributes:
        dynamodb: A client.
        table_name: The User table.
        seconds: How long a link works.
    """

    dynamodb: "DynamoDBClient"
    table_name: str
    seconds: int

    def end_expired(self, username: str, now: int) -> bool:
        """Take an ended token off a user who is waiting for a mail, so that the mail has a new one.

        A mail keeps the token of the first try and its age (docs/activation-mail-protocol.md), and
        its link would be dead as it arrives.

        Args:
            username: The user.
            now: The time, in seconds since the epoch.

        Returns:
            Whether there was an ended one.
        """
        try:
            self.dynamodb.update_item(
                TableName=self.table_name,
                Key={"username": {"S": username}},
                UpdateExpression=REMOVE,
                ConditionExpression=CONDITION,
                ExpressionAttributeValues={
                    ":none": {"S": "NONE"},
                    ":true": {"BOOL": True},
                    ":oldest": {"N": str(now - self.seconds)},
                    ":now": {"N": str(now)},
                },
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
                return False
            raise
        return True
