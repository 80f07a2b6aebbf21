"""The function's settings, and the engine that they choose."""

from dataclasses import dataclass
from functools import cache
from typing import Literal, cast
from urllib.parse import urlsplit

from create_thumbnail.engine import Fit, ThumbnailEngine
from shared import environment
from shared.aws import ssm
from shared.environment import ConfigurationError
from shared.thumbnail_sizes import ThumbnailSizes, thumbnail_sizes


@dataclass(frozen=True, slots=True)
class Config:
    """The function's settings.

    Attributes:
        user_profile_table_name: The user-profile table.
        bucket_name: The bucket of originals and thumbnails.
        engine: Which engine makes the thumbnails.
        fit: Whether a thumbnail shows the whole picture or fills the square.
        max_image_bytes: The size of the largest original that is read.
        max_decode_bytes: The most memory that decoding it may take.
        sizes: The sizes of thumbnails.
    """

    user_profile_table_name: str
    bucket_name: str
    engine: Literal["pillow", "tinypng"]
    fit: Fit
    max_image_bytes: int
    max_decode_bytes: int
    sizes: ThumbnailSizes


@cache
def config() -> Config:
    """The configuration, read from the environment on first use.

    Raises:
        ConfigurationError: A variable is missing or has a wrong value.
    """
    engine = environment.one_of("THUMBNAIL_ENGINE", ("pillow", "tinypng"))
    fit = environment.one_of("THUMBNAIL_FIT", ("fit", "cover"))
    return Config(
        user_profile_table_name=environment.required("USER_PROFILE_TABLE_NAME"),
        bucket_name=environment.required("PROFILE_IMAGES_BUCKET_NAME"),
        engine=cast("Literal['pillow', 'tinypng']", engine),
        fit=cast("Fit", fit),
        max_image_bytes=environment.positive_integer("MAX_IMAGE_BYTES"),
        max_decode_bytes=environment.positive_integer("MAX_DECODE_BYTES"),
        sizes=thumbnail_sizes(),
    )


# Imported where it is chosen: a cold start loads either Pillow (27 ms) or requests (25 ms), and the
# other one may be missing.
# ruff: noqa: PLC0415


@cache
def thumbnail_engine() -> ThumbnailEngine:
    """The engine that the configuration chooses.

    Raises:
        ConfigurationError: A variable is missing or has a wrong value.
    """
    if config().engine == "tinypng":
        from create_thumbnail.api_key import ApiKey
        from create_thumbnail.tinypng import TinyPngEngine

        api_key = ApiKey(ssm(), environment.required("TINYPNG_API_KEY_PARAMETER"))
        return TinyPngEngine(api_key.read, tinypng_base_url(), config().fit)

    from create_thumbnail.thumbnail import PillowEngine

    takes_heic = environment.optional("THUMBNAIL_HEIC") == "true"
    return PillowEngine(config().fit, config().max_decode_bytes, takes_heic)


def tinypng_base_url() -> str:
    """TinyPNG's address: https, or http on this machine only, since http would reveal the key.

    Raises:
        ConfigurationError: It is not set, or not such an address.
    """
    url = environment.required("TINYPNG_BASE_URL").rstrip("/")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:  # such as an IPv6 address with no closing bracket, or a port of letters
        host = None
    if not host or url != f"{parts.scheme}://{parts.netloc}":
        raise ConfigurationError("TINYPNG_BASE_URL: not an address of the form https://host")
    is_local = host in ("127.0.0.1", "::1", "localhost")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_local):
        raise ConfigurationError("TINYPNG_BASE_URL: not an https address")
    return url
