import re
from html.parser import HTMLParser
from typing import Literal, cast

import pytest

from local_cloud.engine.mails import Mail
from local_cloud.inbox import pages
from tests.unit.hostile import STORABLE_INJECTIONS

HOSTILE = "\"><script>alert(1)</script> & '$title"


def make_mail(number: int = 1, **changes: object) -> Mail:
    mail = {
        "message_id": f"id-{number}@email.amazonses.com",
        "sent_at": 1795376000.25 + number,
        "sender": "shop@example.com",
        "to": [f"user{number}@example.com"],
        "subject": f"Subject {number}",
        "text": f"Text {number}",
        "html": f"<p>Part {number}</p>",
        **changes,
    }
    return cast("Mail", mail)


class Elements(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [
            attributes
            for name, attributes in self.found
            if name == tag and wanted.items() <= attributes.items()
        ]


def test_mails_are_listed_newest_first() -> None:
    page = pages.show_inbox([make_mail(1), make_mail(2)])

    links = Elements(page).all("a", **{"class": "mail"})
    assert [link["data-to"] for link in links] == ["user2@example.com", "user1@example.com"]
    assert 'datetime="2026-11-22T' in page
    assert "2 mails" in page


@pytest.mark.parametrize(("count", "text"), [(0, "0 mails"), (1, "1 mail"), (3, "3 mails")])
def test_count_of_mails_is_told(count: int, text: str) -> None:
    page = pages.show_inbox([make_mail(number) for number in range(count)])

    assert f'<p id="state" role="status">{text}</p>' in page


def test_empty_mailbox_says_that_mails_show_by_themselves() -> None:
    assert "No mails yet" in pages.show_inbox([])
    assert "Choose a mail" in pages.show_inbox([make_mail()])


def test_opened_mail_shows_both_parts_and_is_marked_in_the_list() -> None:
    mails = [make_mail(1), make_mail(2)]

    elements = Elements(pages.show_inbox(mails, mails[0]))

    (marked,) = elements.all("a", **{"aria-current": "page"})
    assert marked["data-to"] == "user1@example.com"
    (frame,) = elements.all("iframe", id="mail-html")
    assert frame["src"] == f"{pages.path_of(mails[0])}/html"
    assert frame["title"]
    assert len(elements.all("pre", id="mail-text")) == 1
    assert "Text 1" in elements.text
    assert "Text 2" not in elements.text


def test_frame_of_the_mail_may_open_links_and_nothing_else() -> None:
    mail = make_mail()

    (frame,) = Elements(pages.show_inbox([mail], mail)).all("iframe")

    assert frame["sandbox"] == "allow-popups allow-popups-to-escape-sandbox"


def test_mail_of_text_only_has_no_frame() -> None:
    mail = make_mail(html="")

    page = pages.show_inbox([mail], mail)

    assert Elements(page).all("iframe") == []
    assert "no HTML part" in page


@pytest.mark.parametrize("field", ["message_id", "sender", "subject", "text"])
def test_nothing_of_a_mail_gets_into_the_page_as_html(
    field: Literal["message_id", "sender", "subject", "text"],
) -> None:
    mail = make_mail()
    mail[field] = HOSTILE

    elements = Elements(pages.show_inbox([mail], mail))

    assert len(elements.all("script")) == 1
    assert len(elements.all("h1")) == 1
    assert len(elements.all("a", **{"class": "mail"})) == 1
    assert field == "message_id" or HOSTILE in elements.text


def test_recipient_is_escaped_where_it_is_an_attribute() -> None:
    mail = make_mail(to=[HOSTILE, "b@example.com"])

    elements = Elements(pages.show_inbox([mail], mail))

    (link,) = elements.all("a", **{"class": "mail"})
    assert link["data-to"] == f"{HOSTILE}, b@example.com"


def test_text_that_begins_with_an_empty_line_keeps_it() -> None:
    """HTML drops a line break right after <pre>, so there must be one more."""
    mail = make_mail(text="\nHello")

    assert re.search(r"<pre[^>]*>\n\nHello</pre>", pages.show_inbox([mail], mail))


def test_links_of_the_html_part_open_outside_of_the_frame() -> None:
    part = pages.show_html_part(make_mail(html='<base target="_self"><a href="/x">x</a>'))

    assert Elements(part).all("base")[0] == {"target": "_blank"}
    assert part.endswith('<a href="/x">x</a>')


@pytest.mark.parametrize("text", STORABLE_INJECTIONS)
def test_whatever_a_mail_says_adds_nothing_to_the_page(text: str) -> None:
    other = make_mail()
    plain = Elements(pages.show_inbox([other], other))
    mail = make_mail(message_id=text, sender=text, to=[text], subject=text, text=text)
    page = Elements(pages.show_inbox([mail], mail))
    assert [tag for tag, _ in page.found] == [tag for tag, _ in plain.found]
    assert [set(found) for _, found in page.found] == [set(found) for _, found in plain.found]


@pytest.mark.parametrize("text", STORABLE_INJECTIONS)
def test_whatever_a_note_says_adds_nothing_to_the_page(text: str) -> None:
    plain, page = (Elements(pages.show_inbox([], note=note)) for note in ("plain", text))
    assert page.found == plain.found
