"""Compiles bytecode for the target's Python, by an interpreter of exactly that version."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packager.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROGRAM = Path(__file__).with_name("compile_sources.py")

# Prints a Python's implementation, its build flags and its full version.
IDENTITY = """\
import sys
print(sys.implementation.name, sys.abiflags or "-", sys.version.split()[0])
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python to compile with: its program and its full version, such as `3.13.0`."""

    program: str
    version: str


@dataclass(frozen=True)
class Source:
    """A file to compile, the name it has in tracebacks, and where its bytecode goes."""

    path: Path
    file_name: str
    bytecode: Path


def find_interpreter(python_version: str) -> Interpreter | None:
    """Find a CPython of exactly this minor version (`3.13`) on this machine, the running one first.

    Looks at PATH, then at what uv and pyenv have installed. Nothing is downloaded.
    """
    running = version_if_plain(sys.implementation.name, sys.abiflags or "-", sys.version.split()[0])
    if running.startswith(f"{python_version}."):
        return Interpreter(sys.executable, running)
    for program in candidates(python_version):
        version = version_of(program)
        if version.startswith(f"{python_version}."):
            return Interpreter(str(program), version)
    return None


def version_if_plain(implementation: str, abi_flags: str, version: str) -> str:
    """Return the version of a plain CPython, or an empty text.

    Other builds (free-threaded: "t", debug: "d") may compile to other bytecode.
    """
    return version if (implementation, abi_flags) == ("cpython", "-") else ""


def candidates(python_version: str) -> Iterator[Path]:
    """Yield programs that could be the Python of this version."""
    name = f"python{python_version}"
    yield from filter(is_program, (Path(folder, name) for folder in os.get_exec_path()))
    # Without a home folder it stays `~`, where no Python is.
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path's raises an error there
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python")
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    for pattern, folder in (
        (f"cpython-{python_version}.*-*/bin/{name}", uv),
        (f"versions/{python_version}.*/bin/{name}", pyenv),
    ):
        yield from sorted(filter(is_program, folder.glob(pattern)), key=patch_number, reverse=True)


def is_program(path: Path) -> bool:
    """Return whether it is a program, not a script like pyenv's, which start varying Pythons."""
    try:
        with path.open("rb") as file:
            return file.read(2) != b"#!" and os.access(path, os.X_OK)
    except OSError:
        return False


def patch_number(program: Path) -> int:
    """Return 7 for …/3.13.7/bin/python3.13 and …/cpython-3.13.7-linux-…/bin/python3.13."""
    digits = program.parents[1].name.split(".")[-1].partition("-")[0]
    return int(digits) if digits.isdigit() else -1


def version_of(program: Path) -> str:
    """Return the full version of a plain CPython program, or an empty text."""
    import subprocess  # noqa: PLC0415 - 3 ms, and not needed where the running Python will do

    try:
        result = subprocess.run(  # noqa: S603 - the interpreter that was found, no shell
            [str(program), "-I", "-S", "-c", IDENTITY],
            check=False,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError:  # empty, damaged, or for another machine
        return ""
    words = result.stdout.split()
    return version_if_plain(*words) if result.returncode == 0 and len(words) == 3 else ""


def bytecode_name(name: str, python_version: str) -> str:
    """Return the path at which Python looks for the bytecode of a source in a zip."""
    folder, _, file = name.rpartition("/")
    tag = python_version.replace(".", "")
    prefix = f"{folder}/" if folder else ""
    return f"{prefix}__pycache__/{file.removesuffix('.py')}.cpython-{tag}.pyc"


def compile_sources(interpreter: Interpreter, sources: Sequence[Source]) -> set[Path]:
    """Compile sources to unchecked-hash bytecode; return those that don't compile.

    Raises:
        BuildError: the interpreter does not work.
    """
    from packager.programs import run_program, without_python_settings  # noqa: PLC0415 - 11 ms

    jobs = [[str(s.path), s.file_name, str(s.bytecode)] for s in sources]
    # No site-packages, no bytecode of its own, no warnings about other people's code.
    result = run_program(
        [interpreter.program, "-P", "-s", "-S", "-B", "-W", "ignore", str(PROGRAM)],
        {**without_python_settings(), "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"},
        json.dumps(jobs),
    )
    if result.returncode != 0:
        raise BuildError(
            f"{interpreter.program}: cannot compile; repair this Python or remove it from PATH\n"
            f"{result.stderr.strip()}"
        )
    return {Path(path) for path in json.loads(result.stdout)}
