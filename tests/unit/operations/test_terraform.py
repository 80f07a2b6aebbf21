"""terraform for an environment: its exit code, its variables, and what Ctrl-C does."""

import os
import signal
from pathlib import Path

import pytest

from operations.environments import Environment
from operations.errors import OperationsError
from operations.terraform import TerraformCommand
from tooling.terraform import UNATTENDED, Result


@pytest.fixture
def terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TerraformCommand:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    return TerraformCommand(Environment("staging", tmp_path / "terraform"))


def put(folder: Path, script: str) -> None:
    file = folder / "terraform"
    file.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    file.chmod(0o755)


def test_it_speaks_to_the_terminal_itself(
    terraform: TerraformCommand, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, 'echo "$@"; echo "$TF_DATA_DIR" >&2')
    terraform.show(["plan", "-input=false"])
    said = capfd.readouterr()
    assert said.out == f"-chdir={tmp_path / 'terraform'} plan -input=false\n"
    assert said.err == f"{terraform.environment.data_dir}\n"


@pytest.mark.parametrize("name", [None, "staging"])
def test_no_setting_of_the_shell_reaches_terraform(
    terraform: TerraformCommand,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    name: str | None,
) -> None:
    """Also not the TF_DATA_DIR of another environment."""
    put(tmp_path, "env | grep -E '^(TF|AWS|CHECKPOINT)_' | sort")
    for found in [name for name in os.environ if name.startswith(("AWS_", "TF_"))]:
        monkeypatch.delenv(found)
    for unwanted in ("TF_WORKSPACE", "TF_CLI_ARGS_plan", "TF_DATA_DIR"):
        monkeypatch.setenv(unwanted, "another's")
    for wanted in ("TF_VAR_region", "AWS_PROFILE"):
        monkeypatch.setenv(wanted, "x")
    environment = Environment(name, terraform.environment.source)
    own = [] if name is None else [f"TF_DATA_DIR={environment.data_dir}"]

    TerraformCommand(environment).show(["plan"])
    assert capfd.readouterr().out.splitlines() == ["AWS_PROFILE=x", *own, "TF_VAR_region=x"]
    unattended = [f"{name}={value}" for name, value in UNATTENDED.items()]
    assert TerraformCommand(environment).read(["output"]).splitlines() == sorted(
        ["AWS_PROFILE=x", *own, "TF_VAR_region=x", *unattended]
    )


def test_a_failure_points_at_what_it_said(terraform: TerraformCommand, tmp_path: Path) -> None:
    put(tmp_path, "exit 1")
    with pytest.raises(OperationsError, match="terraform apply failed: it says why above"):
        terraform.show(["apply"])


def test_no_terraform_says_where_to_get_it(
    terraform: TerraformCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(OperationsError, match=r"1\.11 or newer is required"):
        terraform.show(["plan"])


def test_a_failure_of_what_is_read_names_the_environment(
    terraform: TerraformCommand, tmp_path: Path
) -> None:
    put(tmp_path, "echo 'Error: no backend' >&2; exit 1")
    with pytest.raises(
        OperationsError, match="terraform output failed for environment staging: Error: no backend"
    ):
        terraform.read(["output", "-json"])
    assert terraform.run(["output"]) == Result(1, "", "Error: no backend\n")


@pytest.mark.parametrize(
    ("number", "script"),
    [
        # A terminal sends SIGINT to both; here terraform needs none to end.
        ("INT", "kill -INT $PPID; echo >finished"),
        # SIGTERM comes to this process alone, and terraform must get it too.
        (
            "TERM",
            "trap 'kill $!; echo >finished; exit 1' TERM; sleep 9 & kill -TERM $PPID; wait",
        ),
    ],
)
def test_an_interruption_waits_until_terraform_has_ended(
    terraform: TerraformCommand, tmp_path: Path, number: str, script: str
) -> None:
    put(tmp_path, f"cd '{tmp_path}'; {script}")
    former = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        terraform.show(["apply"])
    assert (tmp_path / "finished").exists(), number
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == former


@pytest.mark.parametrize("exit_code", [0, 1])
def test_an_interruption_that_came_too_late_does_not_count_for_the_last_command(
    terraform: TerraformCommand, tmp_path: Path, exit_code: int
) -> None:
    put(tmp_path, f"kill -INT $PPID; exit {exit_code}")
    if exit_code == 0:
        terraform.show(["apply"], last=True)
        return
    with pytest.raises(KeyboardInterrupt):
        terraform.show(["apply"], last=True)
