"""SES: the account, its quota and rate, the sender's identity, the sandbox's recipients."""

from typing import Any

import pytest

from operations.preflight import aws, mail
from tests.unit.operations.preflight.conftest import (
    ACCOUNT,
    NOT_THERE,
    REGION,
    SENDING,
    Cloud,
    Lines,
    holding,
)

IDENTITY_ARN = f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/"
VERIFIED = {"VerifiedForSendingStatus": True, "VerificationStatus": "SUCCESS"}
PENDING = {"VerifiedForSendingStatus": False, "VerificationStatus": "PENDING"}


WITH_MAILS = [
    *(mail.check_sending, mail.check_identity),
    *(mail.check_recipients, mail.check_thresholds),
]


def sending(**changes: Any) -> Any:  # noqa: ANN401 - any answer
    return lambda _: {**SENDING, **changes}


def quota(**changes: float) -> Any:  # noqa: ANN401 - any answer
    return sending(SendQuota={**SENDING["SendQuota"], **changes})


def identities(**by_name: dict[str, Any]) -> Any:  # noqa: ANN401 - any answer
    known = {"address": "hello@example.com", "domain": "example.com", "jane": "jane@example.org"}
    found = {known[kind]: answer for kind, answer in by_name.items()}
    return lambda parameters: dict(found.get(parameters["EmailIdentity"], {})) or NOT_THERE


def test_a_healthy_account(lines: Lines) -> None:
    assert lines(mail.check_sending) == [
        "ok    SES: sending is enabled, status HEALTHY",
        "ok    SES sandbox: the account has left it",
        "ok    SES quota: 50000 mails in 24 hours, 7 sent",
        "ok    SES rate: 14 mails a second; above it mails wait",
    ]


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (sending(SendingEnabled=False), "fail  SES: sending is switched off"),
        (sending(EnforcementStatus="SHUTDOWN"), "fail  SES: sending is switched off"),
        (sending(EnforcementStatus="PROBATION"), "warn  SES: AWS reviews the account"),
        (
            sending(ProductionAccessEnabled=False),
            "warn  SES sandbox: only verified recipients get mails",
        ),
        (quota(SentLast24Hours=40000.0), "warn  SES quota: 40000 of 50000 mails were sent"),
        (quota(Max24HourSend=-1.0), "ok    SES quota: unlimited"),
    ],
)
def test_what_the_account_may_send(cloud: Cloud, lines: Lines, answer: Any, line: str) -> None:  # noqa: ANN401 - any answer
    cloud.answer(aws.SENDING, answer)
    assert [found for found in lines(mail.check_sending) if found.startswith(line)] != []


@pytest.mark.parametrize(
    ("rate", "line"),
    [
        (14, "ok    SES rate: mail.rate_per_second 14 of 14"),
        (
            15,
            (
                "warn  SES rate: mail.rate_per_second is 15, and SES takes 14 a second; set "
                "mail.rate_per_second to at most 14, or request more"
            ),
        ),
    ],
)
def test_rate_against_the_variable(lines: Lines, rate: int, line: str) -> None:
    assert lines(mail.check_sending, mail={"rate_per_second": rate})[-1] == line


def test_the_sandbox_sends_one_mail_a_second(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.SENDING, quota(MaxSendRate=1.0))
    assert "at most 1, or" in lines(mail.check_sending, mail={"rate_per_second": 2})[-1]


@pytest.mark.parametrize(("name", "most"), [("bounce_rate", 0.05), ("complaint_rate", 0.001)])
def test_an_alarm_that_is_later_than_aws(lines: Lines, name: str, most: float) -> None:
    def printed(threshold: float) -> list[str]:
        return lines(mail.check_thresholds, alarms={"thresholds": {name: threshold}})

    assert printed(most / 2) == []
    assert printed(most) == [
        (
            f"warn  alarms: alarms.thresholds.{name} is {most:g}, and SES reviews an account at "
            f"{most:g}; set a lower threshold"
        )
    ]


@pytest.mark.parametrize("check", WITH_MAILS)
def test_without_mails_nothing_is_asked(cloud: Cloud, lines: Lines, check: Any) -> None:  # noqa: ANN401 - a check
    assert lines(check, enable_user_activation=False, enable_web_api=False) == []
    assert cloud.asked == []


@pytest.mark.parametrize(
    ("kind", "found", "state", "create", "line"),
    [
        (
            "address",
            {},
            holding(),
            True,
            (
                "warn  SES identity: hello@example.com is registered by the first apply; then "
                "click the link in the mail that SES has sent there"
            ),
        ),
        (
            "domain",
            {},
            holding(),
            True,
            (
                "warn  SES identity: example.com is registered by the first apply; then create "
                "the DNS records of the output ses_dkim_records"
            ),
        ),
        # SES answers AlreadyExistsException to the first apply.
        (
            "address",
            {"address": VERIFIED},
            holding(),
            True,
            (
                "fail  SES identity: hello@example.com is registered already, and not by this "
                "deployment; set mail.create_identity = false"
            ),
        ),
        (
            "address",
            {"address": VERIFIED},
            holding(IDENTITY_ARN + "hello@example.com"),
            True,
            "ok    SES identity: hello@example.com is verified (of this deployment)",
        ),
        # The state could not be read: whose it is, is not known.
        (
            "address",
            {"address": VERIFIED},
            None,
            True,
            "ok    SES identity: hello@example.com is verified",
        ),
        (
            "domain",
            {"domain": PENDING},
            holding(IDENTITY_ARN + "example.com"),
            True,
            (
                "warn  SES identity: example.com is not verified: PENDING; create the DNS records "
                "of the output ses_dkim_records"
            ),
        ),
        (
            "domain",
            {"domain": VERIFIED},
            holding(),
            False,
            "ok    SES identity: example.com is verified",
        ),
        (
            "address",
            {},
            holding(),
            False,
            (
                "fail  SES identity: hello@example.com is not registered, and create_identity is "
                "false; register it, or set mail.create_identity = true"
            ),
        ),
        (
            "address",
            {"domain": VERIFIED},
            holding(),
            False,
            (
                "fail  SES identity: hello@example.com is not registered, and create_identity is "
                'false; set mail.identity_kind = "domain": example.com is registered'
            ),
        ),
    ],
)
def test_the_senders_identity(  # noqa: PLR0913 - a case by its parts
    cloud: Cloud,
    lines: Lines,
    *,
    kind: str,
    found: dict[str, Any],
    state: Any,  # noqa: ANN401 - a state or None
    create: bool,
    line: str,
) -> None:
    cloud.answer(aws.SES_IDENTITY, identities(**found))
    settings = {"identity_kind": kind, "create_identity": create}
    assert lines(mail.check_identity, state, mail=settings) == [line]


def test_ses_writes_domains_in_lower_case(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.SES_IDENTITY, identities(domain=VERIFIED))
    state = holding(IDENTITY_ARN + "example.com")
    (line,) = lines(
        mail.check_identity,
        state,
        from_address="hello@Example.COM",
        mail={"identity_kind": "domain"},
    )
    assert line == "ok    SES identity: example.com is verified (of this deployment)"


@pytest.mark.parametrize("create", [True, False])
def test_a_verified_parent_domain(cloud: Cloud, lines: Lines, *, create: bool) -> None:
    """SES sends by it, and the function has no permission on it."""
    cloud.answer(aws.SES_IDENTITY, identities(domain=VERIFIED))
    first, parent = lines(
        mail.check_identity,
        from_address="hello@eu.mail.example.com",
        mail={"create_identity": create},
    )
    assert first.startswith("warn" if create else "fail")
    assert parent == (
        "warn  SES identity: example.com is verified: until hello@eu.mail.example.com is, SES may "
        "check the permission on example.com, which the function does not have; register "
        "hello@eu.mail.example.com itself (mail.create_identity = true does it), and verify it"
    )


def test_a_parent_domain_that_nothing_is_sent_by(cloud: Cloud, lines: Lines) -> None:
    sender: dict[str, Any] = {
        "from_address": "hello@mail.example.com",
        "mail": {"create_identity": False},
    }
    known = {"hello@mail.example.com": VERIFIED, "example.com": VERIFIED}
    cloud.answer(
        aws.SES_IDENTITY,
        lambda asked: dict(known.get(asked["EmailIdentity"], {})) or NOT_THERE,
    )
    assert lines(mail.check_identity, **sender) == [
        "ok    SES identity: hello@mail.example.com is verified"
    ]
    known = {"mail.example.com": VERIFIED, "example.com": VERIFIED}
    assert [line[:4] for line in lines(mail.check_identity, **sender)] == ["fail"]
    cloud.answer(aws.SES_IDENTITY, identities(domain=PENDING))
    assert [line[:4] for line in lines(mail.check_identity, **sender)] == ["fail"]


def test_parents_of_a_domain() -> None:
    assert mail.parents_of("a.b.example.com") == ["b.example.com", "example.com"]
    assert mail.parents_of("example.com") == []


def test_both_kinds_of_identity(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.SES_IDENTITY, identities(address=VERIFIED, domain=VERIFIED))
    found = lines(mail.check_identity, mail={"create_identity": False})
    assert found[-1].startswith("warn  SES identity: hello@example.com and example.com are both ")
    assert found[-1].endswith("; remove the domain if nothing else uses it")


def test_recipients_of_the_sandbox(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.SES_IDENTITY, identities(jane=VERIFIED, domain=PENDING))
    recipients = ["jane@example.org", "example.com", "gone@example.org"]
    assert lines(mail.check_recipients, mail={"sandbox_recipients": recipients}) == [
        (
            "warn  SES recipient: example.com of mail.sandbox_recipients is not verified; "
            "register it: `aws sesv2 create-email-identity --email-identity example.com`"
        ),
        (
            "warn  SES recipient: gone@example.org of mail.sandbox_recipients is not verified; "
            "register it: `aws sesv2 create-email-identity --email-identity gone@example.org`"
        ),
        "ok    SES recipient: jane@example.org is verified",
    ]


def test_the_mailbox_simulator_needs_no_registration(cloud: Cloud, lines: Lines) -> None:
    recipients = ["simulator.amazonses.com", "success+smoke@Simulator.amazonses.com"]
    assert lines(mail.check_recipients, mail={"sandbox_recipients": recipients}) == []
    assert cloud.asked == []
