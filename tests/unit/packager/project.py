"""A project to build, and wheels that need no network."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from packager.tools import Wheel, WheelError
from tests.wheel_files import wheel_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from packager.locks import Pin
    from packager.targets import Target

ANY_HASH = f"--hash=sha256:{'0' * 64}"


@dataclass
class FakeWheels:
    """Makes the wheel of every pin: a package, its metadata, and a wheel's other files."""

    asked: list[list[str]] = field(default_factory=list)
    extra_files: dict[str, bytes] = field(default_factory=dict)
    executable: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)

    def __call__(self, pins: Sequence[Pin], target: Target, scratch: Path) -> Mapping[Pin, Wheel]:
        assert target.name in {"arm64", "x86_64", "host"}
        assert scratch.parent.is_dir()
        self.asked.append(sorted(f"{pin.name}=={pin.version}" for pin in pins))
        for pin in pins:
            if pin.name in self.missing:
                raise WheelError((pin,), f"no wheel of {pin.name}")
        return {pin: self.wheel(pin) for pin in pins}

    def wheel(self, pin: Pin) -> Wheel:
        metadata, data = (f"{pin.name}-{pin.version}.{kind}" for kind in ("dist-info", "data"))
        files = {
            f"{pin.name}/__init__.py": f"version = {pin.version!r}\n".encode(),
            f"{pin.name}/__pycache__/__init__.cpython-311.pyc": b"bytecode",
            f"{metadata}/licenses/LICENSE": b"Do as you like.\n",
            f"{metadata}/INSTALLER": b"a tool of the builder's",
            f"{data}/scripts/tool": b"#!python\n",
            f"{data}/headers/tool.h": b"",
            **self.extra_files,
        }
        wheel = wheel_bytes(pin.name, pin.version, files, executable=self.executable)
        return Wheel(Path("store", f"{pin.name}-{pin.version}-py3-none-any.whl"), wheel)


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
