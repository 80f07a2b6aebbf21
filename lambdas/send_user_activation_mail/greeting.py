"""What a greeting may call a user.

A name is its user's own text in our mail, and anybody can sign up with somebody else's mail
address. Two things must not come of that: a paragraph of the stranger's, and a link of the
stranger's. The first is kept out by making the name one short line. The second is harder, since it
is the mail program that makes links, of plain text as well as of HTML: what looks like an address
is shown as a link. So a name that looks like one isn't shown at all: the greeting falls back to
the username, and where that looks like one too (many are mail addresses), it names nobody.

Characters that only break up an address, such as a zero-width space behind each dot, would not do:
some programs ignore them, others show them, and whoever copies the name copies them too.
"""

import re
import unicodedata

LENGTH_LIMIT = 100  # characters

# Invisible, but part of how names are written in Persian, Sinhala and other scripts.
JOINERS = "\u200c\u200d"

# What mail programs make links of: addresses with a scheme, hosts, mail addresses, Windows shares,
# and telephone numbers of seven digits and more. A host is told by a dot with two letters right
# behind it, so "Dr. A. Weiß" and "J.R.R. Tolkien" are none; "M.Sc." is taken for one, and costs its
# owner no more than a greeting by username.
LINK = re.compile(
    r"""
    ://
    | \w:\S                                  # mailto:, tel: and the like
    | www\.
    | @
    | \\\\
    | [.\u3002][^\W\d_]{2}                   # the ideographic full stop is a host's dot as well
    | (?<!\w) \+? \d [\d ()/-]{5,} \d (?!\w)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def greeted_name(name: str, username: str) -> str:
    """The name that a greeting shows: the name, or else the username, or else "".

    Args:
        name: The user's name; "" where there is none.
        username: The user's username.

    Returns:
        One line of at most 100 characters that no mail program makes a link of; "" where neither
        the name nor the username is fit to be shown.
    """
    shown = (single_line(text) for text in (name, username))
    return next((text for text in shown if text and not looks_like_link(text)), "")


def single_line(text: str) -> str:
    """Text without line breaks and control characters, cut to the length that a greeting shows."""
    printable = "".join(
        character if character.isprintable() or character in JOINERS else " " for character in text
    )
    words = (word.strip(JOINERS) for word in printable.split())
    return " ".join(word for word in words if word)[:LENGTH_LIMIT].rstrip(" " + JOINERS)


def looks_like_link(text: str) -> bool:
    """Whether some mail program may show a part of the text as a link.

    Letters and dots in other widths count as the plain ones, and what is invisible doesn't count:
    browsers read host names in the same way.
    """
    return LINK.search(_plain(text)) is not None


def _plain(text: str) -> str:
    """Text without accents, joiners and other marks, its characters in their plainest form."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(
        character for character in decomposed if unicodedata.category(character)[0] not in "CM"
    )
