"""The certificate of the page's host: issued, for the host, in the region."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from operations.preflight import aws, certificate
from tests.unit.operations.preflight.conftest import (
    ACCOUNT,
    CERTIFICATE_ARN,
    DOMAIN,
    NOT_THERE,
    Cloud,
    Lines,
)

SOON = datetime.now(UTC) + timedelta(days=29)


def issued(*names: str, **changes: Any) -> Any:  # noqa: ANN401 - any answer
    hosts = list(names or ("accounts.example.com",))
    found = {
        "DomainName": hosts[0],
        "SubjectAlternativeNames": hosts,
        "Status": "ISSUED",
        **changes,
    }
    return lambda _: {"Certificate": found}


def printed(lines: Lines, **domain: str) -> list[str]:
    return lines(certificate.check, web_api={"domain": {**DOMAIN, **domain}})


def test_without_a_host_of_its_own_nothing_is_asked(cloud: Cloud, lines: Lines) -> None:
    assert lines(certificate.check) == []
    assert lines(certificate.check, enable_web_api=False, web_api={"domain": DOMAIN}) == []
    assert cloud.asked == []


def test_an_issued_one(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.CERTIFICATE, issued())
    assert printed(lines) == [
        "ok    certificate: it is issued",
        "ok    certificate: it covers accounts.example.com",
    ]


# "DescribeCertificate", ACM's API reference.
@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        ("PENDING_VALIDATION", "create the DNS records that ACM shows, and wait"),
        ("VALIDATION_TIMED_OUT", "request a new one, and create its DNS records within 72 hours"),
        ("FAILED", "request a new one: ACM says why this one failed"),
        ("EXPIRED", "request a new one"),
        ("REVOKED", "request a new one"),
        ("INACTIVE", "request a new one"),
        ("NEW_STATUS", "wait until it is issued"),
    ],
)
def test_one_that_is_not_issued(cloud: Cloud, lines: Lines, status: str, remedy: str) -> None:
    cloud.answer(aws.CERTIFICATE, issued(Status=status))
    assert printed(lines)[0] == f"fail  certificate: it is {status}; {remedy}"


def test_one_of_another_region(cloud: Cloud, lines: Lines) -> None:
    arn = CERTIFICATE_ARN.replace("eu-central-1", "us-east-1")
    assert printed(lines, certificate_arn=arn) == [
        (
            f"fail  certificate: {arn} is not in eu-central-1; request one in eu-central-1: API "
            "Gateway takes no other"
        )
    ]
    assert printed(lines, certificate_arn="accounts")[0].startswith("fail")
    assert cloud.asked == []


def test_one_that_does_not_exist(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.CERTIFICATE, NOT_THERE)
    assert printed(lines) == [
        f"fail  certificate: {CERTIFICATE_ARN} does not exist; set web_api.domain.certificate_arn"
    ]


def test_one_for_other_hosts(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.CERTIFICATE, issued("example.com", "www.example.com"))
    assert printed(lines)[1].startswith(
        "fail  certificate: it is for example.com, www.example.com, not for accounts.example.com; "
    )


# "ACM certificate characteristics", ACM User Guide.
@pytest.mark.parametrize(
    ("name", "host", "covered"),
    [
        ("accounts.example.com", "accounts.example.com", True),
        ("ACCOUNTS.example.com", "accounts.Example.com", True),
        ("accounts.example.com.", "accounts.example.com", True),
        ("*.example.com", "accounts.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.accounts.example.com", False),
        ("*.example.com", ".example.com", False),
        ("*.com", "example.com", True),
        ("example.com", "accounts.example.com", False),
        ("accounts.example.com", "badaccounts.example.com", False),
        ("*.example.com", "accounts.example.com.evil.org", False),
        ("*", "accounts", False),
    ],
)
def test_what_a_name_covers(name: str, host: str, covered: bool) -> None:
    assert certificate.covers(name, host) is covered


def test_one_of_several_names_is_enough(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.CERTIFICATE, issued("example.com", "*.example.com"))
    assert printed(lines)[1] == "ok    certificate: it covers accounts.example.com"


@pytest.mark.parametrize(
    ("kind", "end", "count"),
    [
        ("IMPORTED", SOON, 3),
        ("IMPORTED", SOON + timedelta(days=2), 2),
        ("AMAZON_ISSUED", SOON, 2),
    ],
)
def test_acm_does_not_renew_an_imported_one(
    cloud: Cloud, lines: Lines, kind: str, end: datetime, count: int
) -> None:
    cloud.answer(aws.CERTIFICATE, issued(Type=kind, NotAfter=end))
    found = printed(lines)
    assert len(found) == count
    assert found[2:] == [
        (
            f"warn  certificate: it was imported and ends on {SOON:%Y-%m-%d}; import its "
            "successor: ACM does not renew imported ones"
        )
    ] * (count - 2)


PICTURES = {
    "name": "pictures.example.com",
    "certificate_arn": f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/2",
}


def test_that_of_the_pictures_is_in_the_region_of_cloudfront(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.CERTIFICATE, issued("*.example.com"))
    assert lines(certificate.check, delivery={"domain": PICTURES}) == [
        "ok    certificate of the pictures: it is issued",
        "ok    certificate of the pictures: it covers pictures.example.com",
    ]


def test_that_of_the_pictures_in_the_deployment_s_region(cloud: Cloud, lines: Lines) -> None:
    domain = {**PICTURES, "certificate_arn": CERTIFICATE_ARN}
    (line,) = lines(certificate.check, delivery={"domain": domain})
    assert line.endswith("request one in us-east-1: CloudFront takes no other")
    assert cloud.asked == []


def test_pictures_without_a_host_of_their_own(cloud: Cloud, lines: Lines) -> None:
    assert lines(certificate.check, delivery={"domain": None}) == []
    assert cloud.asked == []
