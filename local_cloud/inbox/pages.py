"""The mailbox's pages. All content of a mail is escaped or shown in a sandbox."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote

from local_cloud.engine.mails import Mail

_FOLDER = Path(__file__).parent


def path_of(mail: Mail) -> str:
    """The path of the page that shows a mail."""
    return f"/mails/{quote(mail['message_id'], safe='')}"


def show_inbox(mails: Sequence[Mail], opened: Mail | None = None, *, note: str = "") -> str:
    """The page: the list of mails, newest first, beside the opened mail or a note.

    `mails` has the oldest first; `note` defaults to what to do.
    """
    newest_first = list(reversed(mails))
    return _template("page.html").substitute(
        title=escape(opened["subject"] if opened else "Mailbox"),
        count=f"{len(mails)} mail" if len(mails) == 1 else f"{len(mails)} mails",
        mails="\n".join(_entry(mail, is_opened=mail is opened) for mail in newest_first),
        opened=_opened(opened) if opened else _note(note or _what_to_do(mails)),
    )


def show_html_part(mail: Mail) -> str:
    """A mail's HTML, unchanged, but its links open outside of its frame."""
    # Browsers ignore the mail's own doctype behind this, and only the first `base` counts.
    return f'<!doctype html>\n<base target="_blank">\n{mail["html"]}'


def _entry(mail: Mail, *, is_opened: bool) -> str:
    to = escape(_recipients(mail))
    return (
        f'<li><a class="mail" href="{escape(path_of(mail))}" data-to="{to}"'
        f"{' aria-current=page' if is_opened else ''}>"
        f'<span class="to">{to}</span> {_time(mail)}'
        f' <span class="subject">{escape(mail["subject"])}</span></a></li>'
    )


def _opened(mail: Mail) -> str:
    return _template("mail.html").substitute(
        subject=escape(mail["subject"]),
        sender=escape(mail["sender"]),
        to=escape(_recipients(mail)),
        time=_time(mail),
        html_part=_html_frame(mail) if mail["html"] else _note("This mail has no HTML part."),
        text=escape(mail["text"]),
    )


def _html_frame(mail: Mail) -> str:
    return (
        f'<iframe id="mail-html" title="The mail as HTML" src="{escape(path_of(mail))}/html"'
        ' sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
    )


def _what_to_do(mails: Sequence[Mail]) -> str:
    if mails:
        return "Choose a mail to read it."
    return "No mails yet. New mails appear here by themselves."


def _note(text: str) -> str:
    return f'<p class="note">{escape(text)}</p>'


def _recipients(mail: Mail) -> str:
    return ", ".join(mail["to"])


def _time(mail: Mail) -> str:
    """In UTC; the page's script shows it in the reader's own time zone."""
    sent = datetime.fromtimestamp(mail["sent_at"], UTC)
    return f'<time datetime="{sent:%Y-%m-%dT%H:%M:%SZ}">{sent:%H:%M:%S} UTC</time>'


@cache
def _template(name: str) -> Template:
    return Template((_FOLDER / name).read_text(encoding="utf-8"))
