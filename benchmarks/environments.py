"""The benchmark's environments in .local/bench: made on the first run, then reused."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import uv

PROJECT = Path(__file__).resolve().parent.parent
BENCH = PROJECT / ".local" / "bench"
HERE = PROJECT / "benchmarks"
TARGET_PYTHON = "3.13"


class PeerMissingError(Exception):
    """A peer is not available. The message says why, in words that can be published.

    Attributes:
        details: its program's output, which may name folders and servers: for the terminal only.
    """

    def __init__(self, reason: str, details: str = "") -> None:
        super().__init__(reason)
        self.details = details


def explained(peer: str, error: PeerMissingError) -> str:
    """Return why a peer is missing, for the report, and print the details on the terminal."""
    announce(f"{peer}: {error}\n{error.details}".rstrip())
    return f"{peer}: {error}"


Command = Sequence[str | Path]


@dataclass(frozen=True)
class Finished:
    """A successful command: its output, its time, and the peak memory of its largest process."""

    output: str
    seconds: float
    peak_bytes: int


def run(
    command: Command,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path = PROJECT,
) -> Finished:
    """Run a command in `folder` and measure it.

    `environment` holds all its variables; None stands for this process's.

    Raises:
        PeerMissingError: it is missing or failed; with the end of its output.
    """
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        start = time.perf_counter()
        try:
            process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=complained,
                env=environment,
                cwd=folder,
            )
        except OSError as error:
            raise PeerMissingError(f"{Path(command[0]).name}: {error.strerror}") from error
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output, errors = _text(said), _text(complained)
    if process.returncode != 0:
        reason = f"{Path(command[0]).name} ended with {process.returncode}"
        raise PeerMissingError(reason, (errors or output).strip()[-2000:])
    unit = 1 if sys.platform == "darwin" else 1024
    return Finished(output, seconds, usage.ru_maxrss * unit)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def uv_program() -> str:
    """Return the path of the pinned uv."""
    return uv.find_uv_bin()


def target_python() -> Path | None:
    """Return an interpreter of Lambda's Python version, or None."""
    return next((path for path in _candidates() if _is_target(path)), None)


def _candidates() -> Iterator[Path]:
    name = f"python{TARGET_PYTHON}"
    if found := shutil.which(name):
        yield Path(found)
    yield Path("/usr/bin", name)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{TARGET_PYTHON}.*/bin/{name}"))
    uv_pythons = Path.home() / ".local/share/uv/python"
    yield from sorted(uv_pythons.glob(f"cpython-{TARGET_PYTHON}.*/bin/{name}"))


def _is_target(path: Path) -> bool:
    """Whether the file runs and is that Python, which a shim of pyenv may not be."""
    show = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        return path.is_file() and run([path, "-c", show]).output.strip() == TARGET_PYTHON
    except PeerMissingError:
        return False


def python_environment(name: str, python: Path, requirements: Sequence[Path]) -> Path:
    """Return the folder of a virtual environment with the pinned requirements.

    Raises:
        PeerMissingError: something can't be installed.
    """
    folder = BENCH / name
    if not _is_made(folder, requirements, str(python)):
        shutil.rmtree(folder, ignore_errors=True)
        announce(f"making the environment {name}")
        run([uv_program(), "venv", "--quiet", "--no-config", "--python", python, folder])
        arguments = [part for path in requirements for part in ("--requirements", str(path))]
        run(
            [
                uv_program(),
                "pip",
                "install",
                "--quiet",
                "--no-config",
                "--python",
                folder / "bin/python",
                *arguments,
            ]
        )
        _stamp(folder, requirements, str(python))
    return folder


def package_folder(
    name: str, python: Path, requirements: Sequence[Path], constraints: Path
) -> Path:
    """Return a folder with the required packages, in the form of pip's --target.

    Raises:
        PeerMissingError: something can't be installed.
    """
    folder, inputs = BENCH / name, [*requirements, constraints]
    if not _is_made(folder, inputs, str(python)):
        shutil.rmtree(folder, ignore_errors=True)
        announce(f"installing into {name}")
        arguments = [part for path in requirements for part in ("--requirements", str(path))]
        run(
            [
                uv_program(),
                "pip",
                "install",
                "--quiet",
                "--no-config",
                "--python",
                python,
                "--target",
                folder,
                "--constraints",
                constraints,
                *arguments,
            ]
        )
        _stamp(folder, inputs, str(python))
    return folder


def npm_environment(name: str) -> Path:
    """Return a folder with the node_modules that benchmarks/package.json pins.

    Raises:
        PeerMissingError: there is no npm, or something can't be installed.
    """
    folder, pins = BENCH / name, HERE / "package.json"
    if not _is_made(folder, [pins], ""):
        shutil.rmtree(folder, ignore_errors=True)
        announce(f"making the environment {name}")
        folder.mkdir(parents=True)
        shutil.copy(pins, folder)
        run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], folder=folder)
        _stamp(folder, [pins], "")
    return folder


def _is_made(folder: Path, inputs: Sequence[Path], also: str) -> bool:
    stamp = folder / ".made-from"
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == _digest(inputs, also)


def _stamp(folder: Path, inputs: Sequence[Path], also: str) -> None:
    """Note the environment's inputs, as the last step, so that a broken one is made again."""
    (folder / ".made-from").write_text(_digest(inputs, also), encoding="utf-8")


def _digest(inputs: Sequence[Path], also: str) -> str:
    data = b"".join(path.read_bytes() for path in inputs) + also.encode()
    return hashlib.sha256(data).hexdigest()


def announce(text: str) -> None:
    """Print a line of progress."""
    print(f"bench: {text}", file=sys.stderr, flush=True)
