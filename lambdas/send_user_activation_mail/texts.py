"""The mail's texts: those of a language, with those of the environment in their place."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from shared.environment import ConfigurationError

LANGUAGES = ("en", "de")

# Every text by its key, and its placeholders. The name is in the greeting only, the username in
# "account" only: each has another text for users whose name can't be shown.
PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "subject": frozenset({"product_name"}),
    "preheader": frozenset({"product_name"}),
    "greeting": frozenset({"product_name", "name"}),
    "greeting_without_name": frozenset({"product_name"}),
    "welcome": frozenset({"product_name"}),
    "button": frozenset({"product_name"}),
    "copy_hint": frozenset({"product_name"}),
    "ignore_note": frozenset({"product_name"}),
    "account": frozenset({"product_name", "username"}),
    "account_without_username": frozenset({"product_name"}),
}

# Control characters and line breaks, since each text is one line or one paragraph, and lone
# surrogates, which no mail can hold. A no-break space or a direction mark is fine.
UNFIT_CATEGORIES = frozenset({"Cc", "Zl", "Zp", "Cs"})


@dataclass(frozen=True, slots=True)
class MailTexts:
    """All texts of a mail, before a user's values.

    Attributes:
        language: The texts' language, as HTML's `lang` has it.
        product_name: The product's name in the texts.
        by_key: A text for each key of `PLACEHOLDERS`.
    """

    language: str
    product_name: str
    by_key: Mapping[str, str]

    def filled_in(self, name: str, username: str = "") -> dict[str, str]:
        """Every text by its key, its placeholders replaced; `name` is the greeting's."""
        values = {"name": name, "username": username, "product_name": self.product_name}
        return {key: Template(text).substitute(values) for key, text in self.by_key.items()}


def texts_in(language: str) -> dict[str, str]:
    """The function's own texts in one of `LANGUAGES`, by their keys."""
    file = files("send_user_activation_mail") / "texts" / f"{language}.json"
    return parse_texts(file.read_text(encoding="utf-8"), source=file.name)


def parse_texts(text: str, *, source: str) -> dict[str, str]:
    """Parse a JSON object with any of the texts; `source` names it in error messages.

    Raises:
        ConfigurationError: It is something else, or one of its texts can't be used.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:  # RecursionError: arrays nested too deeply
        raise ConfigurationError(f"{source}: not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ConfigurationError(f"{source}: not a JSON object")
    for key, value in found.items():
        _check(value, key, source)
    return found


def is_one_line(text: str) -> bool:
    """Whether text is free of line breaks and other control characters."""
    return UNFIT_CATEGORIES.isdisjoint(map(unicodedata.category, text))


def _check(text: object, key: str, source: str) -> None:
    where = f"{source}: {key}"
    if key not in PLACEHOLDERS:
        raise ConfigurationError(
            f"{source}: {key!r}: unknown key; the keys are {', '.join(PLACEHOLDERS)}"
        )
    if not isinstance(text, str):
        raise ConfigurationError(f"{where}: not a string")
    if not text.strip():
        raise ConfigurationError(f"{where}: empty")
    if not is_one_line(text):
        raise ConfigurationError(f"{where}: has a line break or another control character")
    template = Template(text)
    if not template.is_valid():
        raise ConfigurationError(f"{where}: a $ that starts no placeholder; write it as $$")
    unknown = sorted(set(template.get_identifiers()) - PLACEHOLDERS[key])
    if unknown:
        raise ConfigurationError(f"{where}: unknown placeholder ${{{unknown[0]}}}")
