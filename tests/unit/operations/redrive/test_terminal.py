"""What is printed of what a stranger wrote."""

import pytest

from operations.redrive.terminal import shown


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain: Ünïcode, 漢字", "plain: Ünïcode, 漢字"),
        ("two\nlines\r\n", "two\\nlines\\r\\n"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("right-to-left \u202e mark", "right-to-left \\u202e mark"),
        ("", ""),
    ],
)
def test_only_what_can_be_printed_is_printed_as_it_is(text: str, line: str) -> None:
    assert shown(text) == line


def test_a_long_text_is_cut() -> None:
    assert shown("x" * 300) == "x" * 300
    assert shown("x" * 301) == "x" * 300 + "…"
    assert len(shown("\x00" * 1_000_000)) == 301
