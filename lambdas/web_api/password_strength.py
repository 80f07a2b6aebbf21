"""Whether a new password is easy to guess, and why.

zxcvbn estimates the guesses that an attacker needs who knows common passwords, words, names, dates
and keyboards: https://github.com/dropbox/zxcvbn and its paper,
https://www.usenix.org/conference/usenixsecurity16/technical-sessions/presentation/wheeler
"""

import bisect
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from zxcvbn.matching import _Match

WeaknessCode = Literal[
    "date",
    "guessable",
    "keyboard-pattern",
    "keyboard-row",
    "like-common-password",
    "own-data",
    "person-name",
    "repeated-character",
    "repeated-text",
    "sequence",
    "single-word",
    "too-common",
    "year",
]

DETAILS: Final[Mapping[WeaknessCode, str]] = MappingProxyType(
    {
        "date": "not mainly a date",
        "guessable": "harder to guess: add a word or two that are not common",
        "keyboard-pattern": "not mainly keys that are side by side",
        "keyboard-row": "not mainly a row of keys",
        "like-common-password": "not similar to a password that many people use",
        "own-data": "not mainly the username, the name, the mail address or the product's name",
        "person-name": "not mainly names of people",
        "repeated-character": "not mainly one character that is repeated",
        "repeated-text": "not mainly the same text again",
        "sequence": "not mainly characters in their order, such as abcdef",
        "single-word": "more than one word",
        "too-common": "not one of the passwords that many people use",
        "year": "not mainly a year",
    }
)

# zxcvbn's warnings, all of them: zxcvbn/feedback.py. It has none for some patterns.
CODES: Final[Mapping[str, WeaknessCode]] = MappingProxyType(
    {
        "Straight rows of keys are easy to guess.": "keyboard-row",
        "Short keyboard patterns are easy to guess.": "keyboard-pattern",
        'Repeats like "aaa" are easy to guess.': "repeated-character",
        'Repeats like "abcabcabc" are only slightly harder to guess than "abc".': "repeated-text",
        'Sequences like "abc" or "6543" are easy to guess.': "sequence",
        "Recent years are easy to guess.": "year",
        "Dates are often easy to guess.": "date",
        "This is a top-10 common password.": "too-common",
        "This is a top-100 common password.": "too-common",
        "This is a very common password.": "too-common",
        "This is similar to a commonly used password.": "like-common-password",
        "A word by itself is easy to guess.": "single-word",
        "Names and surnames by themselves are easy to guess.": "person-name",
        "Common names and surnames are easy to guess.": "person-name",
    }
)

# zxcvbn's scores are 0 to 4. Below 3, which begins at 10^8 guesses, an attack on a stolen hash
# succeeds: https://github.com/dropbox/zxcvbn#usage
LOWEST_SCORE = 3
FEWEST_GUESSES = 10**8
ORDER_GUESSES = 10_000  # zxcvbn.scoring.MIN_GUESSES_BEFORE_GROWING_SEQUENCE

# Of more characters, zxcvbn raises an error, as its time grows with their square.
LONGEST_SCORED = 72

# zxcvbn looks up each substring, once for each way to read characters as letters ("4" and "@" as
# "a"): 4.6 s for 72 characters with all of those, and 0.1 s within this product of ways and
# squared length. It is that of 72 characters with 12 ways; digits alone have 6.
MOST_WORK = 12 * LONGEST_SCORED**2

# What an attacker knows of somebody, as words.
MOST_WORDS = 32
SHORTEST_WORD = 3
LONGEST_TEXT = 256

# zxcvbn keeps `user_inputs` in a dictionary of its module, from which other threads would read.
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True, slots=True)
class Weakness:
    """Why a password is easy to guess.

    Attributes:
        code: For programs.
        detail: In English: what the password must be. Never a part of it.
    """

    code: WeaknessCode
    detail: str


def weakness_of(password: str, about: Iterable[str]) -> Weakness | None:
    """Why a password is easy to guess; None where it is not.

    Judged by its beginning where it is long, so one that begins weakly is refused.

    Args:
        password: The password, not empty, in the normal form in which it is stored.
        about: What is known of its user: username, name, mail address, the product's name.
    """
    # In INIT first_requests.py does; all else that imports this module need not wait for it.
    from zxcvbn import feedback, zxcvbn  # noqa: PLC0415 - takes 33 ms

    with _ONE_AT_A_TIME:
        result = zxcvbn(_scored_part(password), user_inputs=_words(about))
    parts = result["sequence"]
    # zxcvbn adds 10^4 guesses for a second part, 10^8 for a third, and so on, since an attacker
    # tries fewer parts first. That alone would let "password 1234" pass, for its blank is a part.
    guesses = result["guesses"] - ORDER_GUESSES ** (len(parts) - 1)
    if result["score"] >= LOWEST_SCORE and guesses >= FEWEST_GUESSES:
        return None
    # As zxcvbn's warning, that of the longest part. It has none for `user_inputs`.
    longest = max(parts, key=lambda part: len(part["token"]))
    warning = feedback.get_feedback(0, parts)["warning"]
    code = "own-data" if _is_own_data(longest) else CODES.get(warning, "guessable")
    return Weakness(code, DETAILS[code])


def _scored_part(password: str) -> str:
    """The beginning of a password that zxcvbn can score, and in limited time."""
    # Its patterns for dates match before a final line end, which it then reads as a digit.
    password = password.replace("\n", " ")
    lengths = range(min(len(password), LONGEST_SCORED) + 1)
    longest = bisect.bisect_right(lengths, MOST_WORK, key=lambda length: _work(password[:length]))
    return password[: longest - 1]


def _work(text: str) -> int:
    from zxcvbn import matching  # noqa: PLC0415 - takes 33 ms, with the rest of zxcvbn

    table = matching.relevant_l33t_subtable(text, matching.L33T_TABLE)
    return len(matching.enumerate_l33t_subs(table)) * len(text) ** 2


def _words(about: Iterable[str]) -> list[str]:
    """Texts as zxcvbn looks for them: whole, without what is between words, and word by word."""
    found: dict[str, None] = {}  # in their order: a word's rank is its number of guesses
    for text in about:
        known = unicodedata.normalize("NFC", text[:LONGEST_TEXT]).lower()
        words = re.findall(r"[^\W_]+", known)
        found |= dict.fromkeys([known, "".join(words), *words])
    long_enough = (word for word in found if len(word) >= SHORTEST_WORD)
    return list(islice(long_enough, MOST_WORDS))


def _is_own_data(match: "_Match") -> bool:
    parts = [match, *match.get("base_matches", ())]
    return any(part.get("dictionary_name") == "user_inputs" for part in parts)
