"""Findings that are accepted, and others."""

from pathlib import Path

import pytest

from scans.accepted import Acceptance, Finding, judge, read

OPEN_BUCKET = Finding("CKV_1", "module.pictures.aws_s3_bucket.this", "CKV_1: the bucket is open")
REASON = "It holds what everybody may see."


def acceptance(**changed: str) -> Acceptance:
    return Acceptance(
        **{"scan": "checkov", "rule": "CKV_1", "where": "*", "reason": REASON, **changed}
    )


def test_a_finding_that_nothing_accepts_is_to_act_on() -> None:
    assert judge([OPEN_BUCKET], []) == ["CKV_1: the bucket is open"]


def test_an_accepted_finding_is_not() -> None:
    assert judge([OPEN_BUCKET], [acceptance()]) == []
    assert judge([OPEN_BUCKET], [acceptance(where="module.pictures.*")]) == []


@pytest.mark.parametrize("changed", [{"rule": "CKV_2"}, {"where": "module.mails.*"}])
def test_an_entry_that_accepts_nothing_is_to_be_removed(changed: dict[str, str]) -> None:
    finding, entry = judge([OPEN_BUCKET], [acceptance(**changed)])

    assert finding == OPEN_BUCKET.text
    assert "[[checkov]]" in entry
    assert "remove the entry" in entry


def write(folder: Path, *lines: str) -> Path:
    path = folder / "accepted.toml"
    path.write_text("\n".join(["[[checkov]]", *lines]), encoding="utf-8")
    return path


def test_entries_are_read_by_scan(tmp_path: Path) -> None:
    path = write(tmp_path, 'rule = "CKV_1"', 'where = "*"', f'reason = "{REASON}"')

    assert read("checkov", path) == [acceptance()]
    assert read("parliament", path) == []


@pytest.mark.parametrize(
    "lines",
    [
        ['rule = "CKV_1"', 'where = "*"'],
        ['rule = "CKV_1"', 'where = "*"', 'reason = ""'],
        ['rule = "CKV_1"', 'where = "*"', 'reason = "not needed"'],
        ['rule = "CKV_1"', 'where = ["*"]', f'reason = "{REASON}"'],
        ['rule = "CKV_1"', 'where = "*"', f'reason = "{REASON}"', 'until = "2030-01-01"'],
    ],
)
def test_an_entry_without_a_reason_is_an_error(tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(ValueError, match=r"accepted\.toml"):
        read("checkov", write(tmp_path, *lines))
