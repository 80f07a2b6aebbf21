"""The page in its languages, with every value escaped."""

import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from typing import Literal, get_args

import pytest

from tests.unit.hostile import STORABLE_INJECTIONS
from web_api.config import Language
from web_api.pages import (
    ActivationResult,
    Complaint,
    LinkForms,
    activation_page,
    index_page,
    password_text_key,
)
from web_api.password_strength import WeaknessCode

PRODUCT = 'Cards & "More" <b>'
LANGUAGES: tuple[Language, ...] = get_args(Language)
FORMS = LinkForms("anna", "secret", has_password=True)
RESULTS = [result for result in get_args(ActivationResult) if result != "failed"]


class Page(HTMLParser):
    """A page's elements by their id, their attributes, and the text of all."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.by_id: dict[str, dict[str, str | None]] = {}
        self.inputs: dict[str | None, str | None] = {}
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.language: str | None = None
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append(tag)
        self.attributes |= set(attributes)
        if tag == "html":
            self.language = attributes["lang"]
        if tag == "input":
            self.inputs[attributes.get("name")] = attributes.get("value")
        if attributes.get("id"):
            self.by_id[str(attributes["id"])] = attributes

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def texts_of(language: Language) -> dict[str, str]:
    texts: dict[str, str] = json.loads(
        (files("web_api") / "static" / "texts" / f"{language}.json").read_text("utf-8")
    )
    return texts


def test_each_language_has_the_same_texts_and_none_is_empty() -> None:
    keys = {language: set(texts_of(language)) for language in LANGUAGES}
    assert keys["de"] == keys["en"]
    assert all(text.strip() for language in LANGUAGES for text in texts_of(language).values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_its_language_and_names_the_product(language: Language) -> None:
    page = Page(index_page(language, PRODUCT, cool_down_seconds=90, max_upload_bytes=1234))
    assert page.language == language
    assert PRODUCT in page.words
    assert {"sign-up-form", "sign-in-form", "upload-form", "message", "error"} <= set(page.by_id)
    assert page.by_id["resend-form"]["data-cool-down-seconds"] == "90"
    assert page.by_id["upload-form"]["data-max-bytes"] == "1234"


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_have_a_text_for_each_reason_to_refuse_a_name_or_a_password(
    language: Language,
) -> None:
    index = index_page(language, "Cards", cool_down_seconds=60, max_upload_bytes=1)
    names = {f"name_{code}" for code in ("missing", "too_long", "unprintable", "web_address")}
    passwords = {password_text_key(code) for code in get_args(WeaknessCode)}
    passwords |= {"password_too_short", "password_too_long"}

    said = texts_for_scripts(index, "name_", "password_")

    assert set(said) == names | passwords
    assert len(set(said.values())) == len(said)
    assert "Cards" in said["password_own_data"]
    activation = activation_page(language, "Cards", "ready")
    assert texts_for_scripts(activation, "name_", "password_") == {
        key: said[key] for key in passwords
    }


def test_code_without_a_text_of_its_own_is_explained_by_the_rule() -> None:
    assert password_text_key("form") == password_text_key(None) == "password_invalid"


def texts_for_scripts(page: str, *prefixes: str) -> dict[str, str]:
    found = re.findall(r'<p data-text="(\w+)">([^<]+)</p>', page)
    return {key: text for key, text in found if key.startswith(prefixes)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("result", RESULTS)
def test_each_result_of_an_activation_has_its_words(
    language: Language, result: ActivationResult
) -> None:
    page = Page(activation_page(language, PRODUCT, result))
    key = f"activate_{result.replace('-', '_')}"
    heading = texts_of(language)[f"{key}_heading"].replace("${product_name}", PRODUCT)
    assert page.by_id["activation-result"]["data-result"] == result
    assert heading in page.words
    assert "hidden" in page.by_id["activation-forms"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_failure_on_our_side_is_told_as_one(language: Language) -> None:
    page = Page(activation_page(language, PRODUCT, "failed"))
    assert page.by_id["activation-result"]["data-result"] == "failed"
    assert texts_of(language)["activate_failed"] in page.words
    assert "hidden" in page.by_id["activation-forms"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_that_can_be_used_names_the_account(language: Language) -> None:
    page = Page(activation_page(language, PRODUCT, "ready", forms=FORMS))
    said = texts_of(language)["activate_account"].replace("{username}", "anna")
    assert said in page.words
    assert "hidden" not in page.by_id["activation-forms"]


@pytest.mark.parametrize("can_activate", [False, True])
@pytest.mark.parametrize("has_password", [False, True])
def test_the_forms_ask_for_what_the_account_needs(
    *, can_activate: bool, has_password: bool
) -> None:
    forms = LinkForms("anna", "secret", can_activate=can_activate, has_password=has_password)
    page = Page(activation_page("en", PRODUCT, "ready", forms=forms))
    asks = can_activate and has_password
    assert ("hidden" in page.by_id["activate-form"]) == (not can_activate)
    assert ("disabled" in page.by_id["activate-password"]) == (not asks)
    assert ("hidden" in page.by_id["new-password"]) == (not asks)
    assert "hidden" not in page.by_id["refuse-form"]
    assert page.by_id["activate-password"]["autocomplete"] == "current-password"
    assert page.by_id["activate-new-password"]["autocomplete"] == "new-password"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("place", "element", "opened"),
    [
        ("page", "error", False),
        ("password", "activate-password-error", False),
        ("newPassword", "activate-new-password-error", True),
    ],
)
def test_a_complaint_is_said_at_its_place_alone(
    language: Language,
    place: Literal["page", "password", "newPassword"],
    element: str,
    *,
    opened: bool,
) -> None:
    complaint = Complaint(place, "problem_too_many_attempts")
    text = activation_page(language, PRODUCT, "ready", forms=FORMS, complaint=complaint)
    texts = texts_of(language)
    said = texts["problem_too_many_attempts"].replace("{when}", texts["later"])
    assert re.search(rf'id="{element}"[^>]*>{re.escape(said)}</p>', text)
    assert text.count(said) == 1
    page = Page(text)
    assert ("open" in page.by_id["new-password"]) == opened
    marked = [name for name, found in page.by_id.items() if "aria-invalid" in found]
    assert marked == ([] if place == "page" else [element.removesuffix("-error")])


def test_a_token_is_not_shown_in_the_repr_of_the_forms() -> None:
    assert "secret" not in repr(LinkForms("anna", "secret"))


def test_the_form_that_activates_holds_what_the_link_held() -> None:
    username, token = """a"b'<script>alert(1)</script>&amp;""", """"><img src=x onerror=alert(1)>"""
    page = Page(activation_page("en", PRODUCT, "ready", forms=LinkForms(username, token)))
    assert page.inputs["username"] == username
    assert page.inputs["token"] == token
    assert "img" not in page.tags


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_placeholder_and_nothing_that_the_policy_forbids_is_left(language: Language) -> None:
    index = index_page(language, "X", cool_down_seconds=60, max_upload_bytes=1)
    for text in (index, activation_page(language, "X", "ready", forms=FORMS)):
        assert not re.search(r"\$\{?\w", text)
        page = Page(text)
        assert "style" not in page.tags
        assert "style" not in page.attributes
        assert not [name for name in page.attributes if name.startswith("on")]
        assert not re.search(r"<script(?![^>]* src=)", text)
        assert "http:" not in text
        assert "https:" not in text


def test_a_product_with_a_dollar_sign_is_only_a_name() -> None:
    assert (
        "$5 ${token}"
        in Page(index_page("en", "$5 ${token}", cool_down_seconds=60, max_upload_bytes=1)).words
    )


@pytest.mark.parametrize("text", STORABLE_INJECTIONS)
def test_whatever_the_link_held_adds_nothing_to_the_page(text: str) -> None:
    plain, page = (
        Page(activation_page("en", PRODUCT, "ready", forms=LinkForms(value, value)))
        for value in ("anna", text)
    )
    assert (page.tags, page.attributes) == (plain.tags, plain.attributes)
    # But in the sentence that names the account.
    said = texts_of("en")["activate_account"].split("{username}")
    others = [word for word in page.words if not word.startswith(said[0])]
    assert others == [word for word in plain.words if not word.startswith(said[0])]
    as_read = re.sub("\r\n?", "\n", text).replace("\0", "\ufffd")  # as HTML is parsed
    assert page.inputs["username"] in (text, as_read)
    assert page.inputs["token"] == page.inputs["username"]


@pytest.mark.parametrize("text", STORABLE_INJECTIONS)
def test_whatever_the_product_is_called_adds_nothing_to_the_page(text: str) -> None:
    plain, page = (
        Page(index_page("en", name, cool_down_seconds=60, max_upload_bytes=1))
        for name in ("Cards", text)
    )
    assert (page.tags, page.attributes) == (plain.tags, plain.attributes)


def test_the_page_offers_each_kind_of_picture_but_never_heic() -> None:
    """iOS turns a HEIC into a JPEG only as long as no kind of HEIC is listed."""
    page = Page(index_page("en", PRODUCT, cool_down_seconds=90, max_upload_bytes=1))
    kinds = str(page.by_id["upload-picture"]["accept"]).split(",")
    assert set(kinds) == {f"image/{one}" for one in ("jpeg", "png", "webp", "gif", "avif")}
