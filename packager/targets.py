"""Where packages will run: Lambda on arm64 or x86_64, or this machine."""

from __future__ import annotations

import importlib.machinery
import platform
import sys
from dataclasses import dataclass

from packager.errors import BuildError

AWS_PYTHON_VERSION = "3.13"
# The newest runtime name that the pinned AWS provider accepts.
NEWEST_RUNTIME_MINOR = 13
# Lambda's python3.13 runs on Amazon Linux 2023 (glibc 2.34). uv takes every wheel tagged for this
# glibc or an older one, so the newest one that runs there wins and none is silently passed over.
AWS_MANYLINUX = "manylinux_2_34"
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
        uv_arguments: what makes uv choose wheels for it; nothing for the running interpreter.
    """

    name: str
    python_version: str
    runtime: str
    architecture: str
    extension_suffix: str
    elf_machine: int | None
    uv_arguments: tuple[str, ...] = ()


def aws_target(architecture: str) -> Target:
    """Return Lambda's python3.13 on `arm64` or `x86_64`."""
    machine = {"arm64": "aarch64", "x86_64": "x86_64"}[architecture]
    tag = AWS_PYTHON_VERSION.replace(".", "")
    platform_tag = f"{machine}-{AWS_MANYLINUX}"
    return Target(
        name=architecture,
        python_version=AWS_PYTHON_VERSION,
        runtime=f"python{AWS_PYTHON_VERSION}",
        architecture=architecture,
        extension_suffix=f".cpython-{tag}-{machine}-linux-gnu.so",
        elf_machine=ELF_MACHINES[architecture],
        uv_arguments=("--python-version", AWS_PYTHON_VERSION, "--python-platform", platform_tag),
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
