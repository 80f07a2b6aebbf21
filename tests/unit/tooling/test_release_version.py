"""The version, in each file that states it."""

from pathlib import Path

import pytest

from tooling.release import version
from tooling.release.errors import ReleaseError

PYPROJECT = '[project]\nname = "x"\nversion = "0.9.0"\n\n[tool.mypy]\npython_version = "3.11"\n'
OPENAPI = """\
{
  "openapi": "3.1.0",
  "info": {
    "title": "x",
    "version": "0.9.0"
  },
  "paths": {
    "/a": {
      "version": "7"
    }
  }
}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in {
        "pyproject.toml": PYPROJECT,
        "lambdas/web_api/version.py": '"""Docs."""\n\nVERSION = "0.9.0"\n',
        "docs/openapi.json": OPENAPI,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "text",
    [
        *("", "1", "1.0", "1.0.0.0", "v1.0.0", "1.0.0 ", "1.0.0\n", "01.0.0", "1.0.0-rc.1"),
        *("1.0.0+1", "-1.0.0", "one", "$(touch RAN)", "1..0", "\u0661.0.0"),
    ],
)
def test_what_is_not_three_numbers_is_refused(text: str) -> None:
    with pytest.raises(ReleaseError, match="not a semantic version"):
        version.parse(text)


def test_versions_compare_by_number() -> None:
    assert version.parse("0.10.0") > version.parse("0.9.12") > version.parse("0.9.2")


def test_only_the_version_is_changed_in_each_place(root: Path) -> None:
    changed = version.changed_to(root, "1.0.0")

    assert {path.relative_to(root).as_posix() for path in changed} == {
        *("pyproject.toml", "lambdas/web_api/version.py", "docs/openapi.json"),
    }
    for path, text in changed.items():
        before = path.read_text(encoding="utf-8")
        assert text == before.replace("0.9.0", "1.0.0")
        assert text.count("1.0.0") == 1


@pytest.mark.parametrize("name", ["lambdas/web_api/version.py", "docs/openapi.json"])
def test_another_version_is_found(root: Path, name: str) -> None:
    assert version.disagreements(root) == []

    path = root / name
    path.write_text(path.read_text("utf-8").replace("0.9.0", "0.9.1"), encoding="utf-8")

    assert version.disagreements(root) == [f"{name} has version 0.9.1, pyproject.toml has 0.9.0"]


@pytest.mark.parametrize(
    ("text", "lines"), [("", 0), ('version = "1.0.0"\nversion = "1.0.0"\n', 2)]
)
def test_a_file_without_exactly_one_version_is_named(root: Path, text: str, lines: int) -> None:
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ReleaseError, match=rf"^pyproject.toml: {lines} lines match"):
        version.current(root)


def test_a_missing_file_is_named(root: Path) -> None:
    (root / "docs" / "openapi.json").unlink()
    with pytest.raises(ReleaseError, match=r"^docs/openapi.json can't be read"):
        version.disagreements(root)
