"""The person whose data is to be deleted, as the tables have them."""

from dataclasses import dataclass, field, replace

from operations.deployment import Deployment
from shared.dynamodb import number_of, text_of
from shared.profile_images import thumbnail_key_from_original
from shared.profile_table import ProfileTable
from shared.user_table import UserTable

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
    profile = profiles_of(deployment).get_item(str(profile_id)) or {}
    username = text_of(profile, "username")
    if username:
        person = find_by_username(deployment, username)
        if person.profile_id == profile_id:
            return person
    return find_again(deployment, Person(None, profile_id))


def find_again(deployment: Deployment, person: Person) -> Person:
    """The same person as the tables have them now; what was known before stays known."""
    user = profile = None
    if person.username is not None:
        user = users_of(deployment).get_item(person.username)
    number = number_of(user or {}, "userProfileId")
    profile_id = person.profile_id if number is None else int(number)
    if profile_id is not None:
        profile = profiles_of(deployment).get_item(str(profile_id))
    keys = {text_of(profile or {}, name) for name in PICTURE_ATTRIBUTES} - {""}
    keys |= {key for key in map(thumbnail_key_from_original, keys) if key is not None}
    return replace(
        person,
        profile_id=profile_id,
        email=text_of(user or {}, "email") or person.email,
        picture_keys=person.picture_keys | keys,
        has_user=user is not None,
        has_profile=profile is not None,
    )


def users_of(deployment: Deployment) -> UserTable:
    """The deployment's User table."""
    return UserTable(deployment.client("dynamodb"), deployment.output("user_table_name"))


def profiles_of(deployment: Deployment) -> ProfileTable:
    """The deployment's user-profile table."""
    return ProfileTable(deployment.client("dynamodb"), deployment.output("user_profile_table_name"))
