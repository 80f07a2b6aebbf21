"""Runs checkov on terraform/ with its modules, offline."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scans import accepted, tools
from scans.outcome import Outcome
from tooling.paths import TERRAFORM_SOURCE
from tooling.staging import stage

_INLINE_SKIP = ("checkov:skip", "bridgecrew:skip")


def scan(source: Path = TERRAFORM_SOURCE) -> Outcome:
    """Scan a folder of Terraform code for findings that are not accepted."""
    with tempfile.TemporaryDirectory() as folder:
        # A copy without downloads, settings, state and tests, which are not deployed.
        copy = Path(folder) / "terraform"
        stage(source, copy, {})
        # They use the modules that are scanned as the root module uses them.
        shutil.rmtree(copy / "examples", ignore_errors=True)
        report = _report(copy)
        inline = list(_inline_skips(copy))
    findings = accepted.judge(_findings(report), accepted.read("checkov"))
    passed = report["summary"]["passed"]
    return Outcome(findings + inline, looked_at=f"{passed} checks passed")


def _report(folder: Path) -> dict[str, Any]:
    done = tools.run(
        [
            "checkov.main",
            *("--directory", str(folder), "--framework", "terraform", "--output", "json"),
            *("--quiet", "--compact", "--skip-download", "--download-external-modules", "false"),
            "--soft-fail",
        ],
        folder=folder,
    )
    try:
        report: dict[str, Any] = json.loads(done.stdout)
        resources = report["summary"]["resource_count"]
        errors = report["summary"]["parsing_errors"]
    except (ValueError, KeyError, TypeError) as error:
        raise tools.ScanError(f"checkov made no report:\n{tools.last_words(done)}") from error
    if done.returncode != 0 or errors or not resources:
        raise tools.ScanError(
            f"checkov could not read {errors} of its files:\n{tools.last_words(done)}"
        )
    return report


def _findings(report: dict[str, Any]) -> Iterator[accepted.Finding]:
    for check in report["results"]["failed_checks"]:
        # A module that is used twice has its findings twice.
        where = str(check["resource"])
        first, last = check["file_line_range"]
        yield accepted.Finding(
            check["check_id"],
            where,
            f"{check['check_id']} terraform{check['file_path']}:{first}-{last} {where}: "
            f"{check['check_name']}",
        )


def _inline_skips(folder: Path) -> Iterator[str]:
    """Skips in the code. They belong in accepted.toml, which reports those no longer needed."""
    for path in sorted(folder.rglob("*.tf")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if any(mark in line for mark in _INLINE_SKIP):
                where = path.relative_to(folder)
                yield f"terraform/{where}:{number}: move this skip to scans/accepted.toml"
