"""The function's configuration."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast
from urllib.parse import urlsplit

from shared import environment
from shared.environment import ConfigurationError
from shared.thumbnail_sizes import thumbnail_sizes

Language = Literal["de", "en"]

SECONDS_OF_AN_HOUR = 3600
SECONDS_OF_A_DAY = 24 * SECONDS_OF_AN_HOUR

# An origin as browsers write it, which can go into a Content-Security-Policy unchanged.
ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Config:
    """The function's settings.

    Attributes:
        user_table_name: The User table.
        user_profile_table_name: The user-profile table.
        web_state_table_name: The table of counts, refused accounts and ended sessions.
        bucket_name: The bucket of profile images.
        state_machine_arn: The state machine that sends activation mails.
        public_origins: The origins that the API answers at, such as "https://accounts.example".
        upload_origin: The origin that browsers send pictures to.
        thumbnail_origin: That of the thumbnails' public addresses; None where there are none, and
            browsers load thumbnails from `upload_origin` by links.
        thumbnail_sizes: The sizes of thumbnails that are made.
        session_key_parameter: The SSM parameter with the key that signs cookies.
        session_seconds: How long a session lasts.
        session_idle_seconds: How long a session lasts without a request.
        activation_link_seconds: How long an activation link works.
        unactivated_user_seconds: How long a user who never activates is kept; None: for ever.
        max_upload_bytes: The size of the largest picture.
        takes_heic: Whether pictures may be HEIC.
        uploads_per_day: The uploads that a profile is permitted in a day.
        resend_cool_down_seconds: How long after one activation mail no other can be requested.
        resend_limit: Requests for a user's activation mail, until a day passes without one.
        sign_ups_per_hour: The users that one network may register in an hour.
        reserved_usernames: Usernames that nobody may register, beside those of every deployment.
        product_name: The product's name on the page.
        page_language: The language of the page.
    """

    user_table_name: str
    user_profile_table_name: str
    web_state_table_name: str
    bucket_name: str
    state_machine_arn: str
    public_origins: Sequence[str]
    upload_origin: str
    thumbnail_origin: str | None
    thumbnail_sizes: Sequence[int]
    session_key_parameter: str
    session_seconds: int
    session_idle_seconds: int
    activation_link_seconds: int
    unactivated_user_seconds: int | None
    max_upload_bytes: int
    takes_heic: bool
    uploads_per_day: int
    resend_cool_down_seconds: int
    resend_limit: int
    sign_ups_per_hour: int
    reserved_usernames: frozenset[str]
    product_name: str
    page_language: Language


@cache
def config() -> Config:
    """The configuration, read from the environment on first use.

    Raises:
        ConfigurationError: A variable is missing or has a wrong value.
    """
    return Config(
        user_table_name=environment.required("USER_TABLE_NAME"),
        user_profile_table_name=environment.required("USER_PROFILE_TABLE_NAME"),
        web_state_table_name=environment.required("WEB_STATE_TABLE_NAME"),
        bucket_name=environment.required("PROFILE_IMAGES_BUCKET_NAME"),
        state_machine_arn=environment.required("STATE_MACHINE_ARN"),
        public_origins=_origins("PUBLIC_ORIGINS"),
        upload_origin=_origin("UPLOAD_ORIGIN", environment.required("UPLOAD_ORIGIN")),
        thumbnail_origin=_optional_origin("THUMBNAIL_ORIGIN"),
        thumbnail_sizes=thumbnail_sizes().made,
        session_key_parameter=environment.required("SESSION_KEY_PARAMETER"),
        session_seconds=environment.positive_integer("SESSION_HOURS") * SECONDS_OF_AN_HOUR,
        session_idle_seconds=(
            environment.positive_integer("SESSION_IDLE_HOURS") * SECONDS_OF_AN_HOUR
        ),
        activation_link_seconds=(
            environment.positive_integer("ACTIVATION_LINK_HOURS") * SECONDS_OF_AN_HOUR
        ),
        unactivated_user_seconds=_days("UNACTIVATED_USER_EXPIRATION_DAYS"),
        max_upload_bytes=environment.positive_integer("MAX_UPLOAD_BYTES"),
        takes_heic=environment.optional("TAKES_HEIC") == "true",
        uploads_per_day=environment.positive_integer("UPLOADS_PER_DAY"),
        resend_cool_down_seconds=environment.positive_integer("RESEND_COOL_DOWN_SECONDS"),
        resend_limit=environment.positive_integer("RESEND_LIMIT"),
        sign_ups_per_hour=environment.positive_integer("SIGN_UPS_PER_HOUR"),
        reserved_usernames=frozenset((environment.optional("RESERVED_USERNAMES") or "").split()),
        product_name=environment.required("PRODUCT_NAME"),
        page_language=cast("Language", environment.one_of("PAGE_LANGUAGE", ("de", "en"))),
    )


def _days(name: str) -> int | None:
    days = environment.optional_positive_integer(name)
    return None if days is None else days * SECONDS_OF_A_DAY


def _origins(name: str) -> tuple[str, ...]:
    return tuple(_origin(name, value) for value in environment.required(name).split())


def _optional_origin(name: str) -> str | None:
    value = environment.optional(name)
    return None if value is None else _origin(name, value)


def _origin(name: str, value: str) -> str:
    """An origin: https, or http on this machine only, since others on the way can change http."""
    if not ORIGIN.fullmatch(value):
        raise ConfigurationError(f"{name}: {value!r} is not an origin of the form https://host")
    host = urlsplit(value).hostname or ""
    is_local = host in ("127.0.0.1", "::1", "localhost") or host.endswith(".localhost")
    if value.startswith("http:") and not is_local:
        raise ConfigurationError(f"{name}: {value!r} is not an https address")
    return value
