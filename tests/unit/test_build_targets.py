"""Targets, uv's arguments and environment, and the check of compiled files in build.py."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import uv

import build

if TYPE_CHECKING:
    from pathlib import Path

ARM64 = build.aws_target("arm64")


def elf_header(machine: int, layout: bytes = b"\x02\x01") -> bytes:
    return b"\x7fELF" + layout + bytes(12) + machine.to_bytes(2, "little")


def problem_with(tmp_path: Path, name: str, data: bytes, target: build.Target = ARM64) -> str:
    """Return the error that this file causes, or an empty text."""
    path = tmp_path / "file"
    path.write_bytes(data)
    component = build.Component(tmp_path / "lambdas" / "greet", (), is_layer=False)
    try:
        build.check_native_files(component, {name: path}, target)
    except build.BuildError as error:
        return str(error)
    return ""


# Targets


@pytest.mark.parametrize(
    ("name", "machine", "elf_machine"), [("arm64", "aarch64", 183), ("x86_64", "x86_64", 62)]
)
def test_aws_targets_are_amazon_linux_2023(name: str, machine: str, elf_machine: int) -> None:
    assert build.aws_target(name) == build.Target(
        name=name,
        python_version="3.13",
        runtime="python3.13",
        architecture=name,
        extension_suffix=f".cpython-313-{machine}-linux-gnu.so",
        elf_machine=elf_machine,
        uv_arguments=("--python-version", "3.13", "--python-platform", f"{machine}-manylinux_2_34"),
    )


def test_host_target_is_this_interpreter() -> None:
    target = build.host_target()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert (target.name, target.python_version) == ("host", version)
    assert target.architecture in {"arm64", "x86_64"}
    assert target.extension_suffix == EXTENSION_SUFFIXES[0]
    assert target.uv_arguments == ()


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
    target = build.host_target()
    assert (target.architecture, target.elf_machine) == (architecture, elf_machine)


@pytest.mark.parametrize(
    ("minor", "runtime"), [(11, "python3.11"), (13, "python3.13"), (15, "python3.13")]
)
def test_host_newer_than_the_newest_runtime_declares_that_one(
    monkeypatch: pytest.MonkeyPatch, minor: int, runtime: str
) -> None:
    monkeypatch.setattr(sys, "version_info", SimpleNamespace(major=3, minor=minor))
    target = build.host_target()
    assert (target.python_version, target.runtime) == (f"3.{minor}", runtime)


@pytest.mark.parametrize(("machine", "system"), [("riscv64", "linux"), ("x86_64", "win32")])
def test_unsupported_host(monkeypatch: pytest.MonkeyPatch, machine: str, system: str) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(sys, "platform", system)
    with pytest.raises(build.BuildError, match=f"--target host: {system} on {machine}"):
        build.host_target()


def test_unsupported_host_is_a_plain_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert build.main(["--target", "host"], root=tmp_path) == 1
    assert capsys.readouterr().err.startswith("error: --target host: ")


# uv


@pytest.fixture
def fake_uv(tmp_path: Path) -> Path:
    """A uv that writes its arguments and UV_* variables into a file and does what it is told."""
    script = tmp_path / "uv"
    script.write_text(
        '#!/bin/sh\nprintf "%s\\n" "$@" > "$UV_HTTP_RECORD"\n'
        'env | grep ^UV_ >> "$UV_HTTP_RECORD"\necho "what uv says" >&2\nexit "$FAKE_EXIT"\n',
        "utf-8",
    )
    script.chmod(0o755)
    return script


@pytest.mark.parametrize("target", [ARM64, build.host_target()], ids=lambda target: target.name)
def test_uv_is_asked_for_locked_wheels_only(
    fake_uv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: build.Target
) -> None:
    record = tmp_path / "record"
    monkeypatch.setenv("UV_HTTP_RECORD", str(record))
    monkeypatch.setenv("UV_NO_VERIFY_HASHES", "1")
    monkeypatch.setenv("FAKE_EXIT", "0")
    build.install_with_uv(str(fake_uv), tmp_path / "lock.txt", tmp_path / "to", target)
    lines = record.read_text("utf-8").splitlines()
    assert lines[:2] == ["pip", "install"]
    for option in ("--no-config", "--require-hashes", "--no-deps"):
        assert option in lines
    assert lines[lines.index("--only-binary") + 1] == ":all:"
    assert lines[lines.index("--target") + 1] == str(tmp_path / "to")
    assert lines[lines.index("--requirements") + 1] == str(tmp_path / "lock.txt")
    assert ("--python-platform" in lines) is (target is ARM64)
    assert "UV_PYTHON_DOWNLOADS=never" in lines
    assert not any("UV_NO_VERIFY_HASHES" in line for line in lines)


def test_words_of_uv_are_passed_on(
    fake_uv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_HTTP_RECORD", str(tmp_path / "record"))
    monkeypatch.setenv("FAKE_EXIT", "2")
    with pytest.raises(build.InstallError, match=r"^what uv says$"):
        build.install_with_uv(str(fake_uv), tmp_path / "lock.txt", tmp_path / "to", ARM64)


def test_environment_keeps_where_packages_come_from_and_drops_what_changes_them() -> None:
    kept = {
        "UV_DEFAULT_INDEX": "https://example.com/simple",
        "UV_INDEX_COMPANY_PASSWORD": "made-up",
        "UV_CACHE_DIR": "/cache",
        "UV_OFFLINE": "1",
        "HTTPS_PROXY": "http://proxy.example.com",
        "SSL_CERT_FILE": "/certificates.pem",
        "PATH": "/bin",
    }
    dropped = {
        "UV_COMPILE_BYTECODE": "1",
        "UV_CONFIG_FILE": "/uv.toml",
        "UV_CONSTRAINT": "/constraints.txt",
        "UV_EXCLUDE_NEWER": "2020-01-01",
        "UV_NO_BINARY": "1",
        "UV_NO_VERIFY_HASHES": "1",
        "UV_OVERRIDE": "/overrides.txt",
        "UV_PYTHON": "3.9",
        "UV_PYTHON_DOWNLOADS": "automatic",
    }
    assert build.uv_environment(kept | dropped) == kept | {"UV_PYTHON_DOWNLOADS": "never"}


def test_pinned_uv_is_found_and_runs() -> None:
    # The pinned program of this environment.
    result = subprocess.run(  # noqa: S603
        [build.find_uv(), "--version"], check=True, capture_output=True, encoding="utf-8"
    )
    assert result.stdout.startswith("uv ")


def test_uv_package_without_its_program(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost() -> str:
        raise FileNotFoundError("uv")

    monkeypatch.setattr(uv, "find_uv_bin", lost)
    with pytest.raises(build.BuildError, match="run `make setup`"):
        build.find_uv()


# Compiled files


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("PIL/_imaging.cpython-313-aarch64-linux-gnu.so", elf_header(183)),
        ("fast/_speed.abi3.so", elf_header(183)),
        ("fast/_speed.so", elf_header(183)),
        ("pillow.libs/libjpeg-1234.so.62.4.0", elf_header(183)),
        ("tool/program", elf_header(183)),
        ("readme.txt", b"short"),
        ("empty", b""),
    ],
)
def test_files_that_the_target_can_load(tmp_path: Path, name: str, data: bytes) -> None:
    assert problem_with(tmp_path, name, data) == ""


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("a/_x.cpython-311-aarch64-linux-gnu.so", elf_header(183), "is not tagged"),
        ("a/_x.cpython-313-x86_64-linux-gnu.so", elf_header(62), "is not tagged"),
        ("a/_x.cpython-313t-aarch64-linux-gnu.so", elf_header(183), "is not tagged"),
        ("a/_x.cpython-313-darwin.so", b"\xcf\xfa\xed\xfe", "is not tagged"),
        ("a/_x.pypy311-pp73-aarch64-linux-gnu.so", elf_header(183), "is not tagged"),
        ("a/_x.abi3.so", elf_header(62), "is for ELF machine 62"),
        ("a.libs/libz.so.1.3", elf_header(62), "is for ELF machine 62"),
        ("a/program", elf_header(62), "is for ELF machine 62"),
        ("a/_x.so", b"\xcf\xfa\xed\xfe\x0c\x00\x00\x01", "is no ELF file"),
        ("a/_x.so", elf_header(183, b"\x01\x01"), "is no 64-bit little-endian ELF file"),
        ("a/_x.so", b"\x7fELF", "is no 64-bit little-endian ELF file"),
        ("a/_x.so", b"\x7fELF\x02\x01", "is for ELF machine 0"),
    ],
)
def test_files_that_the_target_cannot_load(
    tmp_path: Path, name: str, data: bytes, problem: str
) -> None:
    error = problem_with(tmp_path, name, data)
    assert error.startswith(f"{tmp_path / 'lambdas' / 'greet'}: `{name}` {problem}")
    assert "cannot run on arm64 (Python 3.13)" in error


def test_on_macos_only_the_tag_can_be_checked(tmp_path: Path) -> None:
    macos = build.Target(
        "host", "3.13", "python3.13", "arm64", ".cpython-313-darwin.so", elf_machine=None
    )
    mach_o = b"\xcf\xfa\xed\xfe"
    assert problem_with(tmp_path, "a/_x.cpython-313-darwin.so", mach_o, macos) == ""
    assert "is not tagged" in problem_with(tmp_path, "a/_x.cpython-311-darwin.so", mach_o, macos)
