"""The activation token of a User item, its hash and its age.

The mail's link has the token. Its hash and its age on the item let an application check a link
without knowing the token.
"""

import hashlib
import secrets
from dataclasses import dataclass, field, replace

from send_user_activation_mail.recipient import InvalidUserError
from shared.dynamodb import Item, number_of, text_of

TOKEN_BYTES = 32  # 256 bits; 128 would be enough to make guessing hopeless


@dataclass(frozen=True, slots=True)
class ActivationToken:
    """The token for a user's next mail.

    Attributes:
        text: The token itself. Kept out of `repr`.
        is_new: Whether it was made now, as the item had none.
        has_age: Whether the item has this token's age. A token that the application has set, or has
            replaced another one with, has none yet.
    """

    text: str = field(repr=False)
    is_new: bool
    has_age: bool

    @property
    def hash(self) -> str:
        """Lower-case hexadecimal SHA-256 of the token's UTF-8."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def token_for(item: Item) -> ActivationToken:
    """The token to mail: the item's own, or a new one where it has none.

    Raises:
        InvalidUserError: The item's token is of another type than a string.
    """
    found = token_of(item)
    if found is None:
        return ActivationToken(secrets.token_urlsafe(TOKEN_BYTES), is_new=True, has_age=False)
    token = ActivationToken(found, is_new=False, has_age=False)
    # An age belongs to the token whose hash is on the item with it.
    is_its_age = text_of(item, "activationTokenHash") == token.hash
    created_at = number_of(item, "activationTokenCreatedAt")
    return replace(token, has_age=is_its_age and created_at is not None)


def token_of(item: Item) -> str | None:
    """The item's token; None where it has none, an empty one or NULL.

    Raises:
        InvalidUserError: It is of another type.
    """
    value = item.get("activationToken", {"NULL": True})
    if "S" not in value and "NULL" not in value:
        raise InvalidUserError("activationToken: not a string")
    return value.get("S") or None
