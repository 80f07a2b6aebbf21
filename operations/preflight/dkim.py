"""DKIM: whether the output ses_dkim_records has the zone in which SES publishes the keys."""

from collections.abc import Iterator, Mapping
from typing import Any

from operations.preflight.findings import Finding, warn

# As in terraform/modules/user_activation/ses.tf, which says where the list comes from.
REGIONS_WITH_DOMAIN = frozenset(
    (
        *("af-south-1", "ap-northeast-3", "ap-south-2", "ap-southeast-3", "ap-southeast-5"),
        *("ca-west-1", "eu-central-2", "eu-south-1", "il-central-1", "me-central-1"),
        "us-gov-east-1",
    )
)


def zone_of(region: str) -> str:
    """The zone that the output ses_dkim_records has in a region."""
    return f"dkim.{region}.amazonses.com" if region in REGIONS_WITH_DOMAIN else "dkim.amazonses.com"


def check_zone(domain: str, answer: Mapping[str, Any], region: str) -> Iterator[Finding]:
    """Compare the zone of a domain that this deployment registers with that of the output.

    Args:
        domain: The domain.
        answer: That of GetEmailIdentity. "DkimAttributes", SES API v2 reference, describes it.
        region: The region of the deployment.
    """
    found = answer.get("DkimAttributes", {})
    zone = str(found.get("SigningHostedZone") or "").rstrip(".").lower()
    if zone and zone != zone_of(region):
        yield warn(
            "SES identity",
            f"SES publishes the DKIM keys of {domain} in {zone}, and the output ses_dkim_records "
            f"says {zone_of(region)}",
            f"create the three CNAME records with {zone} at their end",
        )
