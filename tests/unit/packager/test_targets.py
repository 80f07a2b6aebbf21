"""Lambda's targets and this machine."""

from __future__ import annotations

import platform
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

import build
from packager.errors import BuildError
from packager.targets import Target, aws_target, host_target, manylinux_platforms

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "machine", "elf_machine"), [("arm64", "aarch64", 183), ("x86_64", "x86_64", 62)]
)
def test_aws_targets_are_amazon_linux_2023(name: str, machine: str, elf_machine: int) -> None:
    assert aws_target(name) == Target(
        name=name,
        python_version="3.13",
        runtime="python3.13",
        architecture=name,
        extension_suffix=f".cpython-313-{machine}-linux-gnu.so",
        elf_machine=elf_machine,
        wheel_platforms=manylinux_platforms(machine),
    )


def test_wheels_for_aws_are_those_of_its_glibc_and_older_ones_the_newest_first() -> None:
    arm64, x86_64 = manylinux_platforms("aarch64"), manylinux_platforms("x86_64")
    assert arm64[:2] == ("manylinux_2_34_aarch64", "manylinux_2_33_aarch64")
    assert arm64[-2:] == ("manylinux_2_17_aarch64", "manylinux2014_aarch64")
    assert x86_64[-2:] == ("manylinux_2_5_x86_64", "manylinux1_x86_64")
    assert x86_64.index("manylinux2010_x86_64") == x86_64.index("manylinux_2_12_x86_64") + 1
    assert not [tag for tag in arm64 + x86_64 if "musl" in tag or tag.startswith("linux")]


def test_host_target_is_this_interpreter() -> None:
    target = host_target()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert (target.name, target.python_version) == ("host", version)
    assert target.architecture in {"arm64", "x86_64"}
    assert target.extension_suffix == EXTENSION_SUFFIXES[0]
    assert target.wheel_platforms == ()


@pytest.mark.parametrize(
    ("machine", "system", "architecture", "elf_machine"),
    [
        ("aarch64", "linux", "arm64", 183),
        ("x86_64", "linux", "x86_64", 62),
        ("AMD64", "linux", "x86_64", 62),
        ("arm64", "darwin", "arm64", None),
    ],
)
def test_host_machines(
    monkeypatch: pytest.MonkeyPatch,
    machine: str,
    system: str,
    architecture: str,
    elf_machine: int | None,
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(sys, "platform", system)
    target = host_target()
    assert (target.architecture, target.elf_machine) == (architecture, elf_machine)


@pytest.mark.parametrize(
    ("minor", "runtime"), [(11, "python3.11"), (13, "python3.13"), (15, "python3.13")]
)
def test_host_newer_than_the_newest_runtime_declares_that_one(
    monkeypatch: pytest.MonkeyPatch, minor: int, runtime: str
) -> None:
    monkeypatch.setattr(sys, "version_info", SimpleNamespace(major=3, minor=minor))
    target = host_target()
    assert (target.python_version, target.runtime) == (f"3.{minor}", runtime)


@pytest.mark.parametrize(("machine", "system"), [("riscv64", "linux"), ("x86_64", "win32")])
def test_unsupported_host(monkeypatch: pytest.MonkeyPatch, machine: str, system: str) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(sys, "platform", system)
    with pytest.raises(BuildError, match=f"--target host: {system} on {machine}"):
        host_target()


def test_unsupported_host_is_a_plain_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert build.main(["--target", "host"], root=tmp_path) == 1
    assert capsys.readouterr().err.startswith("error: --target host: ")
