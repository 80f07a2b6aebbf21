"""The audit of locks, with a fake pip-audit."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scans import advisories, tools

VULNERABLE = {
    "name": "pillow",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-2099-1", "fix_versions": ["1.1"], "aliases": [], "description": ""}],
}
SOUND = {"name": "boto3", "version": "1.0", "vulns": []}


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The next output of pip-audit."""
    answer: dict[str, Any] = {"dependencies": [SOUND], "stderr": ""}

    def run(_command: list[str], *, folder: Path) -> subprocess.CompletedProcess[str]:
        assert folder
        report = {"dependencies": answer["dependencies"], "fixes": []}
        stdout = "" if answer["stderr"] else json.dumps(report)
        return subprocess.CompletedProcess([], 1, stdout, answer["stderr"])

    monkeypatch.setattr(tools, "run", run)
    monkeypatch.setattr(tools, "tracked_files", lambda _folder: ["requirements.txt"])
    return answer


@pytest.mark.usefixtures("said")
def test_sound_packages_are_nothing_to_act_on(tmp_path: Path) -> None:
    outcome = advisories.scan(tmp_path)
    assert outcome.findings == []
    assert outcome.not_run is None
    assert outcome.looked_at == "1 locks"


def test_a_vulnerable_package_is_found(tmp_path: Path, said: dict[str, Any]) -> None:
    said["dependencies"] = [SOUND, VULNERABLE]
    assert advisories.scan(tmp_path).findings == [
        "requirements.txt: pillow 1.0 has PYSEC-2099-1, fixed in 1.1"
    ]


def test_a_package_that_was_not_audited_is_found(tmp_path: Path, said: dict[str, Any]) -> None:
    said["dependencies"] = [SOUND, {"name": "ours", "skip_reason": "not found on PyPI"}]
    assert advisories.scan(tmp_path).findings == [
        "requirements.txt: ours was not audited: not found on PyPI"
    ]


def test_without_advisories_the_scan_says_that_it_did_not_run(
    tmp_path: Path, said: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(advisories.REQUIRED, raising=False)
    said["stderr"] = "ConnectionError: Connection refused"
    outcome = advisories.scan(tmp_path)
    assert outcome.not_run is not None
    assert "Connection refused" in outcome.not_run


def test_a_mirror_that_knows_no_package_is_no_source(
    tmp_path: Path, said: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(advisories.REQUIRED, raising=False)
    said["dependencies"] = [{"name": "boto3", "skip_reason": "Dependency not found on PyPI"}]
    assert advisories.scan(tmp_path).not_run


def test_where_advisories_are_required_it_fails(
    tmp_path: Path, said: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(advisories.REQUIRED, "1")
    said["stderr"] = "ConnectionError: Connection refused"
    with pytest.raises(tools.ScanError, match="REQUIRE_ADVISORIES is set"):
        advisories.scan(tmp_path)


def test_another_failure_is_no_excuse(tmp_path: Path, said: dict[str, Any]) -> None:
    said["stderr"] = "Traceback: KeyError"
    with pytest.raises(tools.ScanError, match="no report"):
        advisories.scan(tmp_path)
