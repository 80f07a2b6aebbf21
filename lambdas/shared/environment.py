"""A function's environment variables, by type.

Read on first use and not at import, so that a missing variable fails the invocation by its name.
"""

import os
import re
from collections.abc import Collection


class ConfigurationError(Exception):
    """An environment variable is missing or has a wrong value."""


def required(name: str) -> str:
    """The variable's value without surrounding white space.

    Raises:
        ConfigurationError: It is not set, or empty.
    """
    value = optional(name)
    if value is None:
        raise ConfigurationError(f"{name}: environment variable is not set")
    return value


def optional(name: str) -> str | None:
    """The variable's value without surrounding white space; None where it is not set or empty."""
    return os.environ.get(name, "").strip() or None


def positive_integer(name: str) -> int:
    """The variable's value as a whole number above 0.

    Raises:
        ConfigurationError: It is not set, or something else.
    """
    value = required(name)
    # 18 digits are more than anything that we count; Python refuses some thousands.
    if not re.fullmatch("[0-9]{1,18}", value) or int(value) == 0:
        raise ConfigurationError(f"{name}: {value!r} is not a whole number above 0")
    return int(value)


def positive_integers(name: str) -> tuple[int, ...]:
    """The variable's value as different whole numbers above 0, with commas between them.

    Raises:
        ConfigurationError: It is not set, or something else.
    """
    value = required(name)
    numbers = value.split(",")
    if not all(re.fullmatch("[1-9][0-9]{0,17}", one) for one in numbers):
        raise ConfigurationError(f"{name}: {value!r} is not a list of whole numbers above 0")
    if len(set(numbers)) < len(numbers):
        raise ConfigurationError(f"{name}: {value!r} has a number twice")
    return tuple(map(int, numbers))


def optional_positive_integer(name: str) -> int | None:
    """The variable's value as a whole number above 0; None where it is not set or empty.

    Raises:
        ConfigurationError: It is something else.
    """
    return None if optional(name) is None else positive_integer(name)


def one_of(name: str, allowed: Collection[str]) -> str:
    """The variable's value, one of the allowed ones.

    Raises:
        ConfigurationError: It is not set, or another value.
    """
    value = required(name)
    if value not in allowed:
        raise ConfigurationError(f"{name}: {value!r} is not one of {', '.join(sorted(allowed))}")
    return value
