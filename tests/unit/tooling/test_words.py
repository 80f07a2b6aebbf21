"""Words that the project's texts avoid are found where they are planted."""

import subprocess
from pathlib import Path

import pytest

from tooling.words import AVOIDED, findings, texts


@pytest.mark.parametrize("word", AVOIDED)
def test_a_planted_word_is_found_with_its_line(tmp_path: Path, word: str) -> None:
    (tmp_path / "page.md").write_text(f"# Title\n\nIt {word.upper()} it.\n", encoding="utf-8")
    (found,) = findings(tmp_path, ["page.md"])
    assert found.startswith(f"page.md:3: avoid {word!r}: ")


@pytest.mark.parametrize("start", ["", "    # ", "  // ", " * ", "> "])
def test_a_word_is_found_across_a_line_break(tmp_path: Path, start: str) -> None:
    wrapped = " a function\n".join([f"{start}by{{}}", f"{start}end\n"])
    text = wrapped.format(f" way\n{start}of")
    (tmp_path / "code.py").write_text(text, encoding="utf-8")
    (found,) = findings(tmp_path, ["code.py"])
    assert found.startswith("code.py:1: avoid 'by way of'")


@pytest.mark.parametrize(
    "text", ["renewed", "the end", "none of them", "telling often", "in the ending", "amended"]
)
def test_other_words_pass(tmp_path: Path, text: str) -> None:
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    assert not list(findings(tmp_path, ["page.md"]))


def test_a_picture_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "picture.jpg").write_bytes(b"\xff\xd8 anew")
    assert not list(findings(tmp_path, ["picture.jpg"]))


def test_what_git_would_take_is_read_and_what_it_ignores_is_not(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)  # noqa: S603, S607 - the user's own git
    for name in ("ignored.md", "new.md", "tooling/words.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("anew\n", encoding="utf-8")
    (tmp_path / ".gitignore").write_text("ignored.md\n", encoding="utf-8")
    assert list(texts(tmp_path)) == [".gitignore", "new.md"]
