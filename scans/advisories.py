"""Runs pip-audit on every lock, which finds packages with a known vulnerability."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scans import accepted, tools
from scans.outcome import Outcome
from tooling.paths import REPOSITORY

# If set, as in the CI workflow, it is an error if the source of advisories can't be reached.
REQUIRED = "REQUIRE_ADVISORIES"
_NOT_FOUND = "not found on PyPI"
_UNREACHABLE = ("ConnectionError", "Connection", "Timeout", "timed out", "HTTPError", "SSLError")


def scan(folder: Path = REPOSITORY) -> Outcome:
    """Audit all locks below a folder."""
    locks = [name for name in tools.tracked_files(folder) if Path(name).name == "requirements.txt"]
    if not locks:
        raise tools.ScanError(f"{folder} has no lock")
    found: dict[str, accepted.Finding] = {}
    for lock in locks:
        report = _report(folder, lock)
        if isinstance(report, str):
            return _not_run(report)
        for finding in _findings(lock, report):
            found.setdefault(finding.text, finding)
    findings = accepted.judge(found.values(), accepted.read("pip-audit"))
    return Outcome(findings, looked_at=f"{len(locks)} locks")


def _not_run(reason: str) -> Outcome:
    if os.environ.get(REQUIRED):
        raise tools.ScanError(f"{REQUIRED} is set, and {reason}")
    return Outcome(not_run=reason)


def _report(folder: Path, lock: str) -> dict[str, Any] | str:
    """pip-audit's report, or why its source of advisories is not available."""
    done = tools.run(
        [
            "pip_audit",
            *("--requirement", lock, "--disable-pip", "--no-deps"),
            *("--format", "json", "--progress-spinner", "off", "--timeout", "15"),
        ],
        folder=folder,
    )
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        said = tools.last_words(done, lines=3)
        if any(word in done.stderr for word in _UNREACHABLE):
            return f"PyPI's advisories can't be reached from here: {said}"
        raise tools.ScanError(f"pip-audit made no report on {lock}:\n{said}") from error
    packages = report["dependencies"]
    if packages and all(_NOT_FOUND in package.get("skip_reason", "") for package in packages):
        return "PyPI's advisories are not available here: a mirror responds that has none"
    return report


def _findings(lock: str, report: dict[str, Any]) -> Iterator[accepted.Finding]:
    for package in report["dependencies"]:
        name = package["name"]
        if "skip_reason" in package:
            yield accepted.Finding(
                "not audited", name, f"{lock}: {name} was not audited: {package['skip_reason']}"
            )
        for advisory in package.get("vulns", []):
            fixed = ", ".join(advisory["fix_versions"]) or "no version yet"
            yield accepted.Finding(
                advisory["id"],
                name,
                f"{lock}: {name} {package['version']} has {advisory['id']}, fixed in {fixed}",
            )
