"""The activation mail's subject and bodies."""

from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from send_user_activation_mail.message import Message, compose
from send_user_activation_mail.recipient import recipient_of


class Page(HTMLParser):
    """The elements, the links' targets and the text of an HTML page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: set[str] = set()
        self.links: list[str | None] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
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
) -> Message:
    item = {
        "username": username,
        "name": name,
        "email": "anna@mail.example",
        "activationUrlBase": base,
        "activationToken": "t0ken",
    }
    return compose(recipient_of({key: {"S": value} for key, value in item.items()}), product_name)


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
        "</p><a href='https://evil.example'>Click</a>",
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
