"""The commands that the documentation gives: its blocks of shell, and what is called in them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tooling.paths import REPOSITORY

_BLOCK = re.compile(r"^( *)```shell\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_AWS = re.compile(r"(?:^|[\s(;|])aws ([a-z0-9-]+) ([a-z0-9-]+)")
_OPTION = re.compile(r"--([a-z0-9-]+)")
_MAKE = re.compile(r"^make ([^#\n]*)", re.MULTILINE)
_INLINE_MAKE = re.compile(r"`make\s+([^`]+)`")


@dataclass(frozen=True)
class AwsCall:
    """A call of the AWS CLI.

    Attributes:
        service: Such as "sqs".
        operation: Such as "list-queues".
        options: The options' names, without the hyphens in front.
    """

    service: str
    operation: str
    options: tuple[str, ...]


def pages() -> list[Path]:
    """Every page of the documentation."""
    return [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]


def blocks_of(page: Path) -> list[str]:
    """A page's blocks of shell, those within lists too."""
    text = page.read_text(encoding="utf-8")
    return [
        re.sub(f"^{indent}", "", block, flags=re.MULTILINE)
        for indent, block in _BLOCK.findall(text)
    ]


def make_calls(block: str) -> list[list[str]]:
    """The arguments of each call of make in a block."""
    return [shlex.split(arguments) for arguments in _MAKE.findall(block)]


def inline_make_calls(page: Path) -> list[list[str]]:
    """The arguments of each call of make within a page's sentences."""
    text = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    return [shlex.split(arguments) for arguments in _INLINE_MAKE.findall(text)]


def aws_calls(block: str) -> Iterator[AwsCall]:
    """Each call of the AWS CLI in a block, also one within another's arguments."""
    text = block.replace("\\\n", " ")
    for found in _AWS.finditer(text):
        arguments = _own_arguments(text[found.end() :])
        yield AwsCall(found[1], found[2], tuple(_OPTION.findall(arguments)))


def _own_arguments(text: str) -> str:
    """The rest of a command, without what is quoted or is a command within it."""
    kept: list[str] = []
    place = 0
    while place < len(text) and text[place] not in "|;)\n":
        if text.startswith(" #", place):
            break
        if text[place] in "'\"":
            place = _behind_quotes(text, place)
        elif text[place] == "(":
            place = _behind_brackets(text, place)
        else:
            kept.append(text[place])
            place += 1
    return "".join(kept)


def _behind_quotes(text: str, place: int) -> int:
    quote = text[place]
    place += 1
    while text[place] != quote:
        is_command = quote == '"' and text.startswith("$(", place)
        place = _behind_brackets(text, place + 1) if is_command else place + 1
    return place + 1


def _behind_brackets(text: str, place: int) -> int:
    place += 1
    while text[place] != ")":
        if text[place] in "'\"":
            place = _behind_quotes(text, place)
        elif text[place] == "(":
            place = _behind_brackets(text, place)
        else:
            place += 1
    return place + 1
