"""The trial of the next AWS provider: on a copy, and never silent when it could not run."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tooling import next_provider
from tooling.errors import ToolingError
from tooling.paths import TERRAFORM_SOURCE

# Notes its calls, and fails in one of them.
TERRAFORM = """\
#!/bin/sh
shift # -chdir=...
echo "$1 $AWS_ACCESS_KEY_ID" >>"$HOME/calls"
echo "said by $1"
[ "$1" != "%s" ]
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """terraform/ with a module and what a person keeps there."""
    folder = tmp_path / "terraform"
    for name in (".", "modules/web", "examples/one"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "versions.tf").write_text('  version = "~> 5.100"\n', "utf-8")
        (folder / name / ".terraform.lock.hcl").touch()
    (folder / "terraform.tfvars").touch()
    (folder / "backend.tf").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of the user")
    return folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    (tmp_path / "copy").mkdir()
    return tmp_path / "copy" / "terraform"


@pytest.fixture
def terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a terraform into PATH that fails in one command."""

    def put(fails: str) -> None:
        program = tmp_path / "bin" / "terraform"
        program.parent.mkdir()
        program.write_text(TERRAFORM % fails, "utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")

    return put


def test_a_copy_is_validated_and_tested(
    tmp_path: Path,
    source: Path,
    copy: Path,
    terraform: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    terraform("nothing")
    assert next_provider.try_out(source, copy) == 0
    constraints = {file.read_text("utf-8") for file in copy.rglob("versions.tf")}
    assert constraints == {'  version = ">= 6.0, < 7.0"\n'}
    assert list(copy.rglob(".terraform.lock.hcl")) == []
    assert not (copy / "terraform.tfvars").exists()
    assert not (copy / "backend.tf").exists()
    assert "~> 5.100" in (source / "versions.tf").read_text("utf-8")
    calls = (tmp_path / "calls").read_text("utf-8").splitlines()
    assert calls == ["init local", "version local", "validate local", "test local"]
    assert "said by validate" in capsys.readouterr().out


FAILURES = {
    "init": (2, "NOT RUN: the provider can't be fetched from the registry."),
    "validate": (1, "FAILED with the provider >= 6.0, < 7.0:"),
    "test": (1, "FAILED with the provider >= 6.0, < 7.0:"),
}


@pytest.mark.parametrize("fails", FAILURES)
def test_a_failure_is_no_success(
    source: Path,
    copy: Path,
    terraform: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
    fails: str,
) -> None:
    exit_code, message = FAILURES[fails]
    terraform(fails)
    assert next_provider.try_out(source, copy) == exit_code
    said = capsys.readouterr().out
    assert message in said
    assert f"said by {fails}" in said


def test_a_constraint_that_it_does_not_know_stops_it(source: Path, copy: Path) -> None:
    (source / "modules" / "web" / "versions.tf").write_text('version = ">= 5"\n', "utf-8")
    with pytest.raises(ToolingError, match=r"modules/web/versions\.tf has 0 constraints"):
        next_provider.try_out(source, copy)


def test_it_knows_every_constraint_of_the_code() -> None:
    files = list(TERRAFORM_SOURCE.rglob("versions.tf"))
    found = {file: next_provider.CONSTRAINT.findall(file.read_text("utf-8")) for file in files}
    assert [file for file, constraints in found.items() if len(constraints) != 1] == []
