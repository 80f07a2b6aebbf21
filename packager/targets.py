"""The targets of a build: Lambda on arm64 or x86_64, or this machine."""

from __future__ import annotations

import importlib.machinery
import platform
import sys
from dataclasses import dataclass

from packager.errors import BuildError

AWS_PYTHON_VERSION = "3.13"
# The newest runtime name that the pinned AWS provider accepts.
NEWEST_RUNTIME_MINOR = 13
# Lambda's python3.13 runs on Amazon Linux 2023, glibc 2.34. Wheels for this or an older glibc run
# there, down to the oldest that manylinux has for the machine.
AWS_GLIBC_MINOR = 34
OLDEST_GLIBC_MINOR = {"aarch64": 17, "x86_64": 5}
# The tags from before PEP 600, by glibc's minor version.
LEGACY_MANYLINUX = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
ELF_MACHINES = {"arm64": 183, "x86_64": 62}


@dataclass(frozen=True)
class Target:
    """Where the packages will run.

    Attributes:
        name: `arm64`, `x86_64` or `host`.
        python_version: such as `3.13`.
        runtime: the Lambda runtime's name.
        architecture: the Lambda architecture, `arm64` or `x86_64`.
        extension_suffix: the suffix of extension modules for exactly this Python.
        elf_machine: the machine number in its ELF files; None on macOS.
        wheel_platforms: the platform tags of wheels that run there, the best one first; empty for
            the running interpreter, which knows its own.
    """

    name: str
    python_version: str
    runtime: str
    architecture: str
    extension_suffix: str
    elf_machine: int | None
    wheel_platforms: tuple[str, ...] = ()

    @property
    def machine(self) -> str:
        """The machine's name in wheels and markers."""
        return {"arm64": "aarch64"}.get(self.architecture, self.architecture)


def manylinux_platforms(machine: str) -> tuple[str, ...]:
    """Return the platform tags of wheels that run on AWS, the newest first as in pip."""
    tags = []
    for minor in range(AWS_GLIBC_MINOR, OLDEST_GLIBC_MINOR[machine] - 1, -1):
        tags.append(f"manylinux_2_{minor}_{machine}")
        if minor in LEGACY_MANYLINUX:
            tags.append(f"{LEGACY_MANYLINUX[minor]}_{machine}")
    return tuple(tags)


def aws_target(architecture: str) -> Target:
    """Return Lambda's python3.13 on `arm64` or `x86_64`."""
    machine = {"arm64": "aarch64", "x86_64": "x86_64"}[architecture]
    tag = AWS_PYTHON_VERSION.replace(".", "")
    return Target(
        name=architecture,
        python_version=AWS_PYTHON_VERSION,
        runtime=f"python{AWS_PYTHON_VERSION}",
        architecture=architecture,
        extension_suffix=f".cpython-{tag}-{machine}-linux-gnu.so",
        elf_machine=ELF_MACHINES[architecture],
        wheel_platforms=manylinux_platforms(machine),
    )


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


def marker_environment(target: Target) -> dict[str, str]:
    """Return the target's environment, in which the markers of a lock are evaluated."""
    from packaging.markers import default_environment  # noqa: PLC0415 - 24 ms, see components.py

    environment = {key: str(value) for key, value in default_environment().items()}
    if not target.wheel_platforms:
        return environment
    # Lambda updates the patch version by itself, so it is not known here.
    full_version = f"{target.python_version}.0"
    return environment | {
        "implementation_name": "cpython",
        "implementation_version": full_version,
        "os_name": "posix",
        "platform_machine": target.machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": full_version,
        "python_version": target.python_version,
        "sys_platform": "linux",
    }
