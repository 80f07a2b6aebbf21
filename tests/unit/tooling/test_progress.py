import io

import pytest

from tooling.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_lines_where_there_is_no_terminal() -> None:
    stream = io.StringIO()

    with Progress(stream).step("Working"):
        pass

    first, second = stream.getvalue().splitlines()
    assert first == "Working ..."
    assert second.startswith("  Working: done in ")
    assert "\x1b" not in stream.getvalue()


def test_one_line_that_is_overwritten_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tooling.progress._LIVE_INTERVAL_SECONDS", 0.001)
    stream = Terminal()
    progress = Progress(stream)

    with progress.step("Working"):
        progress.detail("half")
        while "half" not in stream.getvalue():
            pass

    assert stream.getvalue().count("\n") == 1
    assert "\r\x1b[K  Working: done in" in stream.getvalue()


def test_failed_step_says_so() -> None:
    stream = io.StringIO()

    with pytest.raises(ValueError, match="x"), Progress(stream).step("Working"):
        raise ValueError("x")

    assert "Working: failed after" in stream.getvalue()


def test_a_line_of_its_own_while_a_step_runs() -> None:
    stream = Terminal()
    progress = Progress(stream)

    with progress.step("Working"):
        progress.say("one is done")

    assert "\x1b[Kone is done\n" in stream.getvalue()
