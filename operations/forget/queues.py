"""What the failure queues hold of a person."""

import json
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import unquote_plus

from operations.forget.person import Person
from operations.redrive.failure_queue import FailureQueue
from shared.mail_feedback import tag_of


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
    """Whether a message names a person: the username, the mail address, or one of their keys."""
    # A user's name is also the tag of the mails, in what SES says of them.
    tag = None if person.username is None else tag_of(person.username)
    names = {person.username, person.email, tag} - {None}
    folders: tuple[str, ...] = ()
    if person.profile_id is not None:
        folders = tuple(
            f"{prefix}/users/{person.profile_id}/" for prefix in ("original", "thumbnails")
        )
    return any(
        text in names
        # Keys come as S3 writes them in its events.
        or unquote_plus(text) in person.picture_keys
        or unquote_plus(text).startswith(folders)
        for text in _texts(body)
    )


def _texts(value: object) -> Iterator[str]:
    """Every string in a message, also in JSON that is a string of other JSON."""
    if isinstance(value, str):
        yield value
        if value.lstrip().startswith(("{", "[", '"')):
            try:
                yield from _texts(json.loads(value))
            except (ValueError, RecursionError):
                return
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
