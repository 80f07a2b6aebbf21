"""A project with two functions and a layer, and its builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import build
from tests.unit.packager.project import FakeWheels, write, write_function, write_requirements

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    write(root / "lambdas" / "shared" / "__init__.py")
    write(root / "lambdas" / "shared" / "clock.py", b"import time\n")
    greet = write_function(root, "greet", "boto3==1.44.5", "six==1.17.0")
    write(greet / "templates" / "mail.html", b"<p>Hello</p>\n")
    write_function(root, "count", "boto3==1.44.5", "six==1.17.0")
    write_requirements(root / "layers" / "pictures", "pillow==13.0.0")
    return root


@pytest.fixture
def wheels() -> FakeWheels:
    return FakeWheels()


@pytest.fixture
def without_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Python of the target's version, which saves most tests the time to compile."""
    monkeypatch.setattr(build, "find_interpreter", lambda _version: None)


@pytest.fixture
def run(
    root: Path,
    wheels: FakeWheels,
    capsys: pytest.CaptureFixture[str],
    without_interpreter: None,
) -> Callable[..., str]:
    """Build and expect success; return what was printed."""
    assert without_interpreter is None

    def run(*arguments: str) -> str:
        exit_code = build.main(arguments, root=root, wheels=wheels)
        printed = capsys.readouterr()
        assert exit_code == 0, printed.err
        assert printed.err.startswith("warning: no Python 3.13 on this machine")
        assert printed.err.count("\n") == 1
        return printed.out

    return run


@pytest.fixture
def fail(
    root: Path,
    wheels: FakeWheels,
    capsys: pytest.CaptureFixture[str],
    without_interpreter: None,
) -> Callable[..., str]:
    """Build and expect an error; return its text."""
    assert without_interpreter is None

    def fail(*arguments: str) -> str:
        assert build.main(arguments, root=root, wheels=wheels) == 1
        printed = capsys.readouterr().err
        assert "Traceback" not in printed
        warning, _, error = printed.partition("\n")
        assert warning.startswith("warning: no Python 3.13 on this machine")
        assert error.startswith("error: ")
        return error

    return fail
