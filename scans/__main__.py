"""`make scan`: runs the scans for weaknesses, one after the other."""

import argparse
import sys
import time
from collections.abc import Callable

from scans import advisories, committed_secrets, github_files, policy_lint, terraform_code
from scans.outcome import Outcome
from scans.tools import ScanError
from tooling.errors import ToolingError

SCANS: dict[str, Callable[[], Outcome]] = {
    "checkov": terraform_code.scan,
    "parliament": policy_lint.scan,
    "detect-secrets": committed_secrets.scan,
    "zizmor": github_files.scan_workflows,
    "check-jsonschema": github_files.scan_schemas,
    "pip-audit": advisories.scan,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the scans; return 0 if nothing is wrong, otherwise 1."""
    parser = argparse.ArgumentParser(prog="python -m scans", description=__doc__)
    parser.add_argument("scan", nargs="*", choices=[*SCANS, []], help="only these, instead of all")
    parser.add_argument(
        "--write-secrets-baseline",
        action="store_true",
        help="accept all texts that look like secrets now, and scan nothing",
    )
    chosen = parser.parse_args(arguments)
    if chosen.write_secrets_baseline:
        committed_secrets.write_baseline()
        return 0
    verdicts = [_verdict(name) for name in chosen.scan or SCANS]
    return 0 if all(verdicts) else 1


def _verdict(name: str) -> bool:
    """Run one scan and print its result; return whether it is green."""
    began = time.monotonic()
    try:
        outcome = SCANS[name]()
    except (ScanError, ToolingError, ValueError) as error:
        print(f"{name}: FAILED: {error}")
        return False
    seconds = f"{time.monotonic() - began:.0f} s"
    if outcome.not_run is not None:
        print(f"{name}: NOT RUN, no result: {outcome.not_run}", file=sys.stderr)
        return True
    for finding in outcome.findings:
        print(f"{name}: {finding}")
    verdict = f"{len(outcome.findings)} to act on" if outcome.findings else "nothing new"
    print(f"{name}: {verdict} ({outcome.looked_at}, {seconds})")
    return not outcome.findings


if __name__ == "__main__":
    sys.exit(main())
