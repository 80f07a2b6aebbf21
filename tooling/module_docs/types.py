"""Takes Terraform's type expressions apart, as python-hcl2 writes them: in one line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPENING, _CLOSING = "([{", ")]}"
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_ASSIGNMENT = re.compile(r"(\w+)\s*=\s*(.+)", re.DOTALL)
_COLLECTION = re.compile(r"(list|set|map)\((object\(.*\))\)", re.DOTALL)
_OBJECT = re.compile(r"object\(\{(.*)\}\)", re.DOTALL)
_OPTIONAL = re.compile(r"optional\((.*)\)", re.DOTALL)


@dataclass(frozen=True)
class Attribute:
    """An attribute of an object: its dotted name, its type, and the default if it is optional."""

    name: str
    type_name: str
    default: str | None


def short_name(type_text: str) -> str:
    """The type without the attributes of its objects, which have rows of their own."""
    if collection := _COLLECTION.fullmatch(type_text):
        return f"{collection[1]}(object)"
    return "object" if _OBJECT.fullmatch(type_text) else type_text


def attributes(type_text: str, prefix: str) -> Iterator[Attribute]:
    """Each attribute of the object, or of the collection of objects, and those within it."""
    if collection := _COLLECTION.fullmatch(type_text):
        prefix, type_text = f"{prefix}.*", collection[2]
    found = _OBJECT.fullmatch(type_text)
    for part in _split(found[1]) if found else ():
        assignment = _ASSIGNMENT.fullmatch(part)
        if assignment is None:
            raise ValueError(f"{part!r} is no attribute of an object type")
        name = f"{prefix}.{assignment[1]}"
        inner, default = _without_optional(assignment[2])
        yield Attribute(name, short_name(inner), default)
        yield from attributes(inner, name)


def _without_optional(type_text: str) -> tuple[str, str | None]:
    found = _OPTIONAL.fullmatch(type_text)
    if found is None:
        return type_text, None
    inner, *default = _split(found[1])
    return inner, default[0] if default else "null"


def _split(text: str) -> Iterator[str]:
    """The parts between commas that are in no bracket and no string."""
    depth, start, position = 0, 0, 0
    while position < len(text):
        if string := _STRING.match(text, position):
            position = string.end()
            continue
        character = text[position]
        depth += (character in _OPENING) - (character in _CLOSING)
        if character == "," and depth == 0:
            yield text[start:position].strip()
            start = position + 1
        position += 1
    if last := text[start:].strip():
        yield last
