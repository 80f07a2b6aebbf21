"""The activation mail's subject and bodies."""

import hashlib
import json
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from send_user_activation_mail.message import Message, compose
from send_user_activation_mail.recipient import InvalidUserError, recipient_of
from send_user_activation_mail.texts import LANGUAGES, MailTexts, parse_texts, texts_in
from shared.environment import ConfigurationError
from tests.unit.hostile import INJECTIONS, STORABLE_INJECTIONS, STORABLE_TEXT, tried

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from shared.dynamodb import Item


class Page(HTMLParser):
    """The elements, the links' targets and the text of an HTML page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: set[str] = set()
        self.links: list[str | None] = []
        self.languages: set[str] = set()
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.languages |= {str(value) for name, value in attrs if name == "lang"}
        self.attributes.update(name for name, _ in attrs)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def mail_to(  # noqa: PLR0913 - a user, by what the mail shows
    *,
    username: str = "anna",
    name: str = "Anna Berg",
    base: str = "https://shop.example/activate",
    product_name: str = "Digital Card Store",
    language: str = "en",
    signed_up_here: bool = False,
    **own_texts: str,
) -> Message:
    """The mail to a user of another application, or to one who has signed up at the web API."""
    item = {
        "username": username,
        "name": name,
        "email": "anna@mail.example",
        "activationUrlBase": base,
        "activationToken": "t0ken",
    }
    texts = MailTexts(language, product_name, {**texts_in(language), **own_texts})
    values: dict[str, AttributeValueTypeDef] = {k: {"S": value} for k, value in item.items()}
    if signed_up_here:
        values |= {"keepOnlyTokenHash": {"BOOL": True}, "passwordHash": {"S": "$argon2id$x"}}
    return compose(recipient_of(values), texts)


PLAIN = Page(mail_to().html)
OURS = Page(mail_to(signed_up_here=True).html)


def test_the_mail_says_what_the_contract_asks_for() -> None:
    message = mail_to()
    link = "https://shop.example/activate?username=anna&token=t0ken"
    assert message.to == "anna@mail.example"
    assert message.subject == "Activate your Digital Card Store account"
    assert "Hello Anna Berg," in message.text
    assert link in message.text.splitlines()
    assert "Hello Anna Berg," in PLAIN.text
    assert set(PLAIN.links) == {link}
    assert len(PLAIN.links) == 2


def test_the_english_text_is_word_for_word_the_contracts() -> None:
    assert mail_to().text == (
        "Hello Anna Berg,\n"
        "\n"
        "welcome to Digital Card Store. One click and your account is ready:\n"
        "\n"
        "https://shop.example/activate?username=anna&token=t0ken\n"
        "\n"
        "You did not sign up? Then please ignore this mail; nothing happens\n"
        "without the click.\n"
    )


def test_the_german_mail_is_german() -> None:
    message = mail_to(language="de")
    assert message.subject == "Aktivieren Sie Ihr Konto bei Digital Card Store"
    assert message.text == (
        "Guten Tag Anna Berg,\n"
        "\n"
        "willkommen bei Digital Card Store. Ein Klick, und Ihr Konto ist bereit:\n"
        "\n"
        "https://shop.example/activate?username=anna&token=t0ken\n"
        "\n"
        "Sie haben sich nicht registriert? Dann ignorieren Sie diese E-Mail\n"
        "bitte; ohne den Klick geschieht nichts.\n"
    )
    page = Page(message.html)
    assert page.languages == {"de"}
    assert "Konto aktivieren" in page.text
    assert page.elements == PLAIN.elements
    assert page.links == PLAIN.links


def test_the_english_page_is_english() -> None:
    assert PLAIN.languages == {"en"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_in_the_page_or_the_text(language: str) -> None:
    message = mail_to(language=language, signed_up_here=True)
    page = Page(message.html)
    texts = MailTexts(language, "Digital Card Store", texts_in(language))
    said = texts.filled_in("Anna Berg", "anna")
    for key in said.keys() - {"greeting_without_name", "account_without_username"}:
        assert said[key] in page.text
    assert "$" not in message.subject + message.text + message.html


BODIES = {
    # SHA-256 of text and page, as they were before any mail named its account.
    ("anna", "en"): (
        "2998805488cfdd4d1108227a6e3f5f10769a9a06e4b62c8074fee16cb8257f6f",
        "affe07e4a5a973d59c4a7153bb902d6813146a4d3c8a64428ebc595abf12797d",
    ),
    ("anna", "de"): (
        "ea2bd9c1f6f335385016dc89ba36ed4f8351ddec1c1a19e9915e6f1fec867636",
        "072b071a940718f992b8d5e07aacc27c3c35a5db8b477464bd2f720d335edcb7",
    ),
}


@pytest.mark.parametrize(("username", "language"), BODIES)
def test_the_mail_of_another_application_is_byte_for_byte_as_ever(
    username: str, language: str
) -> None:
    message = mail_to(username=username, language=language)
    hashes = tuple(
        hashlib.sha256(body.encode()).hexdigest() for body in (message.text, message.html)
    )
    assert hashes == BODIES[username, language]


def test_the_mail_of_a_sign_up_names_the_account_and_says_where_to_refuse_it() -> None:
    message = mail_to(signed_up_here=True)
    assert message.text == (
        "Hello Anna Berg,\n"
        "\n"
        "welcome to Digital Card Store. One click and your account is ready:\n"
        "\n"
        "https://shop.example/activate?username=anna&token=t0ken\n"
        "\n"
        "Somebody signed up as anna with this address. If it wasn't you, open the\n"
        'link and choose "This wasn\'t me".\n'
        "\n"
        "You did not sign up? Then please ignore this mail; nothing happens\n"
        "without the click.\n"
    )
    assert "Somebody signed up as anna with this address." in OURS.text
    assert OURS.links == PLAIN.links


def test_the_german_mail_names_the_account_too() -> None:
    message = mail_to(signed_up_here=True, language="de")
    said = "Jemand hat sich mit dieser Adresse als anna registriert."
    assert said in " ".join(message.text.split())
    assert said in Page(message.html).text


def test_an_item_that_only_keeps_the_hash_is_another_applications() -> None:
    item = {
        "username": {"S": "anna"},
        "email": {"S": "anna@mail.example"},
        "activationUrlBase": {"S": "https://shop.example/activate"},
        "activationToken": {"S": "t0ken"},
        "keepOnlyTokenHash": {"BOOL": True},
    }
    assert recipient_of(cast("Item", item)).account is None


# As mail programs find links and telephone numbers. Thunderbird: "www." and what has a scheme.
LINKED = [
    r"(?:[a-z0-9-]+\.)+[a-z]{2,}",  # a host with a domain of letters
    r"www\.",
    r"\+?\d[\d ().-]{5,}\d",  # a telephone number
]


@pytest.mark.parametrize(
    "username",
    ["evil.com", "www.evil.example", "anna.berg", "a.b.c.d", "1.2.3", "evil.xn--p1ai", "a-b.co.uk"],
)
def test_no_program_makes_a_link_of_a_username_that_looks_like_a_host(username: str) -> None:
    message = mail_to(username=username, name="Eve", signed_up_here=True)
    text = message.text.split("\n\n")[3]
    html = Page(message.html).text.partition("Somebody")[2]
    for body in (text, html):
        assert username in body.replace("\u2060", "")
        assert username not in body
        assert not [pattern for pattern in LINKED if re.search(pattern, body, re.IGNORECASE)]


@pytest.mark.parametrize(
    "username", ["1-800-555-0199", "1.800.555.0199", "0171_555-0199-1", "5550199"]
)
def test_a_username_that_looks_like_a_telephone_number_is_not_shown(username: str) -> None:
    message = mail_to(username=username, name="Eve", signed_up_here=True)
    text = message.text.split("\n\n")[3]
    assert text.startswith("Somebody signed up with this address.")
    html = Page(message.html).text.partition("Somebody")[2]
    for body in (text, html):
        assert "0199" not in body


@pytest.mark.parametrize("username", ["http://x", "a@b", "mailto:x", "x\\\\y", "a\u3002com"])
def test_whatever_else_looks_like_a_link_is_not_shown(username: str) -> None:
    text = mail_to(username=username, name="Eve", signed_up_here=True).text
    assert "Somebody signed up with this address." in text


def test_operators_may_name_the_account_in_their_own_words() -> None:
    message = mail_to(signed_up_here=True, account="New: ${username} <at> ${product_name}")
    assert "New: anna <at> Digital Card Store\n" in message.text
    assert "New: anna &lt;at&gt; Digital Card Store" in message.html


def test_own_texts_take_the_place_of_the_languages() -> None:
    message = mail_to(greeting="Hi ${name} <3", button="Go & see", subject="${product_name}: go")
    page = Page(message.html)
    assert message.subject == "Digital Card Store: go"
    assert message.text.startswith("Hi Anna Berg <3\n\nwelcome to ")
    assert "Hi Anna Berg <3" in page.text
    assert "Go & see" in page.text
    assert page.elements == PLAIN.elements


@pytest.mark.parametrize(("language", "greeting"), [("en", "Hello,"), ("de", "Guten Tag,")])
def test_nobody_is_greeted_by_an_address(language: str, greeting: str) -> None:
    message = mail_to(username="eve@evil.example", name="www.evil.example", language=language)
    assert message.text.startswith(f"{greeting}\n\n")
    assert greeting in Page(message.html).text
    for link in (message.text, message.html):
        assert "www.evil.example" not in link
        assert "eve@evil.example" not in link


def test_long_lines_are_wrapped_but_no_word_and_no_link_is_broken() -> None:
    name = "Maximiliane " * 8
    base = "https://shop.example/" + "a-long-path/" * 12
    message = mail_to(
        name=name, base=base, product_name="X" * 80, ignore_note=f"See {'y-' * 50} {'zz ' * 40}"
    )
    lines = message.text.splitlines()
    assert f"{base}?username=anna&token=t0ken" in lines
    assert "X" * 80 + "." in lines
    assert "y-" * 50 in lines
    assert all(len(line) <= 72 or " " not in line for line in lines)
    assert message.html.count("Maximiliane") == 8


def test_the_product_name_is_in_subject_and_bodies() -> None:
    message = mail_to(product_name="Bits & <Bobs>")
    assert message.subject == "Activate your Bits & <Bobs> account"
    assert "welcome to Bits & <Bobs>." in message.text
    assert "welcome to Bits &amp; &lt;Bobs&gt;." in message.html


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        '"O\'Brien" & Söhne',
        "</p><a href='evil'>Click</a>",
        "<!--",
        "&lt;b&gt;",
        "${link} $name %s {0}",
        '" onmouseover="x',
    ],
)
def test_a_name_is_text_wherever_it_stands(name: str) -> None:
    message = mail_to(name=name)
    page = Page(message.html)
    assert f"Hello {name}," in page.text
    assert f"Hello {name}," in message.text
    assert page.elements == PLAIN.elements
    assert page.links == PLAIN.links


@pytest.mark.parametrize("username", ["a&b=c", "a/b?c#d", "a b+c%20", "ünï cødé", '"><x y="'])
def test_a_username_is_a_value_of_the_query_wherever_it_stands(username: str) -> None:
    page = Page(mail_to(username=username).html)
    assert page.elements == PLAIN.elements
    for link in page.links:
        assert parse_qs(urlsplit(str(link)).query) == {"username": [username], "token": ["t0ken"]}


def test_a_quote_in_the_base_ends_no_attribute() -> None:
    page = Page(mail_to(base="https://shop.example/\"onclick='x'").html)
    assert page.elements == PLAIN.elements
    assert page.attributes == PLAIN.attributes


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(username=TEXT.filter(str.strip), name=TEXT, product_name=TEXT)
def test_no_value_adds_to_the_page_or_a_line_to_the_text(
    username: str, name: str, product_name: str
) -> None:
    product_name = " ".join(f"P{product_name}".split())
    message = mail_to(username=username, name=name, product_name=product_name)
    page = Page(message.html)
    assert page.elements == PLAIN.elements
    assert page.attributes == PLAIN.attributes
    assert message.text.count("\n\n") == mail_to().text.count("\n\n")
    assert "\n" not in message.subject


def test_neither_address_nor_link_is_in_the_repr() -> None:
    assert repr(mail_to()) == "Message(subject='Activate your Digital Card Store account')"


def in_mime(message: Message) -> EmailMessage:
    """The mail as it goes over the wire, and as its reader's program parses it."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = "no-reply@shop.example"
    mail["To"] = message.to
    mail["Subject"] = message.subject
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    parsed = message_from_bytes(mail.as_bytes(), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def check_nothing_was_added(message: Message) -> None:
    """Headers, elements, links and paragraphs are those of any other user's mail."""
    mail = in_mime(message)
    assert mail.keys() == in_mime(mail_to()).keys()
    assert mail["To"] == "anna@mail.example"
    assert message.subject.splitlines() == [message.subject]
    page = Page(message.html)
    assert page.elements == PLAIN.elements
    assert page.attributes == PLAIN.attributes
    assert len(set(page.links)) == 1
    assert str(page.links[0]).startswith("https://shop.example/")
    assert message.text.count("\n\n") == mail_to().text.count("\n\n")


@pytest.mark.parametrize("text", STORABLE_INJECTIONS)
@pytest.mark.parametrize("field", ["username", "name"])
def test_whatever_a_user_is_called_adds_nothing_to_the_mail(field: str, text: str) -> None:
    check_nothing_was_added(mail_to(username=text) if field == "username" else mail_to(name=text))


@pytest.mark.parametrize("text", STORABLE_INJECTIONS)
def test_whatever_the_link_starts_with_adds_nothing_or_is_refused(text: str) -> None:
    message, refusal = tried(lambda: mail_to(base=f"https://shop.example/{text}"), InvalidUserError)
    if message is None:
        assert refusal == "activationUrlBase: not an http or https address"
    else:
        check_nothing_was_added(message)


@pytest.mark.parametrize("key", ["subject", "greeting", "welcome", "button"])
@pytest.mark.parametrize("text", INJECTIONS)
def test_whatever_the_operators_texts_say_adds_nothing_or_is_refused(key: str, text: str) -> None:
    texts, refusal = tried(
        lambda: parse_texts(json.dumps({key: text}), source="MAIL_TEXTS"), ConfigurationError
    )
    if texts is None:
        assert refusal.startswith(f"MAIL_TEXTS: {key}: ")
    else:
        check_nothing_was_added(mail_to(**cast("Any", texts)))


@pytest.mark.parametrize("text", STORABLE_INJECTIONS)
def test_whatever_an_account_is_called_adds_nothing_to_the_mail(text: str) -> None:
    message = mail_to(username=text, signed_up_here=True)
    page = Page(message.html)
    assert (page.elements, page.attributes) == (OURS.elements, OURS.attributes)
    assert len(set(page.links)) == 1
    assert message.text.count("\n\n") == mail_to(signed_up_here=True).text.count("\n\n")


@given(username=STORABLE_TEXT.filter(str.strip), name=STORABLE_TEXT)
def test_no_text_at_all_adds_anything_to_the_mail(username: str, name: str) -> None:
    check_nothing_was_added(mail_to(username=username, name=name))
