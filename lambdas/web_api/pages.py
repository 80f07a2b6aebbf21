"""The pages: HTML files with the texts of a language filled in."""

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from string import Template
from typing import Literal, NamedTuple, cast, get_args

from web_api.config import Language
from web_api.models import FieldCode
from web_api.password_strength import WeaknessCode

# The texts on weak passwords: a part of both pages, in place of a comment with its name.
WEAKNESSES = "weaknesses.html"
# The reasons to refuse a new password that have a text of their own.
PASSWORD_CODES = frozenset({"too-short", "too-long", *get_args(WeaknessCode)})

ActivationResult = Literal[
    "ready",
    "activated",
    "signed-in",
    "refused",
    "unknown-user",
    "already-activated",
    "wrong-token",
    "link-expired",
    "account-disabled",
    "too-many-attempts",
    "failed",
]


@dataclass(frozen=True, slots=True)
class LinkForms:
    """The forms on the page of a link that can be used: to activate, and to refuse the account.

    Attributes:
        username: The user in the forms.
        token: The token in the forms.
        can_activate: Whether there is more than the form that refuses.
        has_password: Whether activating needs the account's password, or a new one.
    """

    username: str
    token: str = field(repr=False)
    can_activate: bool = True
    has_password: bool = False


class Complaint(NamedTuple):
    """What is wrong with a form that was sent without the script.

    Attributes:
        place: Where the page says it: at a field, or above all.
        text_key: What it says.
    """

    place: Literal["page", "password", "newPassword"]
    text_key: str


def password_text_key(code: FieldCode | None) -> str:
    """The text for a new password that is refused: by its code, or else the rule."""
    if code is not None and code in PASSWORD_CODES:
        return f"password_{code.replace('-', '_')}"
    return "password_invalid"


@cache
def index_page(
    language: Language, product_name: str, *, cool_down_seconds: int, max_upload_bytes: int
) -> str:
    """The page on which people sign up, sign in and upload pictures.

    Args:
        language: Its language.
        product_name: The product's name.
        cool_down_seconds: How long after one activation mail no other can be requested.
        max_upload_bytes: The size of the largest picture.
    """
    limits = {
        "cool_down_seconds": str(cool_down_seconds),
        "max_upload_bytes": str(max_upload_bytes),
    }
    return _filled("index.html", {**_texts(language, product_name), **limits})


def activation_page(
    language: Language,
    product_name: str,
    result: ActivationResult,
    *,
    forms: LinkForms | None = None,
    complaint: Complaint | None = None,
) -> str:
    """The page that the link in an activation mail leads to.

    Args:
        language: Its language.
        product_name: The product's name.
        result: What the page says.
        forms: Its forms; None for none.
        complaint: What is wrong with the form that was sent.
    """
    texts = _texts(language, product_name)
    if result == "failed":  # on our side: the next try may work
        heading, explanation = texts["activate_ready_heading"], texts["activate_failed"]
    else:
        key = f"activate_{result.replace('-', '_')}"
        heading, explanation = texts[f"{key}_heading"], texts[f"{key}_explanation"]
    return _filled(
        "activate.html",
        {
            **texts,
            "result": result,
            "heading": heading,
            "explanation": explanation,
            **_values_of(forms, texts),
            **_said(complaint, texts),
        },
    )


def _values_of(forms: LinkForms | None, texts: Mapping[str, str]) -> dict[str, str]:
    """The values of the forms. Attributes without a value are there or not."""
    username = forms.username if forms else ""
    asks_password = forms is not None and forms.can_activate and forms.has_password
    return {
        "forms_hidden": "" if forms else "hidden",
        "activate_hidden": "" if forms and forms.can_activate else "hidden",
        "username": username,
        "token": forms.token if forms else "",
        "account": texts["activate_account"].replace("{username}", username),
        "password_hidden": "" if asks_password else "hidden",
        # A field that nobody sees must neither be needed nor be sent.
        "password_disabled": "" if asks_password else "disabled",
        "new_password_hidden": "" if asks_password else "hidden",
    }


def _said(complaint: Complaint | None, texts: Mapping[str, str]) -> dict[str, str]:
    """The values of a complaint."""
    place, said = "", ""
    if complaint is not None:
        place, said = complaint.place, texts[complaint.text_key]
    # Without the script nobody knows when exactly.
    said = said.replace("{when}", texts["later"])
    return {
        "error": said if place == "page" else "",
        "password_error": said if place == "password" else "",
        "password_invalid_mark": "aria-invalid=true" if place == "password" else "",
        "new_password_error": said if place == "newPassword" else "",
        "new_password_invalid_mark": "aria-invalid=true" if place == "newPassword" else "",
        "new_password_open": "open" if place == "newPassword" else "",
    }


def _filled(file_name: str, values: Mapping[str, str]) -> str:
    """An HTML file with the values filled in, each escaped."""
    escaped = {key: html.escape(value, quote=True) for key, value in values.items()}
    return _template(file_name).substitute(escaped)


@cache
def _texts(language: Language, product_name: str) -> Mapping[str, str]:
    texts = cast("dict[str, str]", json.loads(_read(f"texts/{language}.json")))
    filled = {
        key: Template(text).substitute(product_name=product_name) for key, text in texts.items()
    }
    return {**filled, "product_name": product_name, "language": language}


@cache
def _template(file_name: str) -> Template:
    page = _read(file_name).replace(f"    <!-- {WEAKNESSES} -->\n", _read(WEAKNESSES))
    return Template(page)


def _read(file_name: str) -> str:
    return (files("web_api") / "static" / file_name).read_text(encoding="utf-8")
