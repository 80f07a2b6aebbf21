"""Hashes of passwords: argon2id with the parameters that OWASP recommends.

https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
"""

from functools import cache

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.low_level import Type

# The hash of a password that nobody knows, with the parameters below. An unknown user's password is
# verified against it, so that the response takes as long. A constant, since making it would take as
# long again in each execution environment.
UNKNOWN_USERS_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$lgivGQuPMphK0TIMJDaKdw"
    "$Y1gUIAR5JzPLYmLJ0IxwniuLLXWAgzCR2QImJse9ms4"
)


MEMORY_COST = 19_456  # KiB
TIME_COST = 2  # passes over the memory
PARALLELISM = 1  # threads


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(
        time_cost=TIME_COST,
        memory_cost=MEMORY_COST,
        parallelism=PARALLELISM,
        hash_len=32,
        salt_len=16,
        type=Type.ID,
    )


def hash_of(password: str) -> str:
    """A password's hash, with its parameters and a new salt."""
    return _hasher().hash(password)


def is_right(password: str, password_hash: str) -> bool:
    """Whether a hash is that of a password.

    False, after the same time, without a hash, and for one that can't be verified here or would
    cost more than one of ours, as another application or an intruder may have stored it.
    """
    if password_hash and not costs_too_much(password_hash):
        matches = _matches(password, password_hash)
        if matches is not None:
            return matches
    _matches(password, UNKNOWN_USERS_HASH)
    return False


def costs_too_much(password_hash: str) -> bool:
    """Whether verifying a hash takes more memory, threads or work than a hash of ours."""
    try:
        parameters = extract_parameters(password_hash)
    except InvalidHashError:
        return False  # and matches nothing
    work = parameters.memory_cost * parameters.time_cost
    return (
        parameters.memory_cost > MEMORY_COST
        or parameters.parallelism > PARALLELISM
        or work > MEMORY_COST * TIME_COST
    )


def _matches(password: str, password_hash: str) -> bool | None:
    """Whether a hash is that of a password; None, at once, where argon2 can't read the hash."""
    try:
        return _hasher().verify(password_hash.encode(), password)
    except VerifyMismatchError:
        return False
    except (VerificationError, InvalidHashError):
        return None
