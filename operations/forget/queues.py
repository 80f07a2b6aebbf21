"""What the failure queues hold of a person."""

import json
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import unquote_plus

from operations.forget.person import Person
from operations.redrive.failure_queue import FailureQueue
from shared.mail_feedback import tag_of
from shared.profile_images import is_in_user_folder


def count_messages(queue: FailureQueue, person: Person) -> int:
    """How many messages of a queue are about a person; all of them stay there."""
    with closing(queue.messages()) as messages:
        return sum(is_about(message.body, person) for message in messages)


def delete_messages(queue: FailureQueue, person: Person) -> None:
    """Delete the messages of a queue that are about a person."""
    with closing(queue.messages()) as messages:
        for message in messages:
            if is_about(message.body, person):
                queue.delete(message)


def is_about(body: str, person: Person) -> bool:
    """Whether a message names a person: the username, the mail address, or one of their keys.

    An address and a key are like nothing else in a message. A username is not: somebody may be
    called "input" or "version", as a field of each message is: it counts in fields for it alone.
    """
    # A user's name is also the tag of the mails, in what SES says of them.
    tag = None if person.username is None else tag_of(person.username)
    named = {"input.username": person.username, "mail.tags.username": tag}
    return any(
        text == person.email
        or any(text == name and _ends_with(field, end) for end, name in named.items())
        # Keys come as S3 writes them in its events.
        or _is_picture_of(unquote_plus(text), person)
        for field, text in _texts(body)
    )


def _is_picture_of(key: str, person: Person) -> bool:
    if key in person.picture_keys:
        return True
    return person.profile_id is not None and is_in_user_folder(key, person.profile_id)


def _ends_with(field: str, end: str) -> bool:
    """Whether a field is one of these names, whatever envelope it lies in."""
    return field == end or field.endswith(f".{end}")


def _texts(value: object, field: str = "") -> Iterator[tuple[str, str]]:
    """Every string in a message with the names that lead to it, also in JSON that is a string."""
    if isinstance(value, str):
        yield field, value
        if value.lstrip().startswith(("{", "[", '"')):
            try:
                yield from _texts(json.loads(value), field)
            except (ValueError, RecursionError):
                return
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, f"{field}.{name}" if field else name)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, field)
