"""Registering a user. The new item then starts the activation mail."""

import hmac

from shared.dynamodb import Item, text_of
from shared.user_table import STATUS_NONE, UserTable
from web_api.models import Registration
from web_api.passwords import hash_of
from web_api.sessions import new_generation


def register(
    users: UserTable,
    registration: Registration,
    *,
    activation_url_base: str,
    now: int,
    expires_at: int | None = None,
) -> bool:
    """Write a new user; False, and nothing written, where the username is taken.

    Args:
        users: The User table.
        registration: The user.
        activation_url_base: The address that the activation link starts with.
        now: In seconds since the epoch.
        expires_at: When the user is removed unless activated before; None: never.
    """
    password_hash = hash_of(registration.password)
    item: Item = {
        **users.key(registration.username),
        "name": {"S": registration.name},
        "email": {"S": registration.email},
        "activationStatus": {"S": STATUS_NONE},
        "activationUrlBase": {"S": activation_url_base},
        "passwordHash": {"S": password_hash},
        "sessionGeneration": {"S": new_generation()},
        "registeredAt": {"N": str(now)},
        # For the mail function: only the mail needs the token itself.
        "keepOnlyTokenHash": {"BOOL": True},
        **({} if expires_at is None else {"expiresAt": {"N": str(expires_at)}}),
    }
    return users.put_new(item) or _is_ours(users, registration.username, password_hash)


def _is_ours(users: UserTable, username: str, password_hash: str) -> bool:
    """Whether this call itself took the username.

    The client retries after a lost response and then finds its own item. The hash's salt tells it
    from any other call's.
    """
    found = users.get_item(username, ("username", "passwordHash")) or {}
    return hmac.compare_digest(text_of(found, "passwordHash").encode(), password_hash.encode())
