"""A finding is one line, whatever is in it."""

from operations.preflight.findings import fail, ok, warn


def test_a_line_says_how_it_is_what_was_found_and_what_to_do() -> None:
    assert str(ok("SES", "sending is enabled")) == "ok    SES: sending is enabled"
    assert str(warn("SES", "slow", "wait")) == "warn  SES: slow; wait"
    assert str(fail("SES", "It is off.", "switch it on")) == "fail  SES: It is off; switch it on"


def test_no_text_moves_the_cursor_or_begins_a_line() -> None:
    line = str(fail("\x1b[2Ja", "b\r\nok    all", "c\u202e\x07"))
    assert line == "fail  \\x1b[2Ja: b\\r\\nok    all; c\\u202e\\x07"


def test_a_long_text_is_cut() -> None:
    assert len(str(ok("a", "b" * 5000))) < 400
