"""SES: whether the account may send, how much, and whether the sender is registered."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from operations.preflight import aws, dkim
from operations.preflight.context import Context
from operations.preflight.findings import Finding, fail, ok, warn

# At these SES reviews an account, and at 10% and 0.5% it may pause sending: "Using reputation
# metrics", SES Developer Guide.
REVIEWED_AT = {"bounce_rate": 0.05, "complaint_rate": 0.001}
UNLIMITED = -1
NEARLY = 0.8
# SES's mailbox simulator, whose addresses nobody registers:
# https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
# It is listed for `make smoke`, as docs/smoke.md says.
SIMULATOR = "simulator.amazonses.com"
VERIFY = {
    "address": "click the link in the mail that SES has sent there",
    "domain": "create the DNS records of the output ses_dkim_records",
}


def check_sending(context: Context) -> Iterator[Finding]:
    """Whether the account may send, and how much."""
    if not context.settings.sends_mails:
        return
    answer = context.aws.ask(aws.SENDING)
    yield _status(answer)
    yield _sandbox(answer)
    quota = answer.get("SendQuota", {})
    yield from _quota(quota)
    yield _rate(context, quota)


def _status(answer: Mapping[str, Any]) -> Finding:
    status = answer.get("EnforcementStatus", "HEALTHY")
    if status == "SHUTDOWN" or not answer.get("SendingEnabled"):
        return fail(
            "SES",
            f"sending is switched off in this region (status {status})",
            "open a case with AWS, or switch it on: `aws sesv2 put-account-sending-attributes`",
        )
    if status == "PROBATION":
        return warn("SES", "AWS reviews the account", "read its mail to you, and reply to it")
    return ok("SES", f"sending is enabled, status {status}")


def _sandbox(answer: Mapping[str, Any]) -> Finding:
    if answer.get("ProductionAccessEnabled"):
        return ok("SES sandbox", "the account has left it")
    return warn(
        "SES sandbox",
        "only verified recipients get mails",
        "register test recipients, list them in mail.sandbox_recipients, and request production "
        "access",
    )


def _quota(quota: Mapping[str, float]) -> Iterator[Finding]:
    most, sent = quota.get("Max24HourSend", 0), quota.get("SentLast24Hours", 0)
    if most == UNLIMITED:
        yield ok("SES quota", "unlimited")
    elif sent >= NEARLY * most:
        yield warn(
            "SES quota",
            f"{sent:g} of {most:g} mails were sent in the last 24 hours",
            "request more: further mails wait (STANDARD) or fail (EXPRESS)",
        )
    else:
        yield ok("SES quota", f"{most:g} mails in 24 hours, {sent:g} sent")


def _rate(context: Context, quota: Mapping[str, float]) -> Finding:
    most = quota.get("MaxSendRate", 0)
    wanted = context.settings.mail("rate_per_second")
    if wanted is None:
        return ok("SES rate", f"{most:g} mails a second; above it mails wait")
    if wanted > most:
        return warn(
            "SES rate",
            f"mail.rate_per_second is {wanted}, and SES takes {most:g} a second",
            f"set mail.rate_per_second to at most {max(1, int(most))}, or request more",
        )
    return ok("SES rate", f"mail.rate_per_second {wanted} of {most:g}")


def check_thresholds(context: Context) -> Iterator[Finding]:
    """Whether the alarms go off before AWS acts."""
    if not (context.settings.sends_mails and context.settings.has_alarms):
        return
    for name, most in REVIEWED_AT.items():
        wanted = context.settings.threshold(name)
        if wanted is not None and wanted >= most:
            yield warn(
                "alarms",
                f"alarms.thresholds.{name} is {wanted:g}, and SES reviews an account at {most:g}",
                "set a lower threshold",
            )


def check_identity(context: Context) -> Iterator[Finding]:
    """Whether the sender is registered: by whom, verified, and in which way."""
    if not context.settings.sends_mails:
        return
    kind = str(context.settings.mail("identity_kind"))
    names = {
        "address": context.settings.from_address,
        "domain": context.settings.sender_domain,
    }
    other = "domain" if kind == "address" else "address"
    found = {kind: _identity(context, name) for kind, name in names.items()}
    yield _registration(context, names, kind, found)
    yield from _dkim(context, found["domain"])
    if not any(map(_is_verified, found.values())):
        yield from _parents(context, names[kind])
    if found[kind] is not None and found[other] is not None:
        yield warn(
            "SES identity",
            f"{names['address']} and {names['domain']} are both registered: SES may check the "
            "permission on either, and the address's settings apply",
            f"remove the {other} if nothing else uses it",
        )


def _identity(context: Context, name: str) -> Mapping[str, Any] | None:
    try:
        answer: Mapping[str, Any] = context.aws.ask(aws.SES_IDENTITY, EmailIdentity=name)
    except aws.NotThereError:
        return None
    return answer


def _is_verified(answer: Mapping[str, Any] | None) -> bool:
    return answer is not None and bool(answer.get("VerifiedForSendingStatus"))


def _dkim(context: Context, answer: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Only of a domain that is registered here: for another one there is no output."""
    mail = context.settings.mail
    if answer is not None and mail("create_identity") and mail("identity_kind") == "domain":
        yield from dkim.check_zone(context.settings.sender_domain, answer, context.settings.region)


def _parents(context: Context, name: str) -> Iterator[Finding]:
    """Verified domains above the sender's, by which SES sends while the sender has no own identity.

    "How to Grant Another SES Account or User Permission To Send Emails", AWS's blog: a parent
    domain covers the addresses of its subdomains.
    """
    for parent in parents_of(context.settings.sender_domain):
        if _is_verified(_identity(context, parent)):
            yield warn(
                "SES identity",
                f"{parent} is verified: until {name} is, SES may check the permission on {parent}, "
                "which the function does not have",
                f"register {name} itself (mail.create_identity = true does it), and verify it",
            )


def parents_of(domain: str) -> list[str]:
    """The domains above a domain, without the top-level domain."""
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(1, len(labels) - 1)]


def _registration(
    context: Context,
    names: Mapping[str, str],
    kind: str,
    found: Mapping[str, Mapping[str, Any] | None],
) -> Finding:
    name, answer = names[kind], found[kind]
    creates = bool(context.settings.mail("create_identity"))
    if answer is None:
        return _unregistered(names, kind, found) if not creates else _to_be_made(name, kind)
    ours = context.is_ours(context.arn("ses", f"identity/{name}"))
    if creates and not ours and context.state is not None:
        return fail(
            "SES identity",
            f"{name} is registered already, and not by this deployment",
            "set mail.create_identity = false",
        )
    if not _is_verified(answer):
        status = answer.get("VerificationStatus", "unknown")
        return warn("SES identity", f"{name} is not verified: {status}", VERIFY[kind])
    return ok("SES identity", f"{name} is verified{' (of this deployment)' if ours else ''}")


def _to_be_made(name: str, kind: str) -> Finding:
    return warn("SES identity", f"{name} is registered by the first apply", f"then {VERIFY[kind]}")


def _unregistered(
    names: Mapping[str, str], kind: str, found: Mapping[str, Mapping[str, Any] | None]
) -> Finding:
    other = "domain" if kind == "address" else "address"
    remedy = "register it, or set mail.create_identity = true"
    if found[other] is not None:
        remedy = f'set mail.identity_kind = "{other}": {names[other]} is registered'
    return fail(
        "SES identity", f"{names[kind]} is not registered, and create_identity is false", remedy
    )


def check_recipients(context: Context) -> Iterator[Finding]:
    """Whether the recipients of the sandbox are registered and verified."""
    if not context.settings.sends_mails:
        return
    for name in sorted(context.settings.mail("sandbox_recipients")):
        if name.rpartition("@")[2].lower() == SIMULATOR:
            continue
        answer = _identity(context, name)
        if not _is_verified(answer):
            yield warn(
                "SES recipient",
                f"{name} of mail.sandbox_recipients is not verified",
                "register it: `aws sesv2 create-email-identity --email-identity "
                f"{shlex.quote(name)}`",
            )
        else:
            yield ok("SES recipient", f"{name} is verified")
