"""The plan on GitHub's page of a run: all of it as text, and nothing hidden."""

from pathlib import Path

import pytest

from operations.deploy import summary


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "summary.md"


def test_the_plan_is_a_block_of_text(file: Path) -> None:
    file.write_text("before\n\n", "utf-8")
    summary.add(file, "Plan", ["Commit abc"], "\n  + a = 1\n")
    page = file.read_text("utf-8")
    assert page == "before\n\n## Plan\n\nCommit abc\n\n```text\n  + a = 1\n```\n\n"


def test_nothing_in_the_plan_ends_the_block(file: Path) -> None:
    summary.add(file, "Plan", [], "a\n```\n# approved\n`````\n")
    assert "\n``````text\na\n```\n# approved\n`````\n``````\n" in file.read_text("utf-8")


@pytest.mark.parametrize("run", [100, 101, 400_000, 2_000_000])
def test_no_run_of_backticks_makes_the_page_too_large(file: Path, run: int) -> None:
    summary.add(file, "Plan", [], f"a\n{'`' * run}\n" + "x\n" * 600_000)
    data = file.read_bytes()
    assert len(data) < 1024 * 1024
    fence = b"`" * (101 if run == 100 else 3)
    assert b"\n" + fence + b"text\na" in data
    assert data.endswith(b"\n" + fence + b"\n\n")


@pytest.mark.parametrize("hidden", ["\r", "\x1b", "\u202e", "\u2066", "\u200b", "\u2028"])
def test_what_could_hide_a_change_is_visible(file: Path, hidden: str) -> None:
    summary.add(file, "Plan", [], f"a{hidden}b")
    page = file.read_bytes().decode()
    assert hidden not in page
    assert f"a{ascii(hidden)[1:-1]}b" in page


def test_letters_of_all_languages_stay(file: Path) -> None:
    summary.add(file, "Plan", [], "grün → 日本")
    assert "grün → 日本" in file.read_text("utf-8")


@pytest.mark.parametrize("line", ["x" * 99, "ü" * 49 + "x"], ids=["ASCII", "two bytes"])
def test_what_github_does_not_show_is_said_before_the_plan(file: Path, line: str) -> None:
    summary.add(file, "Plan", [], f"{line}\n" * 11_000)
    data = file.read_bytes()
    assert 1024 * 1024 - 8192 < len(data) < 1024 * 1024
    before, plan = data.decode().split("```text\n")
    assert "Read the rest in the job's log before you approve" in before
    assert set(plan.removesuffix("\n```\n\n").split("\n")) == {line}
