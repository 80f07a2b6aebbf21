"""The certificates of the page's and the pictures' own host names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from operations.preflight import aws
from operations.preflight.context import Context
from operations.preflight.findings import Finding, fail, ok, warn

# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
CLOUDFRONT_REGION = "us-east-1"
SOON = timedelta(days=30)
REMEDIES = {
    "PENDING_VALIDATION": "create the DNS records that ACM shows, and wait",
    "VALIDATION_TIMED_OUT": "request a new one, and create its DNS records within 72 hours",
    "FAILED": "request a new one: ACM says why this one failed",
    "EXPIRED": "request a new one",
    "REVOKED": "request a new one",
    "INACTIVE": "request a new one",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A certificate that the deployment uses.

    Attributes:
        subject: What a line calls it.
        domain: The host's name, and the certificate's ARN.
        region: Where it must be.
        service: What takes it from there alone.
        variable: Where it is set.
    """

    subject: str
    domain: Mapping[str, Any]
    region: str
    service: str
    variable: str

    @property
    def host(self) -> str:
        """The host's name."""
        return str(self.domain["name"])


def check(context: Context) -> Iterator[Finding]:
    """Whether each is issued, for its host, and in the right region."""
    page, pictures = context.settings.domain, context.settings.picture_domain
    if page is not None:
        region = context.settings.region
        yield from _check(context, Wanted("certificate", page, region, "API Gateway", "web_api"))
    if pictures is not None:
        yield from _check(
            context,
            Wanted(
                "certificate of the pictures", pictures, CLOUDFRONT_REGION, "CloudFront", "delivery"
            ),
        )


def _check(context: Context, wanted: Wanted) -> Iterator[Finding]:
    arn = str(wanted.domain["certificate_arn"])
    region = (arn.split(":") + [""] * 4)[3]
    if region != wanted.region:
        yield fail(
            wanted.subject,
            f"{arn} is not in {wanted.region}",
            f"request one in {wanted.region}: {wanted.service} takes no other",
        )
        return
    try:
        found = context.aws.ask(aws.CERTIFICATE, region, CertificateArn=arn)["Certificate"]
    except aws.NotThereError:
        remedy = f"set {wanted.variable}.domain.certificate_arn"
        yield fail(wanted.subject, f"{arn} does not exist", remedy)
        return
    yield _status(wanted, found)
    yield _names(wanted, found)
    yield from _end(wanted, found)


def _status(wanted: Wanted, found: Mapping[str, Any]) -> Finding:
    status = str(found.get("Status"))
    if status != "ISSUED":
        remedy = REMEDIES.get(status, "wait until it is issued")
        return fail(wanted.subject, f"it is {status}", remedy)
    return ok(wanted.subject, "it is issued")


def _names(wanted: Wanted, found: Mapping[str, Any]) -> Finding:
    names = [str(found.get("DomainName")), *map(str, found.get("SubjectAlternativeNames", ()))]
    names = list(dict.fromkeys(names))
    host = wanted.host
    if any(covers(name, host) for name in names):
        return ok(wanted.subject, f"it covers {host}")
    return fail(
        wanted.subject,
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


def _end(wanted: Wanted, found: Mapping[str, Any]) -> Iterator[Finding]:
    end = found.get("NotAfter")
    # ACM renews its own.
    if isinstance(end, datetime) and found.get("Type") == "IMPORTED":
        left = end - datetime.now(UTC)
        if left < SOON:
            yield warn(
                wanted.subject,
                f"it was imported and ends on {end:%Y-%m-%d}",
                "import its successor: ACM does not renew imported ones",
            )
