"""Ended links: whose token is taken off, and whose is not; and who is kept for longer."""

from typing import Any

import pytest

from operations.redrive.activation_links import ActivationLinks
from tests.unit.builders import Users, fail

NOW = 1_795_342_800
DAY = 24 * 3600
TOKEN = {"activationToken", "activationTokenHash", "activationTokenCreatedAt"}


def put(users: Users, **changes: Any) -> None:  # noqa: ANN401 - attribute values
    """A user of the web API, whose first mail failed two days ago; None leaves an attribute out."""
    values = {
        "username": {"S": "anna"},
        "activationStatus": {"S": "NONE"},
        "keepOnlyTokenHash": {"BOOL": True},
        "activationToken": {"S": "t"},
        "activationTokenHash": {"S": "h"},
        "activationTokenCreatedAt": {"N": str(NOW - 2 * DAY)},
        **changes,
    }
    item = {name: value for name, value in values.items() if value is not None}
    users.dynamodb.put_item(TableName=users.name, Item=item)


def links(users: Users, user_seconds: int | None = None) -> ActivationLinks:
    return ActivationLinks(users.table, seconds=DAY, user_seconds=user_seconds)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"activationMailClaim": {"S": "c"}, "activationMailClaimExpiresAt": {"N": str(NOW - 1)}},
        {"activationTokenCreatedAt": {"N": str(NOW - DAY - 1)}},
    ],
)
def test_an_ended_token_is_taken_off(users: Users, changes: dict[str, Any]) -> None:
    put(users, **changes)
    assert links(users).end_expired("anna", NOW)
    assert not TOKEN & set(users.get("anna"))
    assert not links(users).end_expired("anna", NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"activationTokenCreatedAt": {"N": str(NOW - DAY)}},
        {"activationTokenCreatedAt": None},
        {"activationStatus": {"S": "MAIL_SENT"}},
        {"activationStatus": {"S": "DONE"}},
        {"keepOnlyTokenHash": None},
        {"keepOnlyTokenHash": {"BOOL": False}},
        {"mailWithheld": {"BOOL": True}},
        {"activationMailClaim": {"S": "c"}, "activationMailClaimExpiresAt": {"N": str(NOW)}},
    ],
)
def test_any_other_is_left_alone(users: Users, changes: dict[str, Any]) -> None:
    put(users, **changes)
    before = users.get("anna")
    assert not links(users).end_expired("anna", NOW)
    assert users.get("anna") == before


def test_a_user_who_is_gone_is_not_made_again(users: Users) -> None:
    assert not links(users).end_expired("nobody", NOW)
    assert users.get("nobody") == {}


def test_another_error_is_left_to_the_caller(users: Users) -> None:
    fail(users.dynamodb, "UpdateItem", "AccessDeniedException", status=400)
    with pytest.raises(users.dynamodb.exceptions.ClientError, match="AccessDenied"):
        links(users).end_expired("anna", NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"activationToken": None, "activationTokenHash": None, "activationTokenCreatedAt": None},
        {"activationTokenCreatedAt": {"N": str(NOW - 1)}},
        {"expiresAt": {"N": str(NOW - 1)}},  # TTL is days late
    ],
)
def test_who_waits_for_a_mail_is_kept_as_after_a_resend(
    users: Users, changes: dict[str, Any]
) -> None:
    put(users, **{"expiresAt": {"N": str(NOW + DAY)}, **changes})
    before = users.get("anna")
    assert links(users, 7 * DAY).keep_user("anna", NOW)
    assert users.get("anna") == {**before, "expiresAt": str(NOW + 7 * DAY)}
    assert not links(users, 7 * DAY).keep_user("anna", NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"expiresAt": None},  # signed up before it was switched on
        {"expiresAt": {"N": str(NOW + 8 * DAY)}},
        {"activationStatus": {"S": "MAIL_SENT"}},
        {"activationStatus": {"S": "DONE"}},
        {"keepOnlyTokenHash": None},
        {"keepOnlyTokenHash": {"BOOL": False}},
        {"mailWithheld": {"BOOL": True}},
    ],
)
def test_nobody_else_is_kept_for_longer(users: Users, changes: dict[str, Any]) -> None:
    put(users, **{"expiresAt": {"N": str(NOW + DAY)}, **changes})
    before = users.get("anna")
    assert not links(users, 7 * DAY).keep_user("anna", NOW)
    assert users.get("anna") == before


def test_nobody_is_kept_for_longer_where_nobody_expires(users: Users) -> None:
    put(users, expiresAt={"N": str(NOW + DAY)})
    assert not links(users).keep_user("anna", NOW)
    assert users.get("anna")["expiresAt"] == str(NOW + DAY)


def test_a_user_who_expired_is_not_made_again(users: Users) -> None:
    assert not links(users, 7 * DAY).keep_user("nobody", NOW)
    assert users.get("nobody") == {}
