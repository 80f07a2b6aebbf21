"""What an operator does to one user: each act is one write to the user's item."""

from collections.abc import Mapping
from dataclasses import dataclass

from operations.errors import OperationsError
from operations.redrive.terminal import shown
from shared.dynamodb import ConditionFailed, Item
from shared.user_table import UserTable, may_be_a_username
from web_api.sessions import new_generation

NEW_GENERATION = "sessionGeneration = :generation"


@dataclass(frozen=True, slots=True)
class Act:
    """One act.

    Attributes:
        update: The update expression (:generation: a new `sessionGeneration`; :now).
        done: What was done, for the operator.
    """

    update: str
    done: str


# By the name that an operator types.
ACTS: Mapping[str, Act] = {
    "disable": Act(
        f"SET disabledAt = if_not_exists(disabledAt, :now), {NEW_GENERATION}",
        "disabled, and all sessions ended",
    ),
    # A new generation here too: the account may have been disabled by hand, without one.
    "enable": Act(f"SET {NEW_GENERATION} REMOVE disabledAt", "enabled"),
    "end-sessions": Act(f"SET {NEW_GENERATION}", "all sessions ended"),
}


def do(act: Act, users: UserTable, username: str, *, now: int) -> None:
    """Do one act to a user.

    Raises:
        OperationsError: There is no such user.
    """
    values: Item = {":generation": {"S": new_generation()}, ":now": {"N": str(now)}}
    found = may_be_a_username(username) and not isinstance(
        users.update_if(
            username,
            act.update,
            condition="attribute_exists(username)",
            # DynamoDB refuses values that the expression doesn't use.
            values={name: value for name, value in values.items() if name in act.update},
        ),
        ConditionFailed,
    )
    if not found:
        raise OperationsError(f"there is no user {shown(username)}")
