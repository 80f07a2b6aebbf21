"""Reads package.toml: what a function's or layer's zip keeps, and how big it may be."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packager.errors import BuildError

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS_NAME = "package.toml"
DEFAULT_MAX_ZIP_BYTES = 5 * 2**20
# As botocore names its folders: `dynamodb`, `cognito-idp`.
SERVICE_PATTERN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Settings:
    """The settings in a package.toml.

    Attributes:
        aws_services: the services that the code calls, by boto3's names; others' data is left out.
        remove: patterns of packages' files to leave out, below site-packages.
        keep: patterns of packages' files to keep, even if another rule leaves them out.
        max_zip_bytes: the greatest size of the zip.
    """

    aws_services: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    max_zip_bytes: int = DEFAULT_MAX_ZIP_BYTES


def read_settings(path: Path) -> Settings:
    """Read a package.toml; without one, return the defaults.

    Raises:
        BuildError: the file is not valid TOML, or has an unknown key or value.
    """
    if not path.exists():
        return Settings()
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BuildError(f"{path}: is not valid TOML: {error}") from error
    unknown = values.keys() - Settings.__annotations__.keys()
    if unknown:
        known = ", ".join(Settings.__annotations__)
        raise BuildError(f"{path}: unknown key `{min(unknown)}`; the keys are {known}")
    limit = values.get("max_zip_bytes", DEFAULT_MAX_ZIP_BYTES)
    if type(limit) is not int or limit <= 0:
        raise BuildError(f"{path}: `max_zip_bytes` must be a whole number of bytes above 0")
    services = strings(path, values, "aws_services")
    for service in services:
        if not SERVICE_PATTERN.fullmatch(service):
            raise BuildError(
                f"{path}: `{service}` in `aws_services` is not the name of an AWS service"
            )
    return Settings(services, strings(path, values, "remove"), strings(path, values, "keep"), limit)


def strings(path: Path, values: dict[str, object], key: str) -> tuple[str, ...]:
    """Return a list of distinct texts, sorted."""
    listed = values.get(key, [])
    if not isinstance(listed, list) or not all(isinstance(text, str) for text in listed):
        raise BuildError(f"{path}: `{key}` must be a list of texts")
    if len(set(listed)) < len(listed):
        raise BuildError(f"{path}: `{key}` names something twice")
    return tuple(sorted(listed))
