"""Runs zizmor and check-jsonschema on .github/: unsafe workflows, files that GitHub refuses."""

import json
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar

from scans import accepted, tools
from scans.outcome import Outcome
from tooling.paths import REPOSITORY

Report = TypeVar("Report", list[Any], dict[str, Any])

_FOLDER = ".github"
# check-jsonschema's built-in schemas for files by path. The first pattern that matches counts.
_SCHEMAS = {
    ".github/workflows/*": (
        "vendor.github-workflows",
        "custom.github-workflows-require-timeout",
    ),
    ".github/dependabot.yml": ("vendor.dependabot",),
    ".github/ISSUE_TEMPLATE/config.yml": ("vendor.github-issue-config",),
    ".github/ISSUE_TEMPLATE/*.yml": ("vendor.github-issue-forms",),
}


def scan_workflows(folder: Path = REPOSITORY) -> Outcome:
    """Audit the workflows and Dependabot's configuration of a git repository by zizmor."""
    done = tools.run(
        [
            *("zizmor", "--offline", "--no-config", "--no-ignores", "--no-exit-codes"),
            # A workflow that can't be read is an error.
            *("--strict-collection", "--no-progress", "--format", "json-v1", "."),
        ],
        folder=folder,
        settings={"RUST_BACKTRACE": "0"},
        is_module=False,
    )
    report = _report("zizmor", done, list)
    findings = accepted.judge(map(_audit_finding, report), accepted.read("zizmor"))
    return Outcome(findings, looked_at=f"{len(_files(folder))} files below {_FOLDER}/")


def scan_schemas(folder: Path = REPOSITORY) -> Outcome:
    """Check GitHub's own files in a git repository against their schemas."""
    files = [(name, schema) for name in _files(folder) for schema in _schemas_of(name)]
    found = [
        finding for name, schema in files for finding in _schema_findings(folder, name, schema)
    ]
    findings = accepted.judge(found, accepted.read("check-jsonschema"))
    return Outcome(findings, looked_at=f"{len({name for name, _ in files})} files")


def _files(folder: Path) -> list[str]:
    return [name for name in tools.tracked_files(folder) if name.startswith(f"{_FOLDER}/")]


def _schemas_of(name: str) -> tuple[str, ...]:
    return next((schemas for path, schemas in _SCHEMAS.items() if fnmatchcase(name, path)), ())


def _audit_finding(finding: dict[str, Any]) -> accepted.Finding:
    location = finding["locations"][0]
    where = location["symbolic"]["key"]["Local"]["verbatim_path"].removeprefix("./")
    line = location["concrete"]["location"]["start_point"]["row"] + 1
    text = f"{finding['ident']} {where}:{line}: {finding['desc']} ({finding['url']})"
    return accepted.Finding(finding["ident"], where, text)


def _schema_findings(folder: Path, name: str, schema: str) -> Iterator[accepted.Finding]:
    done = tools.run(
        ["check_jsonschema", "--builtin-schema", schema, "--output-format", "json", name],
        folder=folder,
    )
    report = _report("check-jsonschema", done, dict)
    for error in report["errors"]:
        # If two forms are allowed, the error of the nearest one.
        best = error.get("best_deep_match", error)
        yield accepted.Finding(schema, name, f"{name}: {best['path']}: {best['message']}")
    for error in report.get("parse_errors", []):
        yield accepted.Finding(schema, name, f"{name}: is not YAML: {error['message']}")


def _report(scanner: str, done: subprocess.CompletedProcess[str], kind: type[Report]) -> Report:
    try:
        report = json.loads(done.stdout)
    except ValueError:
        report = None
    if not isinstance(report, kind):
        raise tools.ScanError(f"{scanner} made no report:\n{tools.last_words(done)}")
    return report
