"""DynamoDB: an item's attributes by type, reads, and writes under a condition."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, cast

from botocore.exceptions import ClientError

from shared.errors import error_code, temporary_errors_named

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        GetItemInputTypeDef,
        UpdateItemInputTypeDef,
    )

Item = Mapping[str, "AttributeValueTypeDef"]


def text_of(item: Item, name: str) -> str:
    """A string attribute; "" where it is absent or of another type."""
    return item.get(name, {}).get("S", "")


def number_of(item: Item, name: str) -> str | None:
    """A number attribute as DynamoDB writes it; None where it is absent or of another type."""
    return item.get(name, {}).get("N")


def is_true(item: Item, name: str) -> bool:
    """Whether an attribute is the boolean true."""
    return item.get(name, {}).get("BOOL") is True


class Updated(NamedTuple):
    """The condition held and the write was made.

    Attributes:
        item: The item after the write; empty unless it was asked for.
    """

    item: Item


class ConditionFailed(NamedTuple):
    """The condition did not hold and nothing was written.

    Attributes:
        item: The item that is there; None where there is none, or where it wasn't asked for.
    """

    item: Item | None


class Table:
    """A table with a hash key only.

    Methods raise ServiceUnavailableError where DynamoDB is throttling, failing or unreachable. Not
    a dataclass, which would add 0.6 ms to each cold start.

    Attributes:
        label: The table in error messages.
        key_name: The attribute that is the hash key.
        key_type: The key's type.
        client: DynamoDB.
        name: The table's name on AWS.
    """

    label: ClassVar[str]
    key_name: ClassVar[str]
    key_type: ClassVar[Literal["S", "N"]]

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self.client = client
        self.name = name

    def key(self, value: str) -> Item:
        """The key of an item, as requests take it."""
        return cast("Item", {self.key_name: {self.key_type: value}})

    def get_item(self, key: str, attributes: Sequence[str] = ()) -> Item | None:
        """An item as it is now (strongly consistent); None where there is none.

        Args:
            key: Its hash key.
            attributes: What to read of it; everything where none is named. The roles of some
                functions may read no others.
        """
        request: GetItemInputTypeDef = {
            "TableName": self.name,
            "Key": self.key(key),
            "ConsistentRead": True,
        }
        if attributes:
            # By placeholders: DynamoDB reserves words such as "name".
            request["ProjectionExpression"] = ", ".join(f"#{name}" for name in attributes)
            request["ExpressionAttributeNames"] = {f"#{name}": name for name in attributes}
        with temporary_errors_named(self.label):
            return self.client.get_item(**request).get("Item")

    def put_item(self, item: Item) -> None:
        """Put an item, in place of one with its key."""
        with temporary_errors_named(self.label):
            self.client.put_item(TableName=self.name, Item=item)

    def delete_item(self, key: str) -> None:
        """Delete an item, if there is one."""
        with temporary_errors_named(self.label):
            self.client.delete_item(TableName=self.name, Key=self.key(key))

    def delete_if(self, key: str, *, condition: str, values: Item) -> bool:
        """Delete an item where a condition holds; False where it doesn't, or there is no item.

        Args:
            key: Its hash key.
            condition: The condition expression.
            values: The values in it, by their names.
        """
        try:
            with temporary_errors_named(self.label):
                self.client.delete_item(
                    TableName=self.name,
                    Key=self.key(key),
                    ConditionExpression=condition,
                    ExpressionAttributeValues=values,
                )
        except ClientError as error:
            item_on_failed_condition(error)
            return False
        return True

    def update(self, key: str, update: str, values: Item, *, names: Mapping[str, str]) -> Item:
        """Update an item, or make one; return the whole item.

        Args:
            key: Its hash key.
            update: The update expression.
            values: The values in it, by their names.
            names: The attributes in it, by their placeholders.
        """
        with temporary_errors_named(self.label):
            return self.client.update_item(
                TableName=self.name,
                Key=self.key(key),
                UpdateExpression=update,
                ExpressionAttributeValues=values,
                ExpressionAttributeNames=names,
                ReturnValues="ALL_NEW",
            )["Attributes"]

    def put_new(self, item: Item) -> bool:
        """Put an item; False, and nothing written, where there is one with its key."""
        try:
            with temporary_errors_named(self.label):
                self.client.put_item(
                    TableName=self.name,
                    Item=item,
                    ConditionExpression=f"attribute_not_exists({self.key_name})",
                )
        except ClientError as error:
            item_on_failed_condition(error)
            return False
        return True

    def update_if(  # noqa: PLR0913 - one conditional write, described by its parts
        self,
        key: str,
        update: str,
        *,
        condition: str,
        values: Item,
        new_item: bool = False,
        found_item: bool = False,
    ) -> Updated | ConditionFailed:
        """Update an item where a condition holds.

        Args:
            key: Its hash key.
            update: The update expression.
            condition: The condition expression.
            values: The values in both, by their names.
            new_item: Whether to answer the updated item. A role may be kept from asking for it.
            found_item: Whether to answer the item that fails the condition.
        """
        request: UpdateItemInputTypeDef = {
            "TableName": self.name,
            "Key": self.key(key),
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
        if new_item:
            request["ReturnValues"] = "ALL_NEW"
        if found_item:
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        try:
            with temporary_errors_named(self.label):
                return Updated(self.client.update_item(**request).get("Attributes", {}))
        except ClientError as error:
            return ConditionFailed(item_on_failed_condition(error))


def item_on_failed_condition(error: ClientError) -> Item | None:
    """The item that failed a write's condition; None where there is none or none was asked for.

    Raises:
        ClientError: The error itself, where it is not a failed condition.
    """
    if error_code(error) != "ConditionalCheckFailedException":
        raise error
    # botocore puts the item beside "Error", where its types know no such key.
    return cast("dict[str, Item]", error.response).get("Item")
