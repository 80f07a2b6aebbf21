"""The certificate of the page's own host name."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from operations.preflight import aws
from operations.preflight.context import Context
from operations.preflight.findings import Finding, fail, ok, warn

SUBJECT = "certificate"
SOON = timedelta(days=30)
REMEDIES = {
    "PENDING_VALIDATION": "create the DNS records that ACM shows, and wait",
    "VALIDATION_TIMED_OUT": "request a new one, and create its DNS records within 72 hours",
    "FAILED": "request a new one: ACM says why this one failed",
    "EXPIRED": "request a new one",
    "REVOKED": "request a new one",
    "INACTIVE": "request a new one",
}


def check(context: Context) -> Iterator[Finding]:
    """Whether it is issued, for this host, and in this region."""
    domain = context.settings.domain
    if domain is None:
        return
    arn = str(domain["certificate_arn"])
    region = (arn.split(":") + [""] * 4)[3]
    if region != context.settings.region:
        yield fail(
            SUBJECT,
            f"{arn} is not in {context.settings.region}",
            f"request one in {context.settings.region}: API Gateway takes no other",
        )
        return
    try:
        found = context.aws.ask(aws.CERTIFICATE, CertificateArn=arn)["Certificate"]
    except aws.NotThereError:
        yield fail(SUBJECT, f"{arn} does not exist", "set web_api.domain.certificate_arn")
        return
    yield _status(found)
    yield _names(found, str(domain["name"]))
    yield from _end(found)


def _status(found: Mapping[str, Any]) -> Finding:
    status = str(found.get("Status"))
    if status != "ISSUED":
        return fail(SUBJECT, f"it is {status}", REMEDIES.get(status, "wait until it is issued"))
    return ok(SUBJECT, "it is issued")


def _names(found: Mapping[str, Any], host: str) -> Finding:
    names = [str(found.get("DomainName")), *map(str, found.get("SubjectAlternativeNames", ()))]
    names = list(dict.fromkeys(names))
    if any(covers(name, host) for name in names):
        return ok(SUBJECT, f"it covers {host}")
    return fail(
        SUBJECT,
        f"it is for {', '.join(names)}, not for {host}",
        f"request one for {host}; *.example.com covers one label, not example.com itself",
    )


def covers(name: str, host: str) -> bool:
    """Whether a certificate's name covers a host: a wildcard stands for exactly one label.

    "ACM certificate characteristics", ACM User Guide.
    """
    name, host = name.lower().rstrip("."), host.lower().rstrip(".")
    if not name.startswith("*."):
        return name == host
    label, _, rest = host.partition(".")
    return bool(label) and rest == name.removeprefix("*.")


def _end(found: Mapping[str, Any]) -> Iterator[Finding]:
    end = found.get("NotAfter")
    # ACM renews its own.
    if isinstance(end, datetime) and found.get("Type") == "IMPORTED":
        left = end - datetime.now(UTC)
        if left < SOON:
            yield warn(
                SUBJECT,
                f"it was imported and ends on {end:%Y-%m-%d}",
                "import its successor: ACM does not renew imported ones",
            )
