"""What a greeting calls a user, and what it won't say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from send_user_activation_mail.greeting import greeted_name, looks_like_link, single_line


def wide(text: str) -> str:
    """ASCII in full-width characters, which browsers read as the plain ones in a host name."""
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


@pytest.mark.parametrize(
    "name",
    [
        "Anna Berg",
        "Dr. A. Müller-Lüdenscheid",
        "José",
        "O'Brien",
        "D\u2019Angelo",
        "J.R.R. Tolkien",
        "Martin Luther King, Jr.",
        "Prof. Dr. Weiß, Ph.D.",
        "St. John",
        "Søren Åse 山田",
        "أحمد محمد",
        "דוד בן־גוריון",
        "\u0d9a\u0dca\u200d\u0dbb\u0dd2\u0dc2\u0dcf",  # Sinhala: without its joiner another word
        "\u0645\u06cc\u200c\u0646\u0627",  # Persian, with a non-joiner
        "Gal·la",
        "Anna (she/her)",
        "X Æ A-12",
        "山田、太郎",
        "Elizabeth 2",
        "Anna 👩\u200d🚀",
        "Anna \U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",  # Wales
        "Gal·la 12·34",
        "<b>Anna</b> & Söhne",
    ],
)
def test_an_ordinary_name_is_shown_as_it_is(name: str) -> None:
    assert greeted_name(name, "anna") == name


@pytest.mark.parametrize(
    "name",
    [
        "see http://evil.example",
        "HTTPS://EVIL",
        "://evil",
        "www.evil",
        "WWW. evil",
        "evil.example",
        "Anna evil.example/win now",
        "Anna, evil.example.",
        "evil .example",
        "Anna@evil",
        wide("anna@evil"),
        wide("www.evil.example"),
        "evil。example",
        "evil｡example",
        "evil\u2024example",  # one dot leader
        wide("http://evil"),
        "evil.\u200cexample",
        "evil.\u200dexample",
        "evil\u200d.\u0301ex\u0301ample",
        "उदाहरण.भारत",
        "пример.рф",
        "mailto:anna",
        "tel:112",
        "javascript:alert(1)",
        r"\\evil\share",
        "call +1 (900) 555-0199",
        "call 0900/5550199",
        "1.800.555.0199",
        "1\u2011800\u2011555\u20110199",  # non-breaking hyphens
        "1\u2013800\u2013555\u20130199",  # en dashes
        "1\u2212800\u2212555\u22120199",  # minus signs
        "1\u00b7800\u00b7555\u00b70199",  # middle dots
        "1~800~555~0199",
        "1\u223c800\u223c555\u223c0199",  # tilde operators
        "1\u2053800\u2053555\u20530199",  # swung dashes
        "1\u30fc800\u30fc555\u30fc0199",  # the long vowel of Japanese, a dash to Android
        "1[800]555[0199",
        wide("1.800.555.0199"),
        "M.Sc. Anna",  # the price
    ],
)
def test_a_name_that_a_mail_program_may_link_is_not_shown(name: str) -> None:
    assert greeted_name(name, "anna") == "anna"
    assert greeted_name("", name) == ""
    assert greeted_name("anna@mail.example", name) == ""


@pytest.mark.parametrize("username", ["anna", "anna19850412", "anna_berg-2", "a.b.c", "Anna B."])
def test_a_username_takes_the_place_of_a_name_that_is_not_shown(username: str) -> None:
    for name in ("", "www.evil.example"):
        assert greeted_name(name, username) == username


@pytest.mark.parametrize("username", ["anna@mail.example", "anna.berg", "0176 5550199", "\u200d"])
def test_nobody_is_named_where_the_username_is_not_fit_either(username: str) -> None:
    assert greeted_name("", username) == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        (" \n ", ""),
        ("Anna\r\nBcc: all", "Anna Bcc: all"),
        ("Anna\u2028Berg\x00\x1b[31m", "Anna Berg [31m"),
        ("\u202eannA", "annA"),  # would turn the rest of the line around
        ("A" * 500, "A" * 100),
        ("A" * 99 + " B", "A" * 99),
        ("A" * 99 + "\u200d👩", "A" * 99),
        ("  Anna   Berg ", "Anna Berg"),
        ("Anna\u00a0Berg", "Anna Berg"),
        ("\u200d", ""),
        ("\u200c \u200d", ""),
        ("\u200dAnna\u200c \u200d Berg", "Anna Berg"),
    ],
)
def test_it_is_one_short_line(text: str, shown: str) -> None:
    assert single_line(text) == shown


@given(st.text(max_size=300))
def test_any_text_becomes_one_line_without_invisible_ends(text: str) -> None:
    shown = single_line(text)
    assert len(shown) <= 100
    assert shown == single_line(shown)
    assert shown == shown.strip()
    assert shown.splitlines() in ([], [shown])
    assert shown.replace("\u200c", "").replace("\u200d", "").isprintable()


HOSTS = st.from_regex(r"[a-z]{1,10}(\.[a-z]{2,10}){1,3}", fullmatch=True)


@given(HOSTS, st.sampled_from(["", "http://", "https://", "ftp://", "//"]), st.text(), st.text())
def test_a_host_is_never_shown_whatever_stands_around_it(
    host: str, scheme: str, before: str, after: str
) -> None:
    name = f"{before} {scheme}{host}{after}"
    assert host not in greeted_name(name, "anna")


@given(st.text(), st.text())
def test_what_is_shown_never_looks_like_a_link(name: str, username: str) -> None:
    shown = greeted_name(name, username)
    assert not looks_like_link(shown)
    assert shown in (single_line(name), single_line(username), "")


def test_a_flag_is_cut_as_a_whole() -> None:
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"

    assert single_line("a" * 93 + flag + "b") == "a" * 93 + flag
    assert single_line("a" * 94 + flag) == "a" * 94


@pytest.mark.parametrize("tags", ["\U000e0067", "\U0001f600\U000e0067\U000e007f"])
def test_tags_without_a_flag_are_not_shown(tags: str) -> None:
    assert "\U000e0067" not in single_line(f"Anna{tags}")
