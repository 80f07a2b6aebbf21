"""Proving that the user of an activation link owns the account: by its password, or by a new one.

The link proves the mailbox, so it permits to set a new password. The link alone must not activate
an account that has one: somebody else may have signed up with the mailbox's address.
"""

from typing import NamedTuple

from pydantic import ValidationError

from shared.dynamodb import text_of
from shared.user_table import UserTable
from web_api.activation import NO_PASSWORD, Link, LinkedUser, Proof, Validity, look_up
from web_api.attempts import activation_from, new_password_from, sign_in_from
from web_api.failures import code_of
from web_api.limits import Counts, Taken
from web_api.models import (
    FIELD_RULES,
    RULES_BY_ROUTE,
    ActivationRequest,
    FieldCode,
    FieldError,
    GivenNewPassword,
    GivenPassword,
)
from web_api.password_strength import weakness_of
from web_api.passwords import hash_of, is_right
from web_api.problems import WRONG_CREDENTIALS, ProblemError, invalid

# A shorter token may be an application's own, or a guess at one: 22 characters of base64url hold
# 128 bits, which nobody guesses. The mail function's have 43. docs/web-api.md
GUESSABLE_BELOW = 22

ONE_OF_TWO = "either password or newPassword"
NONE_NEEDED = "nothing, as this account has no password"


class Proven(NamedTuple):
    """A proof, and the uses to give back once it has served its purpose."""

    proof: Proof
    taken: Taken | None = None


def look_up_counted(
    users: UserTable, counts: Counts, link: Link, validity: Validity, *, address: str
) -> LinkedUser:
    """What a link leads to; a short token counts as a guess until it is found to be the right one.

    Raises:
        TooManyAttemptsError: The token was not compared.
    """
    taken = None
    if 0 < len(link.token) < GUESSABLE_BELOW:
        taken = counts.take(*activation_from(link.username, address), now=validity.now)
    found = look_up(users, link, validity)
    if taken is not None and found.user:
        counts.give_back(taken)
    return found


def prove(  # noqa: PLR0913 - what a link leads to, and one try of a password by keyword
    counts: Counts,
    found: LinkedUser,
    request: ActivationRequest,
    *,
    product_name: str,
    address: str,
    now: int,
) -> Proven:
    """Check the password of a request, or the new one that takes its place.

    Raises:
        ProblemError: The password is wrong, the new one is not valid, or there are not as many as
            the account needs.
        TooManyAttemptsError: Nothing was checked.
    """
    _check_number(found, request)
    if request.password:
        return _by_password(counts, found, request, address=address, now=now)
    if request.new_password:
        taken = counts.take(*new_password_from(address), now=now)
        about = (
            request.username,
            text_of(found.user, "name"),
            text_of(found.user, "email"),
            product_name,
        )
        return Proven(Proof(new_hash=hash_of(_strong(request.new_password, about))), taken)
    return Proven(NO_PASSWORD)


def _check_number(found: LinkedUser, request: ActivationRequest) -> None:
    given = [
        name
        for name, value in (("password", request.password), ("newPassword", request.new_password))
        if value
    ]
    if not found.has_password and given:
        raise invalid(*(FieldError(field=name, code="form", detail=NONE_NEEDED) for name in given))
    if found.has_password and len(given) != 1:
        fields = given or ["password"]
        code: FieldCode = "form" if given else "missing"
        raise invalid(*(FieldError(field=name, code=code, detail=ONE_OF_TWO) for name in fields))


def _by_password(
    counts: Counts, found: LinkedUser, request: ActivationRequest, *, address: str, now: int
) -> Proven:
    try:
        password = GivenPassword.model_validate({"password": request.password}).password
    except ValidationError as error:
        rule = RULES_BY_ROUTE["/activate"]["password"]
        raise _invalid("password", error, rule) from None
    taken = counts.take(*sign_in_from(request.username, address), now=now)
    if not is_right(password, found.password_hash):
        raise ProblemError(WRONG_CREDENTIALS, "This is not the account's password.")
    counts.give_back(taken)
    return Proven(Proof(checked_hash=found.password_hash))


def _strong(password: str, about: tuple[str, ...]) -> str:
    """A new password in the form that is hashed."""
    try:
        composed = GivenNewPassword.model_validate({"newPassword": password}).new_password
    except ValidationError as error:
        raise _invalid("newPassword", error, FIELD_RULES["password"]) from None
    weakness = weakness_of(composed, about)
    if weakness is not None:
        raise invalid(FieldError(field="newPassword", code=weakness.code, detail=weakness.detail))
    return composed


def _invalid(field: str, error: ValidationError, rule: str) -> ProblemError:
    (found,) = error.errors()
    return invalid(FieldError(field=field, code=code_of(found), detail=rule))
