"""Runs detect-secrets on every file that is, or would be, committed.

It compares the findings with scans/secrets.baseline, which has a hash of each text that only looks
like a secret; scans/accepted.toml says why.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scans import accepted, tools
from scans.outcome import Outcome
from tooling.paths import REPOSITORY

BASELINE = Path(__file__).with_name("secrets.baseline")

# Hashes of packages and providers. Lines, not files, so that a secret in a lock is still found.
_NO_SECRETS = [
    r"sha256:[0-9a-f]{64}",
    r'^\s*"(zh|h1):[0-9A-Za-z+/=]+",$',
]
_OWN_FILE = r"^scans/secrets\.baseline$"

# Possible secrets by file: type, hash and line of each.
Results = dict[str, list[dict[str, Any]]]


def scan(folder: Path = REPOSITORY, baseline: Path = BASELINE) -> Outcome:
    """Find possible secrets in a git repository that are not in the baseline or have no reason."""
    found = find(folder)
    known = json.loads(baseline.read_text(encoding="utf-8"))["results"]
    return Outcome(
        [*_new(found, known), *_gone(found, known), *_unexplained(known)],
        looked_at=f"{len(tools.tracked_files(folder))} files",
    )


def write_baseline(folder: Path = REPOSITORY, baseline: Path = BASELINE) -> None:
    """Write all findings into the baseline. Each still needs a reason in accepted.toml."""
    report = _report(folder)
    # Both would make the file differ from run to run.
    for volatile in ("generated_at", "filters_used"):
        report.pop(volatile, None)
    baseline.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def find(folder: Path) -> Results:
    """The possible secrets in a git repository."""
    results: Results = _report(folder)["results"]
    return results


def _report(folder: Path) -> dict[str, Any]:
    excluded = [f"--exclude-lines={line}" for line in _NO_SECRETS]
    done = tools.run(
        [
            "detect_secrets",
            "scan",
            # Don't ask GitHub, Slack and others whether a secret works.
            "--no-verify",
            *excluded,
            *("--exclude-files", _OWN_FILE),
            *tools.tracked_files(folder),
        ],
        folder=folder,
    )
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        report = {}
    if done.returncode != 0 or "results" not in report:
        raise tools.ScanError(f"detect-secrets made no report:\n{tools.last_words(done)}")
    return report


def _new(found: Results, known: Results) -> Iterator[str]:
    for path, secrets in found.items():
        hashes = {secret["hashed_secret"] for secret in known.get(path, [])}
        for secret in secrets:
            if secret["hashed_secret"] not in hashes:
                yield (
                    f"{path}:{secret['line_number']}: {secret['type']}. If it is a secret: remove "
                    "it from the commit and revoke it. If not: run `make secrets-baseline`, and "
                    "say why in scans/accepted.toml"
                )


def _gone(found: Results, known: Results) -> Iterator[str]:
    for path, secrets in known.items():
        hashes = {secret["hashed_secret"] for secret in found.get(path, [])}
        for secret in secrets:
            if secret["hashed_secret"] not in hashes:
                yield (
                    f"scans/secrets.baseline: the {secret['type']} of {path} is gone: run "
                    "`make secrets-baseline`"
                )


def _unexplained(known: Results) -> list[str]:
    findings = [
        accepted.Finding(
            secret["type"],
            path,
            f"{path}: its {secret['type']} is in scans/secrets.baseline without a reason in "
            "scans/accepted.toml",
        )
        for path, secrets in known.items()
        for secret in secrets
    ]
    return accepted.judge(findings, accepted.read("detect-secrets"))
