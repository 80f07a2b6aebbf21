"""The pages: HTML files with the texts of a language filled in."""

import html
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from string import Template
from typing import Literal, cast

from web_api.config import Language

ActivationResult = Literal[
    "ready",
    "activated",
    "unknown-user",
    "already-activated",
    "wrong-token",
    "link-expired",
    "failed",
]


@cache
def index_page(language: Language, product_name: str, *, cool_down_seconds: int) -> str:
    """The page on which people sign up, sign in and upload pictures.

    Args:
        language: Its language.
        product_name: The product's name.
        cool_down_seconds: How long after one activation mail no other can be requested.
    """
    texts = _texts(language, product_name)
    return _filled("index.html", {**texts, "cool_down_seconds": str(cool_down_seconds)})


def activation_page(
    language: Language,
    product_name: str,
    result: ActivationResult,
    *,
    username: str = "",
    token: str = "",
) -> str:
    """The page that the link in an activation mail leads to.

    Args:
        language: Its language.
        product_name: The product's name.
        result: What the page says.
        username: The user in the form that activates; needed for the result "ready".
        token: The token in that form; needed for the result "ready".
    """
    texts = _texts(language, product_name)
    if result == "failed":  # on our side: the next try may work
        heading, explanation = texts["activate_ready_heading"], texts["activate_failed"]
    else:
        key = f"activate_{result.replace('-', '_')}"
        heading, explanation = texts[f"{key}_heading"], texts[f"{key}_explanation"]
    can_sign_in = result in ("activated", "already-activated")
    return _filled(
        "activate.html",
        {
            **texts,
            "result": result,
            "heading": heading,
            "explanation": explanation,
            "username": username,
            "token": token,
            "form_hidden": "" if result == "ready" else "hidden",
            "sign_in_hidden": "" if can_sign_in else "hidden",
        },
    )


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
    return Template(_read(file_name))


def _read(file_name: str) -> str:
    return (files("web_api") / "static" / file_name).read_text(encoding="utf-8")
