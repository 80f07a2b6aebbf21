"""DKIM's zone: as Terraform writes it into the output, and as SES says."""

import re
from typing import Any

import pytest

from operations.preflight import aws, dkim, mail
from tests.unit.operations.preflight.conftest import (
    ACCOUNT,
    NOT_THERE,
    REGION,
    Cloud,
    Lines,
    holding,
)
from tooling.paths import REPOSITORY

OURS = holding(f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/example.com")


def identity(zone: str | None) -> Any:  # noqa: ANN401 - any answer
    attributes = {} if zone is None else {"SigningHostedZone": zone}
    answer = {"VerifiedForSendingStatus": True, "DkimAttributes": attributes}
    return lambda asked: dict(answer) if asked["EmailIdentity"] == "example.com" else NOT_THERE


def test_regions_are_those_of_terraform() -> None:
    text = (REPOSITORY / "terraform" / "modules" / "user_activation" / "ses.tf").read_text("utf-8")
    listed = re.search(r"regions_with_dkim_domain = \[(.+?)\]", text, re.DOTALL)
    assert listed is not None
    assert set(re.findall(r'"([^"]+)"', listed[1])) == dkim.REGIONS_WITH_DOMAIN
    assert dkim.zone_of("eu-central-1") == "dkim.amazonses.com"
    assert dkim.zone_of("eu-central-2") == "dkim.eu-central-2.amazonses.com"


@pytest.mark.parametrize("zone", [None, "dkim.amazonses.com", "DKIM.amazonses.com."])
def test_zone_of_the_output_is_right(cloud: Cloud, lines: Lines, zone: str | None) -> None:
    cloud.answer(aws.SES_IDENTITY, identity(zone))
    assert lines(mail.check_identity, OURS, mail={"identity_kind": "domain"}) == [
        "ok    SES identity: example.com is verified (of this deployment)"
    ]


def test_zone_of_the_output_is_wrong(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.SES_IDENTITY, identity("a1.dkim.amazonses.com"))
    assert lines(mail.check_identity, OURS, mail={"identity_kind": "domain"})[1:] == [
        (
            "warn  SES identity: SES publishes the DKIM keys of example.com in "
            "a1.dkim.amazonses.com, and the output ses_dkim_records says dkim.amazonses.com; "
            "create the three CNAME records with a1.dkim.amazonses.com at their end"
        )
    ]


def test_domain_that_is_registered_elsewhere_has_no_output(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.SES_IDENTITY, identity("a1.dkim.amazonses.com"))
    chosen = {"identity_kind": "domain", "create_identity": False}
    assert lines(mail.check_identity, mail=chosen) == [
        "ok    SES identity: example.com is verified"
    ]
