"""Who is to be forgotten: what the tables say of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from operations.deployment import Deployment
from shared.profile_images import thumbnail_key_for

Item = Mapping[str, Any]

PICTURE_ATTRIBUTES = ("image", "thumbnail")


@dataclass(frozen=True, slots=True)
class Person:
    """A person, as far as the tables know them, or knew them when this was begun.

    Attributes:
        username: The user; None where only a profile is known.
        profile_id: The profile; None where there is none, or where it isn't known any more.
        email: The mail address; None where it isn't known any more.
        picture_keys: The keys of original and thumbnail that the profile has named.
        has_user: Whether there is an item in the table User.
        has_profile: Whether there is an item in the table user-profile.
    """

    username: str | None
    profile_id: int | None = None
    email: str | None = field(default=None, repr=False)
    picture_keys: frozenset[str] = frozenset()
    has_user: bool = False
    has_profile: bool = False

    def __str__(self) -> str:
        return str(self.profile_id) if self.username is None else self.username


def find_by_username(deployment: Deployment, username: str) -> Person:
    """A person by username; with nothing but that where there is no such user (any more)."""
    return find_again(deployment, Person(username))


def find_by_profile_id(deployment: Deployment, profile_id: int) -> Person:
    """A person by profile; with the user, where profile and user name each other."""
    profile = _read(deployment, "user_profile_table_name", _profile_key(profile_id))
    username = _text(profile or {}, "username")
    if username is not None:
        person = find_by_username(deployment, username)
        if person.profile_id == profile_id:
            return person
    return find_again(deployment, Person(None, profile_id))


def find_again(deployment: Deployment, person: Person) -> Person:
    """The same person as the tables have them now; what was known before stays known."""
    user = profile = None
    if person.username is not None:
        key = {"username": {"S": person.username}}
        user = _read(deployment, "user_table_name", key)
    number = (user or {}).get("userProfileId", {}).get("N")
    profile_id = person.profile_id if number is None else int(number)
    if profile_id is not None:
        profile = _read(deployment, "user_profile_table_name", _profile_key(profile_id))
    keys = {_text(profile or {}, name) for name in PICTURE_ATTRIBUTES}
    keys |= {thumbnail_key_for(key) for key in keys if key is not None}
    return replace(
        person,
        profile_id=profile_id,
        email=_text(user or {}, "email") or person.email,
        picture_keys=person.picture_keys | {key for key in keys if key is not None},
        has_user=user is not None,
        has_profile=profile is not None,
    )


def _profile_key(profile_id: int) -> Item:
    return {"id": {"N": str(profile_id)}}


def _text(item: Item, name: str) -> str | None:
    return item.get(name, {}).get("S") or None


def _read(deployment: Deployment, table: str, key: Item) -> Item | None:
    item: Item | None = (
        deployment.client("dynamodb")
        .get_item(TableName=deployment.output(table), Key=key, ConsistentRead=True)
        .get("Item")
    )
    return item
