"""The activation mail's subject and bodies."""

import json
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from send_user_activation_mail.message import Message, compose
from send_user_activation_mail.recipient import InvalidUserError, recipient_of
from send_user_activation_mail.texts import LANGUAGES, MailTexts, parse_texts, texts_in
from shared.environment import ConfigurationError
from tests.unit.hostile import INJECTIONS, STORABLE_INJECTIONS, STORABLE_TEXT, tried


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


def mail_to(
    *,
    username: str = "anna",
    name: str = "Anna Berg",
    base: str = "https://shop.example/activate",
    product_name: str = "Digital Card Store",
    language: str = "en",
    **own_texts: str,
) -> Message:
    item = {
        "username": username,
        "name": name,
        "email": "anna@mail.example",
        "activationUrlBase": base,
        "activationToken": "t0ken",
    }
    texts = MailTexts(language, product_name, {**texts_in(language), **own_texts})
    return compose(recipient_of({key: {"S": value} for key, value in item.items()}), texts)


PLAIN = Page(mail_to().html)


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
    message = mail_to(language=language)
    page = Page(message.html)
    said = MailTexts(language, "Digital Card Store", texts_in(language)).filled_in("Anna Berg")
    for key in said.keys() - {"greeting_without_name"}:
        assert said[key] in page.text
    assert "$" not in message.subject + message.text + message.html


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
    check_nothing_was_added(mail_to(**{field: text}))


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
        check_nothing_was_added(mail_to(**texts))


@given(username=STORABLE_TEXT.filter(str.strip), name=STORABLE_TEXT)
def test_no_text_at_all_adds_anything_to_the_mail(username: str, name: str) -> None:
    check_nothing_was_added(mail_to(username=username, name=name))
