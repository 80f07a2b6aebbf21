"""`make lint` finds mistakes in texts, each planted once, with the settings of pyproject.toml."""

import subprocess
import sys
from pathlib import Path

import pytest

from tooling.paths import REPOSITORY

SETTINGS = REPOSITORY / "pyproject.toml"
CODESPELL = (sys.executable, "-m", "codespell_lib", "--toml", SETTINGS)
RUMDL = (Path(sys.executable).with_name("rumdl"), "check", "--config", SETTINGS)
# In two parts, so that codespell doesn't find it here.
MISSPELT = "sep" + "erate"

FIRST = """\
# First page

See [the second](docs/second.md), [its part](docs/second.md#what-it-costs) and [below](#the-end).

## The end

Nothing follows.
"""
SECOND = """\
# Second page

## What it costs

Nothing: see [the first](../first.md#the-end).
"""


@pytest.mark.parametrize(
    "page", sorted((REPOSITORY / "docs").glob("*.md")), ids=lambda page: page.name
)
def test_each_page_says_at_its_top_whom_it_is_for(page: Path) -> None:
    title, _, first, *_ = page.read_text(encoding="utf-8").split("\n")
    assert title.startswith("# ")
    assert first.startswith(
        ("For people who ", "For everybody who ", "For the person ", "For maintainers ")
    )


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Two pages that link to each other."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "first.md").write_text(FIRST, encoding="utf-8")
    (tmp_path / "docs" / "second.md").write_text(SECOND, encoding="utf-8")
    return tmp_path


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """The result of the first tool that finds something in a folder, or of the last one."""
    for command in (CODESPELL, RUMDL):
        done = subprocess.run(  # noqa: S603 - the project's own linters
            [*command, "."], cwd=folder, capture_output=True, text=True, check=False, timeout=60
        )
        if done.returncode != 0:
            break
    return done


def replace(page: Path, old: str, new: str) -> None:
    text = page.read_text(encoding="utf-8")
    assert old in text
    page.write_text(text.replace(old, new), encoding="utf-8")


def test_right_pages_pass(pages: Path) -> None:
    done = lint(pages)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("page", "old", "new", "said"),
    [
        ("first.md", "docs/second.md)", "docs/gone.md)", "first.md:3:"),
        ("first.md", "(#the-end)", "(#the-beginning)", "the-beginning"),
        ("first.md", "#what-it-costs", "#what-it-cost", "what-it-cost' not found in"),
        # The page with the link doesn't change, but the heading on the other page does.
        ("docs/second.md", "## What it costs", "## What it is worth", "first.md:3:"),
        ("docs/second.md", "../first.md", "first.md", "second.md:5:"),
        ("docs/second.md", "Nothing:", f"Nothing {MISSPELT}:", f"{MISSPELT} ==> separate"),
    ],
    ids=["file", "heading", "heading elsewhere", "renamed heading", "folder", "misspelling"],
)
def test_a_planted_mistake_is_found(pages: Path, page: str, old: str, new: str, said: str) -> None:
    replace(pages / page, old, new)
    done = lint(pages)
    assert done.returncode != 0
    assert said in done.stdout + done.stderr
