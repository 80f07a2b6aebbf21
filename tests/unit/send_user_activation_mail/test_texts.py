"""The texts that come with the function, and those that the environment sets."""

import json
import re
from pathlib import Path
from string import Template

import pytest
from hypothesis import given
from hypothesis import strategies as st

from send_user_activation_mail import texts
from send_user_activation_mail.texts import LANGUAGES, PLACEHOLDERS, MailTexts, parse_texts
from shared.environment import ConfigurationError
from tests.unit.hostile import ANY_JSON, ANY_TEXT, tried
from tooling.paths import TERRAFORM_SOURCE


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_text(language: str) -> None:
    found = texts.texts_in(language)
    assert found.keys() == PLACEHOLDERS.keys()
    assert "${name}" in found["greeting"]
    assert "${product_name}" in found["subject"]
    assert "${username}" in found["account"]


def test_every_file_is_a_language_that_can_be_chosen() -> None:
    folder = Path(texts.__file__).with_name("texts")
    assert sorted(path.stem for path in folder.iterdir()) == sorted(LANGUAGES)


def test_the_english_texts_are_the_contracts_and_those_of_the_account() -> None:
    found = MailTexts("en", "Digital Card Store", texts.texts_in("en")).filled_in("Anna", "anna")
    assert found == {
        "subject": "Activate your Digital Card Store account",
        "preheader": "One click and your account is ready.",
        "greeting": "Hello Anna,",
        "greeting_without_name": "Hello,",
        "welcome": "welcome to Digital Card Store. One click and your account is ready:",
        "button": "Activate my account",
        "copy_hint": "If the button does not work, copy this address into your browser:",
        "ignore_note": (
            "You did not sign up? Then please ignore this mail; nothing happens without the click."
        ),
        "account": (
            "Somebody signed up as anna with this address. If it wasn't you, open the link and"
            ' choose "This wasn\'t me".'
        ),
        "account_without_username": (
            "Somebody signed up with this address. If it wasn't you, open the link and choose"
            ' "This wasn\'t me".'
        ),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_terraform_knows_the_languages_and_the_keys(language: str) -> None:
    path = TERRAFORM_SOURCE / "modules" / "user_activation" / "variables.tf"
    variables = path.read_text("utf-8")
    assert f"contains({json.dumps(list(LANGUAGES))}, var.mail.language)" in variables
    assert json.dumps(language) in variables
    keys = re.search(r"setsubtract\(keys\(var\.mail\.texts\), (\[.*?\])\)", variables)
    assert keys is not None
    assert json.loads(keys.group(1)) == list(PLACEHOLDERS)


def test_some_texts_are_some() -> None:
    own = {"greeting": "Hi ${name} of $product_name!", "welcome": "Only $$5:"}
    assert parse_texts(json.dumps(own), source="MAIL_TEXTS") == own
    assert parse_texts("{}", source="MAIL_TEXTS") == {}
    filled = MailTexts("en", "Cards", own).filled_in("Anna")
    assert filled == {"greeting": "Hi Anna of Cards!", "welcome": "Only $5:"}


def test_a_no_break_space_and_a_direction_mark_are_text() -> None:
    own = {"subject": "Nur 5\u00a0€ bei ${product_name}\u200f"}
    assert parse_texts(json.dumps(own), source="MAIL_TEXTS") == own


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", "not JSON"),
        ("subject=Hello", "not JSON"),
        ('{"subject": "Hello"', "not JSON"),
        ('"Hello"', "not a JSON object"),
        ("[]", "not a JSON object"),
        ("null", "not a JSON object"),
        ('{"headline": "Hello"}', "'headline': unknown key; the keys are subject, preheader, "),
        ('{"subject": 5}', "subject: not a string"),
        ('{"subject": null}', "subject: not a string"),
        ('{"subject": ["Hello"]}', "subject: not a string"),
        ('{"button": ""}', "button: empty"),
        ('{"button": " "}', "button: empty"),
        ('{"subject": "Hello\\r\\nBcc: all@mail.example"}', "subject: has a line break"),
        ('{"subject": "Hello\\u2028"}', "subject: has a line break"),
        ('{"subject": "Hello\\u0000"}', "subject: has a line break or another control"),
        ('{"welcome": "to\\tus"}', "welcome: has a line break or another control"),
        ('{"welcome": "half a smile: \\ud83d"}', "welcome: has a line break or another control"),
        ('{"welcome": "to ${product}"}', "welcome: unknown placeholder ${product}"),
        ('{"welcome": "to ${link}"}', "welcome: unknown placeholder ${link}"),
        ('{"subject": "Hello ${name}"}', "subject: unknown placeholder ${name}"),
        ('{"greeting_without_name": "Hello $name"}', "greeting_without_name: unknown placeholder"),
        ('{"welcome": "for $5"}', "welcome: a $ that starts no placeholder; write it as $$"),
        ('{"welcome": "to ${product name}"}', "welcome: a $ that starts no placeholder"),
    ],
)
def test_what_cannot_be_used_is_named_by_variable_and_key(value: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{re.escape(f'MAIL_TEXTS: {said}')}"):
        parse_texts(value, source="MAIL_TEXTS")


@given(st.dictionaries(st.sampled_from(list(PLACEHOLDERS)), st.text()))
def test_what_is_taken_can_be_filled_in_and_is_one_line(own: dict[str, str]) -> None:
    try:
        taken = parse_texts(json.dumps(own), source="MAIL_TEXTS")
    except ConfigurationError:
        return
    for text in MailTexts("en", "Cards", taken).filled_in("Anna").values():
        assert len(text.splitlines()) == 1
        assert text.encode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_placeholder_of_a_language_is_allowed_where_it_stands(language: str) -> None:
    for key, text in texts.texts_in(language).items():
        assert set(Template(text).get_identifiers()) <= PLACEHOLDERS[key]


def test_arrays_without_end_are_no_texts() -> None:
    with pytest.raises(ConfigurationError, match=r"^MAIL_TEXTS: not JSON: "):
        parse_texts("[" * 200_000, source="MAIL_TEXTS")


@given(ANY_JSON | st.dictionaries(st.sampled_from(list(PLACEHOLDERS)), ANY_TEXT | ANY_JSON))
def test_any_json_is_texts_or_refused_by_its_source(value: object) -> None:
    for text in (json.dumps(value), str(value)):
        found, refusal = tried(lambda: parse_texts(text, source="MAIL_TEXTS"), ConfigurationError)  # noqa: B023 - called at once
        if found is None:
            assert refusal.startswith("MAIL_TEXTS: ")
            assert refusal.isprintable()
        else:
            said = MailTexts("en", "Cards", {**texts.texts_in("en"), **found}).filled_in("Anna")
            assert all(line.splitlines() == [line] for line in said.values())
