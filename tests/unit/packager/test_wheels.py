"""uv's arguments and environment, and what is said when it fails."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import uv
from packager.install import find_uv, install_with_uv, uv_environment, uv_version

from packager.errors import BuildError, InstallError
from packager.targets import Target, aws_target, host_target

if TYPE_CHECKING:
    from pathlib import Path

ARM64 = aws_target("arm64")


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


@pytest.mark.parametrize("target", [ARM64, host_target()], ids=lambda target: target.name)
def test_uv_is_asked_for_locked_wheels_only(
    fake_uv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: Target
) -> None:
    record = tmp_path / "record"
    monkeypatch.setenv("UV_HTTP_RECORD", str(record))
    monkeypatch.setenv("UV_NO_VERIFY_HASHES", "1")
    monkeypatch.setenv("FAKE_EXIT", "0")
    install_with_uv(tmp_path / "lock.txt", tmp_path / "to", target, uv=str(fake_uv))
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
    with pytest.raises(InstallError, match=r"^what uv says$"):
        install_with_uv(tmp_path / "lock.txt", tmp_path / "to", ARM64, uv=str(fake_uv))


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
    assert uv_environment(kept | dropped) == kept | {"UV_PYTHON_DOWNLOADS": "never"}


def test_pinned_uv_is_found_and_runs() -> None:
    # The pinned program of this environment.
    result = subprocess.run(  # noqa: S603 - the uv of requirements.txt
        [find_uv(), "--version"], check=True, capture_output=True, encoding="utf-8"
    )
    assert result.stdout.startswith("uv ")


def test_version_of_uv_is_that_of_the_program() -> None:
    result = subprocess.run(  # noqa: S603 - the uv of requirements.txt
        [find_uv(), "--version"], check=True, capture_output=True, encoding="utf-8"
    )
    assert result.stdout.split()[1] == uv_version()


def test_version_of_uv_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(BuildError, match="run `make setup`"):
        uv_version()


def test_offline_uv_is_told_to_stay_off_the_network(
    fake_uv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = tmp_path / "record"
    monkeypatch.setenv("UV_HTTP_RECORD", str(record))
    monkeypatch.setenv("FAKE_EXIT", "0")
    for offline in (True, False):
        install_with_uv(
            tmp_path / "lock.txt", tmp_path / "to", ARM64, uv=str(fake_uv), offline=offline
        )
        assert ("--offline" in record.read_text("utf-8").splitlines()) is offline


def test_uv_package_without_its_program(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost() -> str:
        raise FileNotFoundError("uv")

    monkeypatch.setattr(uv, "find_uv_bin", lost)
    with pytest.raises(BuildError, match="run `make setup`"):
        find_uv()
