"""Where packages will run: Lambda on arm64 or x86_64, or this machine."""

from __future__ import annotations

import importlib.machinery
import platform
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.markers import default_environment

from packager.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Iterator

AWS_PYTHON_VERSION = "3.13"
# The newest runtime name that the pinned AWS provider accepts.
NEWEST_RUNTIME_MINOR = 13
# Lambda's python3.13 runs on Amazon Linux 2023 (glibc 2.34). pip is told every tag of this
# glibc or an older one, so the newest one that runs there wins and none is silently passed over.
AWS_GLIBC_MINOR = 34
# The oldest for which there are wheels of these architectures: PEP 599 and PEP 571.
OLDEST_GLIBC_MINOR = {"arm64": 17, "x86_64": 5}
# What these glibcs were called before PEP 600.
LEGACY_MANYLINUX = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
AWS_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
ELF_MACHINES = {"arm64": 183, "x86_64": 62}


@dataclass(frozen=True)
class Target:
    """Where the packages will run.

    Attributes:
        name: `arm64`, `x86_64` or `host`.
        python_version: such as `3.13`.
        runtime: the Lambda runtime's name.
        architecture: the Lambda architecture, `arm64` or `x86_64`.
        extension_suffix: how an extension module for exactly this Python ends.
        elf_machine: the machine number of its ELF files; None where there are none (macOS).
        pip_arguments: what makes pip choose wheels for it; nothing for the running interpreter.
    """

    name: str
    python_version: str
    runtime: str
    architecture: str
    extension_suffix: str
    elf_machine: int | None
    pip_arguments: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """A name for the folder of its wheels: two targets may differ in which wheel is best."""
        return f"{self.name}-python{self.python_version}-{self.architecture}"

    def marker_environment(self) -> dict[str, str]:
        """What the marker of a requirement may ask of it, as PEP 508 names it."""
        if self.name == "host":
            return {name: str(value) for name, value in default_environment().items()}
        return {
            "extra": "",
            "implementation_name": "cpython",
            "implementation_version": f"{self.python_version}.0",
            "os_name": "posix",
            "platform_machine": AWS_MACHINES[self.architecture],
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python_version}.0",
            "python_version": self.python_version,
            "sys_platform": "linux",
        }


def aws_target(architecture: str) -> Target:
    """Return Lambda's python3.13 on `arm64` or `x86_64`."""
    machine = AWS_MACHINES[architecture]
    tag = AWS_PYTHON_VERSION.replace(".", "")
    return Target(
        name=architecture,
        python_version=AWS_PYTHON_VERSION,
        runtime=f"python{AWS_PYTHON_VERSION}",
        architecture=architecture,
        extension_suffix=f".cpython-{tag}-{machine}-linux-gnu.so",
        elf_machine=ELF_MACHINES[architecture],
        pip_arguments=(
            *("--python-version", AWS_PYTHON_VERSION, "--implementation", "cp"),
            *(f"--platform={tag}_{machine}" for tag in manylinux_tags(architecture)),
        ),
    )


def manylinux_tags(architecture: str) -> Iterator[str]:
    """Yield the tags of wheels that run on Lambda, the newest first."""
    for minor in range(AWS_GLIBC_MINOR, OLDEST_GLIBC_MINOR[architecture] - 1, -1):
        yield f"manylinux_2_{minor}"
        if minor in LEGACY_MANYLINUX:
            yield LEGACY_MANYLINUX[minor]


def host_target() -> Target:
    """Return this interpreter on this machine, for the local cloud.

    Raises:
        BuildError: the machine is neither arm64 nor x86_64, or runs neither Linux nor macOS.
    """
    machine = platform.machine().lower()
    architecture = {"aarch64": "arm64", "amd64": "x86_64"}.get(machine, machine)
    if architecture not in ELF_MACHINES or sys.platform not in {"linux", "darwin"}:
        raise BuildError(
            f"--target host: {sys.platform} on {machine} is not supported; "
            "build on Linux or macOS, arm64 or x86_64, or for --target arm64 or x86_64"
        )
    minor = sys.version_info.minor
    return Target(
        name="host",
        python_version=f"3.{minor}",
        runtime=f"python3.{min(minor, NEWEST_RUNTIME_MINOR)}",
        architecture=architecture,
        extension_suffix=importlib.machinery.EXTENSION_SUFFIXES[0],
        elf_machine=ELF_MACHINES[architecture] if sys.platform == "linux" else None,
    )
