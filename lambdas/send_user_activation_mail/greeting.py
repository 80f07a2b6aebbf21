"""The name in a greeting, and the username in the sentence that names the account.

Anybody can sign up with somebody else's mail address, and the name is their own text in our mail.
It must bring neither a paragraph nor a link of theirs. So a name is cut to one short line; and as
mail programs turn what looks like an address into a link, in plain text and in HTML, a name that
looks like one isn't shown. The greeting then has the username, or no name where that looks like an
address too, as many do.

Breaking up an address, for instance with a zero-width space behind each dot, doesn't work for any
name: some programs ignore such characters, others show them, and they are copied with the name. The
account's username, however, must be named, and first.last looks like a host. Its dots, and nothing
else, are taken out of reach by word joiners. Programs that link hosts don't see one then, but for
Samsung's (https://blog.teknkl.com/stop-email-client-hyperlinking-text-without-consent/). Telephone
numbers are found through such characters, so such a username isn't shown at all.
"""

import re
import unicodedata

LENGTH_LIMIT = 100  # characters

# Invisible, but part of how names are written in Persian, Sinhala and other scripts.
JOINERS = "\u200c\u200d"

# Invisible, and no line breaks beside it.
WORD_JOINER = "\u2060"

MINUS = "\u2212"  # a dash too, which Unicode counts among the symbols

# The flag of a region such as Wales: a black flag, the region's code in tag characters, and their
# end. https://www.unicode.org/reports/tr51/#def_emoji_tag_sequence
FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")

# What mail programs turn into links: addresses with a scheme, hosts, mail addresses, Windows
# shares, and telephone numbers from seven digits on, with dots of any kind between them, or what
# Android's finder takes (VALID_PUNCTUATION): https://github.com/google/libphonenumber. A host is a
# dot with two letters right behind it, so "Dr. A. Weiß" and "J.R.R. Tolkien" pass. "M.Sc."
# doesn't, and is greeted by username.
LINK = re.compile(
    r"""
    ://
    | \w:\S                                  # mailto:, tel: and the like
    | www\.
    | @
    | \\\\
    | [.\u3002][^\W\d_]{2}                   # the ideographic full stop is a host's dot as well
    | (?<!\w)\+?\d[\d ()[\]/.~\u00b7\u2022\u2053\u2219\u223c\u22c5\u3002\u30fb\u30fc-]{5,}\d(?!\w)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def greeted_name(name: str, username: str) -> str:
    """The name that a greeting shows: the name, or else the username, or else "".

    One line of at most 100 characters that no mail program turns into a link.
    """
    shown = (single_line(text) for text in (name, username))
    return next((text for text in shown if text and not looks_like_link(text)), "")


def named_account(username: str) -> str:
    """The username as a mail shows it; "" where a program may make a link of it nevertheless."""
    line = single_line(username)
    # Dots no longer join, and an underscore hides a number from the pattern, but from no program.
    if looks_like_link(line.replace(".", " ").replace("_", " ")):
        return ""
    return line.replace(".", f"{WORD_JOINER}.{WORD_JOINER}")


def single_line(text: str) -> str:
    """Text without line breaks and control characters, cut to a greeting's length."""
    words = (word.strip(JOINERS) for word in _printable(text).split())
    line = " ".join(word for word in words if word)
    # A flag that the cut would leave without its end goes as a whole.
    cut = next(
        (flag.start() for flag in FLAG.finditer(line) if flag.start() < LENGTH_LIMIT < flag.end()),
        LENGTH_LIMIT,
    )
    return line[:cut].rstrip(" " + JOINERS)


def _printable(text: str) -> str:
    """Text with a blank for each character that can't be seen, but for joiners and flags."""
    kept = {at for flag in FLAG.finditer(text) for at in range(*flag.span())}
    return "".join(
        character if at in kept or character.isprintable() or character in JOINERS else " "
        for at, character in enumerate(text)
    )


def looks_like_link(text: str) -> bool:
    """Whether some mail program may show a part of the text as a link.

    Letters and dots of other widths count as plain ones, and invisible characters don't count, as
    in browsers' host names.
    """
    return LINK.search(_plain(text)) is not None


def _plain(text: str) -> str:
    """Text without accents, joiners and other marks, its characters in their simplest form."""
    decomposed = unicodedata.normalize("NFKD", text)
    categories = ((character, unicodedata.category(character)) for character in decomposed)
    return "".join(
        "-" if category == "Pd" or character == MINUS else character
        for character, category in categories
        if category[0] not in "CM"
    )
