import pytest

from tooling.errors import ToolingError
from tooling.polling import wait_until


def test_what_was_found_is_returned() -> None:
    answers = iter([None, "", "here"])

    assert wait_until(lambda: next(answers), "x", interval_seconds=0) == "here"


def test_deadline_names_what_did_not_come() -> None:
    with pytest.raises(ToolingError, match="the mail: not seen within 0 s"):
        wait_until(lambda: None, "the mail", deadline_seconds=0)
