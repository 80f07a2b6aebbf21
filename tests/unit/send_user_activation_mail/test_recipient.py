"""A User item, parsed into what the mail needs."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from send_user_activation_mail.recipient import (
    InvalidUserError,
    Recipient,
    activation_link,
    recipient_of,
)
from tests.unit.builders import Item
from tests.unit.hostile import STORABLE_TEXT, tried


def item(**attributes: str | None) -> Item:
    values: dict[str, str | None] = {
        "username": "anna",
        "name": "Anna Berg",
        "email": "anna@mail.example",
        "activationUrlBase": "https://shop.example/activate",
        "activationToken": "t0ken",
        **attributes,
    }
    return {name: {"S": value} for name, value in values.items() if value is not None}


def test_an_item_is_parsed() -> None:
    assert recipient_of(item()) == Recipient(
        "anna@mail.example",
        "Anna Berg",
        None,
        "https://shop.example/activate?username=anna&token=t0ken",
    )


@pytest.mark.parametrize("name", ["username", "email", "activationUrlBase", "activationToken"])
@pytest.mark.parametrize("value", [None, "", " \t\n"])
def test_a_missing_or_blank_attribute_is_named(name: str, value: str | None) -> None:
    with pytest.raises(InvalidUserError, match=f"^{name}: missing, empty"):
        recipient_of(item(**{name: value}))


@pytest.mark.parametrize("name", ["username", "email", "activationUrlBase", "activationToken"])
def test_an_attribute_of_another_type_is_named(name: str) -> None:
    with pytest.raises(InvalidUserError, match=f"^{name}: .*not a string"):
        recipient_of({**item(), name: {"N": "5"}})


@pytest.mark.parametrize(
    ("name", "greeted"),
    [
        ("Søren Åse 山田", "Søren Åse 山田"),
        (" Anna\nBerg ", "Anna Berg"),
        (None, "anna"),
        ("", "anna"),
        (" \n ", "anna"),
        ("see http://evil.example", "anna"),
    ],
)
def test_the_greeting_is_by_name_or_else_by_username(name: str | None, greeted: str) -> None:
    assert recipient_of(item(name=name)).name == greeted


def test_a_name_of_another_type_is_none() -> None:
    assert recipient_of({**item(), "name": {"N": "5"}}).name == "anna"


def test_a_username_in_place_of_the_name_is_one_short_line_too() -> None:
    greeted = recipient_of(item(name=None, username="a\n\nYou have won!" + "!" * 500)).name
    assert greeted == ("a You have won!" + "!" * 500)[:100]


def test_a_mail_address_for_a_username_is_in_the_link_but_not_in_the_greeting() -> None:
    found = recipient_of(item(name=None, username="anna@mail.example"))
    assert found.name == ""
    assert found.activation_link.endswith("?username=anna%40mail.example&token=t0ken")


@pytest.mark.parametrize(
    "email",
    ["anna@mail.example", "a.b+c_d'e@xn--bcher-kva.example", "a" * 64 + "@mail.example", "!#$@a"],
)
def test_a_bare_address_is_taken(email: str) -> None:
    assert recipient_of(item(email=email)).email == email


def test_blanks_around_an_address_are_no_part_of_it() -> None:
    assert recipient_of(item(email=" anna@mail.example\n")).email == "anna@mail.example"


@pytest.mark.parametrize(
    "email",
    [
        "anna",
        "@mail.example",
        "anna@",
        "anna@@mail.example",
        "anna@mail.example,eve@mail.example",
        "anna@mail.example eve@mail.example",
        "Anna <anna@mail.example>",
        "anna@mail.example\r\nBcc: eve@mail.example",
        "anna\n@mail.example",
        "anna@mail.example;",
        "änna@mail.example",
        "anna@bücher.example",
        "anna@mail.example\x00",
        "a" * 65 + "@mail.example",
        "anna@" + "m" * 254,
        '"anna eve"@mail.example',
    ],
)
def test_any_other_address_is_refused_without_repeating_it(email: str) -> None:
    with pytest.raises(InvalidUserError) as caught:
        recipient_of(item(email=email))
    assert str(caught.value) == "email: not one bare mail address"


@pytest.mark.parametrize(
    ("base", "link"),
    [
        ("https://shop.example", "https://shop.example?"),
        ("https://shop.example/", "https://shop.example/?"),
        ("http://localhost:8080/activate", "http://localhost:8080/activate?"),
        ("https://[::1]:8443/a", "https://[::1]:8443/a?"),
        ("https://shop.example/a?", "https://shop.example/a?"),
        ("https://shop.example/a?lang=de", "https://shop.example/a?lang=de&"),
        ("https://shop.example/a?b&c=%FF;d=+e", "https://shop.example/a?b&c=%FF;d=+e&"),
    ],
)
def test_the_link_starts_with_the_base_as_it_is(base: str, link: str) -> None:
    assert activation_link(base, "anna", "t") == f"{link}username=anna&token=t"


def test_a_fragment_stays_behind_the_query() -> None:
    assert (
        activation_link("https://shop.example/#/activate", "anna", "t")
        == "https://shop.example/?username=anna&token=t#/activate"
    )


@pytest.mark.parametrize(
    "base",
    [
        "javascript:alert(1)",
        "javascript://shop.example/%0Aalert(1)",
        "data:text/html,x",
        "ftp://shop.example/",
        "//shop.example/",
        "shop.example/activate",
        "/activate",
        "https://",
        "https:///activate",
        "https://?a=b",
        "https://:443/",
        "https://[::1/",
        "https://[nonsense]/",
        "https://shop.example:port/",
        "https://shop.example:99999/",
        "https://shop.example/ activate",
        "https://shop.example/\nBcc: x",
        "https://shop\t.example/",
        "https://shop.example/\u202e",
    ],
)
def test_a_base_that_is_no_address_is_refused(base: str) -> None:
    with pytest.raises(InvalidUserError, match=r"^activationUrlBase: "):
        activation_link(base, "anna", "t")


def test_blanks_around_the_base_are_no_part_of_it() -> None:
    link = recipient_of(item(activationUrlBase=" https://shop.example/a\n")).activation_link
    assert link.startswith("https://shop.example/a?")


@given(
    # Not a lone surrogate, which has no UTF-8; DynamoDB has none either.
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
)
def test_any_username_and_token_arrive_as_they_are(username: str, token: str) -> None:
    link = activation_link("https://shop.example/activate", username, token)
    assert link.isascii()
    assert link.isprintable()
    assert " " not in link
    query = parse_qs(urlsplit(link).query, strict_parsing=True)
    assert query == {"username": [username], "token": [token]}


def test_blanks_belong_to_a_username_and_a_token() -> None:
    link = recipient_of(item(username=" anna ", activationToken=" t ")).activation_link
    assert parse_qs(urlsplit(link).query) == {"username": [" anna "], "token": [" t "]}


def test_neither_address_nor_token_is_in_the_repr() -> None:
    assert repr(recipient_of(item())) == "Recipient(name='Anna Berg', account=None)"


ATTRIBUTE = st.one_of(
    st.builds(lambda text: {"S": text}, STORABLE_TEXT),
    st.sampled_from([{"N": "5"}, {"NULL": True}, {"BOOL": True}, {"M": {}}, {"SS": ["x"]}]),
)
REFUSALS = {
    "username: missing, empty, or not a string",
    "email: missing, empty, or not a string",
    "email: not one bare mail address",
    "activationUrlBase: missing, empty, or not a string",
    "activationUrlBase: not an http or https address",
    "activationToken: missing, empty, or not a string",
}


@given(
    st.dictionaries(
        st.sampled_from(["username", "name", "email", "activationUrlBase", "activationToken"]),
        ATTRIBUTE,
    )
)
def test_any_item_is_a_recipient_or_refused_by_an_attributes_name(attributes: Item) -> None:
    found, refusal = tried(lambda: recipient_of({**item(), **attributes}), InvalidUserError)
    if found is None:
        assert refusal in REFUSALS
    else:
        assert len(found.name) <= 100
        assert found.activation_link.isprintable()
        assert " " not in found.activation_link


@given(STORABLE_TEXT, STORABLE_TEXT)
def test_any_username_and_token_come_out_of_the_link_as_they_went_in(
    username: str, token: str
) -> None:
    link = activation_link("https://shop.example/activate?from=mail#top", username, token)
    assert link.isascii()
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "shop.example", "/activate")
    assert parts.fragment == "top"
    assert parse_qs(parts.query, keep_blank_values=True, errors="strict") == {
        "from": ["mail"],
        "username": [username],
        "token": [token],
    }


@given(STORABLE_TEXT)
def test_any_base_is_an_address_or_refused(base: str) -> None:
    for text in (base, f"https://{base}", f"https://shop.example{base}", f"https:/{base}/x"):
        link, refusal = tried(lambda: activation_link(text, "anna", "t0ken"), InvalidUserError)  # noqa: B023 - called at once
        if link is None:
            assert refusal == "activationUrlBase: not an http or https address"
        else:
            assert urlsplit(link).scheme in ("http", "https")
            assert urlsplit(link).hostname
            assert link.split() == [link]
