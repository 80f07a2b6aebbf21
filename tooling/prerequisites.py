"""Checks what the local cloud needs on this machine, before it starts."""

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tooling import provider
from tooling.errors import ToolingError

NEEDED_TERRAFORM = (1, 11)
NEEDED_PYTHON = (3, 11)
_NEEDED_LIBRARIES = ("boto3", "PIL", "uv")
_ENGINE_QUESTION = (
    "import importlib.metadata as m, json, sys;"
    "print(json.dumps({'python': sys.version_info[:2], 'ministack': m.version('ministack')}))"
)

# Runs a command and returns its output, or None if it is missing or fails.
Runner = Callable[[Sequence[str]], str | None]


def run_command(command: Sequence[str]) -> str | None:
    """Run a short command; return its output, or None if it is missing or fails."""
    if shutil.which(command[0]) is None:
        return None
    try:
        finished = subprocess.run(  # noqa: S603 - the fixed commands of this module
            command, capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return finished.stdout


def check(
    engine_python: Path,
    engine_version: str,
    run: Runner = run_command,
    is_provider_fetched: Callable[[], bool] = provider.is_fetched,
) -> None:
    """Check everything that is needed.

    Raises:
        ToolingError: names everything that is missing, and how to get it.
    """
    problems = [
        *_python_problems(tuple(sys.version_info[:2])),
        *_library_problems(),
        *_terraform_problems(run),
        *_provider_problems(is_provider_fetched),
        *_engine_problems(engine_python, engine_version, run),
    ]
    if problems:
        listed = "\n".join(f"  - {problem}" for problem in problems)
        raise ToolingError(f"something is missing on this machine:\n{listed}")


def _python_problems(version: tuple[int, ...]) -> list[str]:
    if version >= NEEDED_PYTHON:
        return []
    return [f"Python {_dotted(NEEDED_PYTHON)} or newer is needed, this is {_dotted(version)}"]


def _library_problems() -> list[str]:
    missing = [name for name in _NEEDED_LIBRARIES if importlib.util.find_spec(name) is None]
    if not missing:
        return []
    return [f"this Python has no {', '.join(missing)}: run `make setup`, then use `make demo`"]


def _terraform_problems(run: Runner) -> list[str]:
    needed = _dotted(NEEDED_TERRAFORM)
    how = "see https://developer.hashicorp.com/terraform/install"
    answer = run(["terraform", "version", "-json"])
    if answer is None:
        return [f"terraform {needed} or newer is not in PATH, or does not start: {how}"]
    try:
        text = str(json.loads(answer)["terraform_version"])
        version = tuple(int(part) for part in text.split(".")[:2])
    except (ValueError, KeyError, TypeError):
        return [f"`terraform version -json` prints something unknown: {answer[:100]!r}; {how}"]
    if version < NEEDED_TERRAFORM:
        return [f"terraform {needed} or newer is needed, found {text}: {how}"]
    return []


def _provider_problems(is_fetched: Callable[[], bool]) -> list[str]:
    return [] if is_fetched() else ["the Terraform provider is not fetched: run `make setup`"]


def _engine_problems(python: Path, engine_version: str, run: Runner) -> list[str]:
    if not python.exists():
        return [f"the engine's environment {python} is missing: run `make setup`"]
    answer = run([str(python), "-I", "-c", _ENGINE_QUESTION])
    if answer is None:
        return [f"{python} has no ministack: run `make setup`"]
    found = json.loads(answer)
    if found["ministack"] != engine_version:
        return [f"ministack {engine_version} is needed, found {found['ministack']}: `make setup`"]
    # The packages are built for this Python, and run on the engine's.
    if tuple(found["python"]) != tuple(sys.version_info[:2]):
        pythons = f"Python {_dotted(found['python'])}, this is {_dotted(sys.version_info[:2])}"
        return [f"the engine's environment has {pythons}: run `make setup`"]
    return []


def _dotted(version: Sequence[int]) -> str:
    return ".".join(str(part) for part in version)
