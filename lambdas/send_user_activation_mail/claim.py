"""The right to mail a user: held by one sender at a time, kept on the user's own item.

SES has no idempotency key, so "one mail" must be settled before it is asked: whoever sends holds a
claim, which ends by itself when its holder dies. docs/activation-mail-protocol.md has the whole
protocol and what each crash in it leads to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from shared.dynamodb import item_that_refused
from shared.errors import temporary_errors_named
from shared.mail_feedback import MAILS_ARE_WELCOME
from shared.user_table import STATUS_MAIL_SENT, STATUS_NONE, text_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from send_user_activation_mail.activation_token import ActivationToken

TABLE = "table User"
HELD_BY_ME = "activationMailClaim = :me"
# The claim may be ":me"'s already: the client tries again after a lost answer.
FREE_TO_TAKE = (
    f"activationStatus = :none AND {MAILS_ARE_WELCOME}"
    f" AND (attribute_not_exists(activationMailClaim) OR {HELD_BY_ME}"
    " OR attribute_not_exists(activationMailClaimExpiresAt) OR activationMailClaimExpiresAt < :now)"
)
# A token that was read must still be there: a resend removes it, and must not see it come back.
SAME_TOKEN = "activationToken = :token"  # noqa: S105 - an expression, no token
# For a new one there must be none; some applications write an empty text or NULL where they have
# none. It may be on the item already, again after a lost answer.
NO_OTHER_TOKEN = (
    f"(attribute_not_exists(activationToken) OR {SAME_TOKEN}"
    " OR activationToken = :empty OR attribute_type(activationToken, :null))"
)
TAKE = (
    "SET activationMailClaim = :me, activationMailClaimExpiresAt = :end,"
    " activationToken = :token, activationTokenHash = :hash"
)
MARK = "SET activationStatus = :sent REMOVE activationMailClaim, activationMailClaimExpiresAt"


class ActivationMailInProgressError(Exception):
    """Another sender holds the claim: it will have sent the mail, or its claim will have ended."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims on the items of one User table, made by one sender.

    Attributes:
        dynamodb: The client.
        table_name: The User table.
        sender: The sender's own id, another one for each invocation.
        seconds: How long a claim holds.
    """

    dynamodb: "DynamoDBClient"
    table_name: str
    sender: str
    seconds: int

    def take(
        self, username: str, *, now: int, token: "ActivationToken"
    ) -> Mapping[str, "AttributeValueTypeDef"] | None:
        """Take the claim on a user whose status is NONE; set the token, its hash and its age.

        Args:
            username: The user.
            now: The time, in seconds since the epoch.
            token: The token that the item had when it was read, or a new one. Its age starts
                now, unless it has one.

        Returns:
            The item with the claim and the token; None where the status is no longer NONE.

        Raises:
            ActivationMailInProgressError: Another sender holds the claim, or the item's token is
                no longer what was read, or the address has just bounced.
            ServiceUnavailableError: DynamoDB can't answer now.
        """
        values: dict[str, AttributeValueTypeDef] = {
            ":me": {"S": self.sender},
            ":now": {"N": str(now)},
            ":end": {"N": str(now + self.seconds)},
            ":none": {"S": STATUS_NONE},
            ":token": {"S": token.text},
            ":hash": {"S": token.hash},
        }
        if token.is_new:
            values |= {":empty": {"S": ""}, ":null": {"S": "NULL"}}
        try:
            with temporary_errors_named(TABLE):
                return self.dynamodb.update_item(
                    TableName=self.table_name,
                    Key={"username": {"S": username}},
                    UpdateExpression=(
                        TAKE if token.has_age else f"{TAKE}, activationTokenCreatedAt = :now"
                    ),
                    ConditionExpression=(
                        f"{FREE_TO_TAKE} AND {NO_OTHER_TOKEN if token.is_new else SAME_TOKEN}"
                    ),
                    ExpressionAttributeValues=values,
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )["Attributes"]
        except ClientError as error:
            found = item_that_refused(error) or {}
            if text_of(found, "activationStatus") == STATUS_NONE:
                raise ActivationMailInProgressError(
                    "another sender is at work on the user, or the user has just been changed"
                ) from None
            return None

    def mark_sent(self, username: str, token: "ActivationToken", *, keep_only_hash: bool) -> bool:
        """Mark the user's mail as sent and end the claim.

        Args:
            username: The user.
            token: The token that was mailed.
            keep_only_hash: Whether the token itself goes with the same write.

        Returns:
            False where the item has moved on: the user was quicker with the link, or the claim
            ended and another sender took over, or a resend has ended the token.

        Raises:
            ServiceUnavailableError: DynamoDB can't answer now.
        """
        return self._update_mine(
            username,
            f"{MARK}, activationToken" if keep_only_hash else MARK,
            {
                ":sent": {"S": STATUS_MAIL_SENT},
                ":none": {"S": STATUS_NONE},
                ":hash": {"S": token.hash},
            },
            condition=(
                f"activationStatus = :none AND {HELD_BY_ME} AND activationTokenHash = :hash"
            ),
        )

    def release(self, username: str) -> None:
        """End the claim with nothing marked, so that the next sender need not wait for its end.

        Raises:
            ServiceUnavailableError: DynamoDB can't answer now.
        """
        self._update_mine(
            username,
            "REMOVE activationMailClaim, activationMailClaimExpiresAt",
            {},
            condition=HELD_BY_ME,
        )

    def _update_mine(
        self,
        username: str,
        update: str,
        values: dict[str, "AttributeValueTypeDef"],
        *,
        condition: str,
    ) -> bool:
        try:
            with temporary_errors_named(TABLE):
                self.dynamodb.update_item(
                    TableName=self.table_name,
                    Key={"username": {"S": username}},
                    UpdateExpression=update,
                    ConditionExpression=condition,
                    ExpressionAttributeValues={":me": {"S": self.sender}, **values},
                )
        except ClientError as error:
            item_that_refused(error)
            return False
        return True
