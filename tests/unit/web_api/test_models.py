"""What may be sent: the rules of each field, and that the schema says the same."""

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from send_user_activation_mail.recipient import recipient_of
from shared.mail_address import MAIL_ADDRESS, MAIL_ADDRESS_LENGTH
from tests.unit.web_api.api import REGISTRATION
from web_api.failures import CODES
from web_api.models import (
    DELIVERABLE,
    FIELD_RULES,
    NAME,
    USERNAME,
    ActivationRequest,
    Credentials,
    Image,
    Problem,
    Registration,
    UploadRequest,
)
from web_api.uploads import CONTENT_TYPES


def refused(field: str, value: object) -> bool:
    """Whether a registration with this value is refused because of this field alone."""
    try:
        Registration.model_validate({**REGISTRATION, field: value})
    except ValidationError as error:
        if [each["loc"] for each in error.errors()] != [(field,)]:
            raise
        return True
    return False


@pytest.mark.parametrize("username", ["abc", "a.b", "a-_b", "0a0", "a" * 32, "anna.berg-2"])
def test_a_username_is_lower_case_and_short(username: str) -> None:
    assert not refused("username", username)


@pytest.mark.parametrize(
    "username",
    [
        "",
        "ab",
        "a" * 33,
        "Anna",
        ".ab",
        "ab.",
        "-ab",
        "ab_",
        "a b",
        "a/b",
        "ann\u00e4",
        "abc\n",
        "a#b",
    ],
)
def test_another_username_is_refused(username: str) -> None:
    assert refused("username", username)


@pytest.mark.parametrize(
    "username",
    [
        "\u0430nna",  # a Cyrillic letter
        "\u0251nna",  # a Latin one, but not ours
        "ann\uff41",
        "Anna",
        "\u212aarl",  # the Kelvin sign, whose lower case is k
        "jul\u0131a",
        "\u017fam",
        "jose\u0301",
        "jos\u00e9",
        "an\u200bna",
        "an\u200dna",
        "an\u00adna",
        "\u202eanna",
        "anna\u200f",
        "\u05d0\u05d1\u05d2",
        "anna1\u0661",
        "anna\u2024berg",
    ],
)
def test_what_looks_like_another_username_is_none(username: str) -> None:
    assert refused("username", username)


@given(st.text(st.characters(categories=["L", "M", "N", "P", "C"]), min_size=3, max_size=32))
def test_a_username_has_one_spelling(username: str) -> None:
    spellings = {
        username,
        username.lower(),
        username.casefold(),
        unicodedata.normalize("NFKC", username).casefold(),
        unicodedata.normalize("NFKD", username),
    }
    assert sum(not refused("username", each) for each in spellings) <= 1 or username.isascii()
    if not refused("username", username):
        assert spellings == {username}


@pytest.mark.parametrize(
    "name",
    [
        "A",
        "Anna Berg",
        "Zo\u00eb O'Neill-\u0141uk\u00e1\u0161",
        "\u0646\u06cc\u0644\u0648\u0641\u0631 \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\U0001f469\u200d\U0001f4bb",
        "Anna \u2764\ufe0f",
        "\u2801\u2800\u2803",
        "x" * 100,
        "a:/b//c",
    ],
)
def test_a_name_is_what_people_are_called(name: str) -> None:
    assert not refused("name", name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "\u2003",
        "x" * 101,
        "a\nb",
        "a\n",
        "\ta",
        "a\x00b",
        "a\x7fb",
        "a\u0085b",
        "a\u2028b",
        "a\u202eb",
        "a\u2066b",
        "a\u061cb",
        "a\u206fb",
        "a\u00adb",
        "a\u180eb",
        "\u2800",
        "\ufe0f",
        "\u034f \u180b\u17b4",
        "\ufeffa",
        "\u3164",
        "a\u200bb",
        "\u200d",
        " \u200c\u200d",
        "win at http://shop.example",
        "x://",
    ],
)
def test_what_could_pass_for_something_else_in_a_mail_is_no_name(name: str) -> None:
    assert refused("name", name)


@given(st.text("ab:/ \n\u200b\u200d\u2800\ufe0f", min_size=1, max_size=12))
def test_name_is_refused_by_its_pattern_with_a_type_that_says_why(name: str) -> None:
    try:
        Registration.model_validate({**REGISTRATION, "name": name})
        found = None
    except ValidationError as error:
        (found,) = [each["type"] for each in error.errors()]

    if re.fullmatch(NAME, name):
        assert found is None
    else:
        assert found in CODES
        assert (found == "web_address") == ("://" in name)
        assert found != "blank" or not name.isascii() or not name.strip()


def test_the_blanks_around_a_name_are_dropped() -> None:
    made = Registration.model_validate({**REGISTRATION, "name": "  Anna  Berg\u00a0"})
    assert made.name == "Anna  Berg"


@given(st.text(min_size=1, max_size=100))
def test_a_name_that_is_taken_is_one_line_of_a_greeting(name: str) -> None:
    if refused("name", name):
        return
    made = Registration.model_validate({**REGISTRATION, "name": name})
    assert len(made.name.splitlines()) == 1
    recipient = recipient_of(
        {
            "username": {"S": "anna"},
            "name": {"S": made.name},
            "email": {"S": made.email},
            "activationUrlBase": {"S": "https://shop.example/activate"},
            "activationToken": {"S": "token"},
        }
    )
    assert recipient.name


LONG_DOMAIN = ".".join(["y" * 63, "y" * 63, "y" * 61])


@pytest.mark.parametrize(
    "email",
    [
        "anna@mail.example",
        "a@b.c",
        "anna.berg+cards@mail-2.shop.example",
        "o'neill_{x}~-@1.2",
        "-@xn--mnchen-3ya.example",
        "a@b--c.d",
        "x" * 64 + "@" + LONG_DOMAIN,
    ],
)
def test_a_mail_address_is_one(email: str) -> None:
    assert not refused("email", email)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "anna",
        "a@b.example, c@d.example",
        "Anna <a@b.example>",
        "a@b.example\n",
        "a @b.example",
        "\u00e4@b.example",
        "a@\u00e4.example",
        "a@b_c.example",
        "x" * 64 + "@y" + LONG_DOMAIN,
        "x" * 65 + "@b.example",
        "a@" + "y" * 64 + ".example",
    ],
)
def test_what_is_not_one_mail_address_is_refused(email: str) -> None:
    assert refused("email", email)


@pytest.mark.parametrize(
    "email",
    [
        "..@..",
        "root@localhost",
        ".a@b.example",
        "a.@b.example",
        "a..b@b.example",
        "a@b..example",
        "a@.b.example",
        "a@b.example.",
        "a@-b.example",
        "a@b-.example",
        "a@b.-example",
        "a@b.example-",
    ],
)
def test_an_address_that_no_mail_arrives_at_is_refused(email: str) -> None:
    assert refused("email", email)
    # The mail function goes by the wider rule: other applications' users have such addresses.
    assert re.fullmatch(MAIL_ADDRESS, email)


def test_a_mail_address_is_checked_at_once_however_it_is_made() -> None:
    for email in ("a." * 127, "a" * 254, "a@" + "a-" * 126, "a@" + "a." * 126, "-@" + "a" * 252):
        assert refused("email", email)


@given(st.text("a.-@1\n", max_size=30))
def test_the_schemas_two_patterns_are_what_counts_for_a_mail_address(email: str) -> None:
    schema = Registration.model_json_schema()["properties"]["email"]
    patterns = [schema["pattern"], *(each["pattern"] for each in schema["allOf"])]
    matched = all(re.fullmatch(pattern.removesuffix("$"), email) for pattern in patterns)
    assert refused("email", email) == (not matched)


def test_a_password_is_long_enough_and_otherwise_anything() -> None:
    for password in ("x" * 12, "x" * 128, " " * 12, "\x00" * 12, "\U0001f600" * 12):
        assert not refused("password", password)
    for password in ("x" * 11, "x" * 129, "", "\U0001f600" * 11):
        assert refused("password", password)


def test_a_password_is_as_long_as_what_is_stored_of_it() -> None:
    hangul = "\u1112\u1161\u11ab"  # three parts of one syllable
    assert refused("password", hangul * 4)
    assert not refused("password", hangul * 12)

    long = "e\u0301" * 100  # 200 code points, stored as 100
    registered = Registration.model_validate({**REGISTRATION, "password": long})
    assert registered.password == Credentials(username="anna", password=long).password
    assert refused("password", "e\u0301" * 129)


@given(st.text(min_size=12, max_size=128))
def test_a_password_is_the_same_however_its_accents_are_written(password: str) -> None:
    def typed(form: str) -> str:
        return unicodedata.normalize(form, password)  # type: ignore[arg-type]  # "NFC" or "NFD"

    composed, decomposed = typed("NFC"), typed("NFD")
    if not 12 <= len(composed) <= 128:
        return
    registered = Registration.model_validate({**REGISTRATION, "password": decomposed})
    signing_in = Credentials(username="anna", password=composed)
    assert registered.password == signing_in.password


@pytest.mark.parametrize("value", [None, 5, True, 1.5, ["anna"], {"a": "b"}, b"anna"])
@pytest.mark.parametrize("field", list(REGISTRATION))
def test_only_text_is_text(field: str, value: object) -> None:
    assert refused(field, value)


@pytest.mark.parametrize("field", list(REGISTRATION))
def test_every_field_is_needed_and_no_other_is_taken(field: str) -> None:
    without = {name: value for name, value in REGISTRATION.items() if name != field}
    with pytest.raises(ValidationError, match="missing"):
        Registration.model_validate(without)
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Registration.model_validate({**REGISTRATION, f"{field}2": "x"})


def test_no_private_field_is_in_a_repr() -> None:
    made = repr(Registration.model_validate(REGISTRATION))
    assert REGISTRATION["password"] not in made
    assert REGISTRATION["email"] not in made
    assert "secret" not in repr(Credentials(username="anna", password="secret"))
    assert "secret" not in repr(ActivationRequest(username="anna", token="secret"))


def test_the_pictures_that_may_be_announced_are_those_that_may_be_uploaded() -> None:
    for content_type in CONTENT_TYPES:
        request = UploadRequest.model_validate({"contentType": content_type, "bytes": 1})
        assert request.content_type in CONTENT_TYPES
    schema = UploadRequest.model_json_schema()["properties"]
    assert schema["contentType"]["enum"] == list(CONTENT_TYPES)


@pytest.mark.parametrize(
    "wrong",
    [
        {"contentType": "image/tiff", "bytes": 1},
        {"contentType": "IMAGE/PNG", "bytes": 1},
        {"content_type": "image/png", "bytes": 1},
        {"contentType": "image/png"},
        {"contentType": "image/png", "bytes": 0},
        {"contentType": "image/png", "bytes": -1},
        {"contentType": "image/png", "bytes": "5"},
        {"contentType": "image/png", "bytes": None},
        {"contentType": "image/png", "bytes": 5.5},
        {"contentType": "image/png", "bytes": float("inf")},
        {"contentType": "image/png", "bytes": True},
    ],
)
def test_another_announcement_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        UploadRequest.model_validate(wrong)


@pytest.mark.parametrize("length", [1, 5, 5.0, 10**400])
def test_what_json_schema_calls_a_whole_number_is_one(length: float) -> None:
    request = UploadRequest.model_validate({"contentType": "image/png", "bytes": length})
    assert request.bytes == length


def test_the_schema_states_the_rules_that_count() -> None:
    properties = Registration.model_json_schema()["properties"]
    assert properties["username"]["pattern"] == USERNAME
    assert properties["name"]["pattern"] == NAME
    assert properties["email"]["pattern"] == DELIVERABLE
    assert properties["email"]["allOf"] == [{"pattern": MAIL_ADDRESS}]
    assert properties["email"]["maxLength"] == MAIL_ADDRESS_LENGTH
    assert (properties["password"]["minLength"], properties["password"]["maxLength"]) == (12, 128)
    for field in REGISTRATION:
        assert properties[field]["description"] == FIELD_RULES[field]


@given(
    st.from_regex(re.compile(NAME.removesuffix("$")), fullmatch=True).filter(
        lambda n: len(n) <= 100
    )
)
def test_what_the_schema_calls_a_name_is_taken(name: str) -> None:
    assert not refused("name", name)


def test_an_answer_leaves_out_what_there_is_not() -> None:
    image = Image(state="failed", reason="damaged", key="original/a.jpg")
    assert image.model_dump_json(by_alias=True, exclude_none=True) == (
        '{"state":"failed","reason":"damaged","key":"original/a.jpg"}'
    )
    problem = Problem(type="/problems/x", title="x", status=400, detail="x")
    assert "errors" not in problem.model_dump_json(exclude_defaults=True)
