"""Deleting what was found of a person, until nothing is left."""

from collections.abc import Sequence

from operations.deployment import Deployment
from operations.errors import OperationsError
from operations.forget.part import PersonalData
from operations.forget.person import Person, find_again
from operations.forget.personal_data import personal_data_of
from operations.redrive.terminal import shown

# What is deleted last leads to the rest, so nothing is lost by looking once more.
MOST_ROUNDS = 3


def delete_everything(
    found: Deployment, person: Person, parts: Sequence[PersonalData], *, search_bucket: bool
) -> None:
    """Delete what was found, and what came meanwhile, such as a thumbnail that was being made.

    Raises:
        OperationsError: Something comes again and again.
    """
    for _ in range(MOST_ROUNDS):
        for part in parts:
            delete(part)
        parts = personal_data_of(found, find_again(found, person), search_bucket=search_bucket)
        if not parts:
            return
    still = ", ".join(shown(part.what) for part in parts)
    raise OperationsError(f"something comes again and again: {still}")


def delete(part: PersonalData) -> None:
    """Delete one part."""
    part.delete()
