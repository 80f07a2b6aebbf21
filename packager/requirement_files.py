"""Reads the lines of requirements files as pip does, without the slow imports to parse them."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from packager.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# In pip's order: the longer ones first, as UTF-32's begins with UTF-16's.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
CODING_PATTERN = re.compile(rb"coding[:=]\s*([-\w.]+)")


def require_file(path: Path) -> None:
    """Raise a BuildError unless `path` is a file."""
    if not path.is_file():
        raise BuildError(f"{path}: the file is missing; see docs/adding-a-lambda.md")


def requirement_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a requirements file without comments, continued lines joined."""
    require_file(path)
    try:
        text = decoded(path.read_bytes())
    except (UnicodeError, LookupError) as error:
        raise BuildError(f"{path}: cannot be read as text ({error}); save it as UTF-8") from error
    # First, as no line continues a comment.
    without_comments = re.sub(r"(?m)^[ \t]*#.*", "", text)
    for line in re.sub(r"\\\r?\n", " ", without_comments).splitlines():
        stripped = re.sub(r"(^|\s)#.*", "", line).strip()
        if stripped:
            yield stripped


def decoded(data: bytes) -> str:
    """Decode a requirements file by its BOM, its coding line, or else as UTF-8."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding)
    for line in data.split(b"\n")[:2]:
        coding = CODING_PATTERN.search(line) if line.startswith(b"#") else None
        if coding:
            return data.decode(coding[1].decode("ascii"))
    return data.decode("utf-8")
