"""Command line: python -m operations.preflight [--only-account]."""

import argparse
import sys
from collections.abc import Iterator, Sequence

from botocore.exceptions import BotoCoreError

from operations import environments
from operations.environments import Environment, environment_of, shown
from operations.errors import OperationsError
from operations.preflight import (
    account,
    aws,
    backend,
    capacity,
    certificate,
    key,
    mail,
    names,
    state,
    tools,
    variables,
)
from operations.preflight.context import Check, Context
from operations.preflight.findings import Finding, Status, fail, warn
from operations.preflight.settings import Settings

WORKS, FAILS = 0, 1
_INTERRUPTED = 130

# Each with the subject of its line if it can't be made.
CHECKS: tuple[tuple[str, Check], ...] = (
    ("state", backend.check),
    ("lock", backend.check_lock),
    ("SES", mail.check_sending),
    ("alarms", mail.check_thresholds),
    ("SES identity", mail.check_identity),
    ("SES recipient", mail.check_recipients),
    ("Lambda", capacity.check),
    ("names", names.check),
    ("environments", names.check_environments),
    ("KMS key", key.check),
    ("certificate", certificate.check),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the checks; return 1 if something would fail."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.preflight", description="Check what a deployment needs."
    )
    parser.add_argument(
        "--only-account",
        action="store_true",
        help="only terraform, the variables and the credentials: what `make plan` begins with",
    )
    environments.add_argument(parser)
    options = parser.parse_args(argv)
    try:
        chosen = environment_of(options.environment)
        findings = findings_of(chosen, only_account=options.only_account)
        return report(findings, summary=not options.only_account)
    except OperationsError as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILS
    except KeyboardInterrupt:
        print("\ninterrupted: nothing was changed", file=sys.stderr)
        return _INTERRUPTED


def report(findings: Iterator[Finding], *, summary: bool) -> int:
    """Print each finding as it comes, then how many there were of each kind; return the code."""
    counts = dict.fromkeys(Status, 0)
    for finding in findings:
        counts[finding.status] += 1
        print(finding, flush=True)
    if summary:
        print(", ".join(f"{count} {status}" for status, count in counts.items()))
    return FAILS if counts[Status.FAIL] else WORKS


def findings_of(chosen: Environment, *, only_account: bool) -> Iterator[Finding]:
    """Every line of output. A check that builds on a failed one is left out."""
    failed = False
    for finding in tools.check(chosen):
        failed = failed or finding.status is Status.FAIL
        yield finding
    if failed:
        return
    try:
        settings = Settings(variables.evaluate(chosen))
    except variables.VariablesError as error:
        for problem in error.problems:
            yield fail("variables", problem, f"set it in {shown(chosen.variables_file)}")
        return
    except OperationsError as error:
        yield fail("variables", str(error), "correct it, and run it again")
        return
    yield from _on_aws(chosen, settings, only_account=only_account)


def _on_aws(chosen: Environment, settings: Settings, *, only_account: bool) -> Iterator[Finding]:
    try:
        connection = account.connect(settings)
    except OperationsError as error:
        yield fail(account.SUBJECT, str(error), account.HOW)
        return
    signed_in = account.sign_in(settings, connection)
    yield from signed_in.findings
    if signed_in.account is None or only_account:
        return
    found = None
    try:
        found = state.read(chosen)
    except OperationsError as error:
        yield backend.unreadable(chosen, str(error))
    context = Context(chosen, settings, connection, signed_in.account, found)
    try:
        for subject, check in CHECKS:
            yield from made(subject, check, context)
    except account.LOST as error:
        yield account.lost(error)


def made(subject: str, check: Check, context: Context) -> Iterator[Finding]:
    """A check's findings, and a line instead of the rest where AWS gives no answer.

    Raises:
        Exception: One of account.LOST: no other check can be made either.
    """
    try:
        yield from check(context)
    except account.LOST:
        raise
    except aws.NotAllowedError as error:
        yield warn(subject, f"not checked: needs {error}", "this alone is no failure")
    except aws.UnreachableError as error:
        region = context.settings.region
        yield fail(
            subject,
            f"it can't be reached in {region}: {error}",
            "choose another region, or check the network",
        )
    except (OperationsError, BotoCoreError) as error:
        yield warn(subject, f"not checked: {error}", "run it again")


if __name__ == "__main__":
    sys.exit(main())
