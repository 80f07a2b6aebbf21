"""The function's tables and stores, each made once."""

from functools import cache

from shared.aws import dynamodb, ssm
from shared.profile_table import ProfileTable
from shared.user_table import UserTable
from web_api.config import config
from web_api.devices import Devices
from web_api.limits import Counts
from web_api.refusals import Refusals
from web_api.sessions import Sessions
from web_api.signing_key import SigningKeys
from web_api.web_state_table import WebStateTable


@cache
def users() -> UserTable:
    """The User table."""
    return UserTable(dynamodb(), config().user_table_name)


@cache
def profiles() -> ProfileTable:
    """The user-profile table."""
    return ProfileTable(dynamodb(), config().user_profile_table_name)


@cache
def counts() -> Counts:
    """The counts of all limits."""
    return Counts(WebStateTable(dynamodb(), config().web_state_table_name))


@cache
def signing_keys() -> SigningKeys:
    """The keys that sign cookies."""
    return SigningKeys(ssm(), config().session_key_parameter)


@cache
def refusals() -> Refusals:
    """What mailbox owners have refused."""
    return Refusals(WebStateTable(dynamodb(), config().web_state_table_name))


@cache
def sessions() -> Sessions:
    """The sessions of all users."""
    return Sessions(
        WebStateTable(dynamodb(), config().web_state_table_name),
        signing_keys(),
        seconds=config().session_seconds,
        idle_seconds=config().session_idle_seconds,
    )


@cache
def devices() -> Devices:
    """The devices that have signed in before."""
    return Devices(signing_keys())
