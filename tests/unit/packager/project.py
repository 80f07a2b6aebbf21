"""A project to build, and an installer that needs no network."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from packager.targets import Target

ANY_HASH = f"--hash=sha256:{'0' * 64}"


@dataclass
class FakeInstaller:
    """Leaves in the destination what uv leaves there: packages, records, scripts, a lock."""

    installed: list[list[str]] = field(default_factory=list)
    extra_files: dict[str, bytes] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    def __call__(self, lock: Path, destination: Path, target: Target) -> None:
        requirements = [line.split()[0] for line in lock.read_text("utf-8").splitlines()]
        self.installed.append(requirements)
        for name, version in (requirement.split("==") for requirement in requirements):
            if name not in self.missing:
                self.install(destination, name, self.versions.get(name, version))
        for name, data in self.extra_files.items():
            write(destination / name, data)
        write(destination / ".lock", b"")
        write(destination / "bin" / "tool", f"#!{sys.executable}".encode())
        assert target.name in {"arm64", "x86_64", "host"}

    def install(self, destination: Path, name: str, version: str) -> None:
        metadata = destination / f"{name}-{version}.dist-info"
        write(destination / name / "__init__.py", f"version = {version!r}\n".encode())
        write(destination / name / "__pycache__" / "__init__.cpython-311.pyc", b"bytecode")
        write(metadata / "METADATA", f"Name: {name}\nVersion: {version}\n".encode())
        write(metadata / "licenses" / "LICENSE", b"Do as you like.\n")
        for record in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"):
            write(metadata / record, str(destination).encode())


def write(path: Path, data: bytes = b"") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def write_requirements(folder: Path, *requirements: str) -> None:
    write(folder / "requirements.in", "".join(f"{line}\n" for line in requirements).encode())
    lock = "".join(f"{line} \\\n    {ANY_HASH}\n" for line in requirements)
    write(folder / "requirements.txt", f"# made by pip-compile\n{lock}".encode())


def write_function(root: Path, name: str, *requirements: str) -> Path:
    folder = root / "lambdas" / name
    write(folder / "__init__.py")
    write(folder / "handler.py", b"def handler(event, context):\n    return event\n")
    write_requirements(folder, *requirements)
    return folder


def snapshot(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Return bytes, time and inode of every file."""
    return {
        path.name: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
        for path in folder.iterdir()
    }


def bytes_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}
