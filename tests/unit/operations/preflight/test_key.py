"""The KMS key: its state, and what its policy lets whom do."""

import json
from typing import Any

import pytest

from operations.preflight import aws, key
from tests.unit.operations.preflight.conftest import (
    ACCOUNT,
    KEY_ARN,
    NOT_THERE,
    REGION,
    Cloud,
    Lines,
)

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
FORMER = KEY_ARN.replace("1111", "9999")
Statement = dict[str, Any]


def allow(principal: Any, *actions: str, **condition: Any) -> Statement:  # noqa: ANN401 - JSON
    found: Statement = {"Effect": "Allow", "Principal": principal, "Action": list(actions)}
    return found | ({"Condition": condition} if condition else {})


def service(name: str) -> dict[str, str]:
    return {"Service": f"{name}.amazonaws.com"}


OF_ACCOUNT = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
PUBLISH = ("kms:Decrypt", "kms:GenerateDataKey*")
# terraform/examples/own-application/kms.tf
STATEMENTS: dict[str, Statement] = {
    "root": allow({"AWS": ROOT}, "kms:*"),
    "logs": allow(
        service(f"logs.{REGION}"),
        *("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"),
        *("kms:GenerateDataKey*", "kms:ReEncrypt*"),
    ),
    "cloudwatch": allow(service("cloudwatch"), *PUBLISH, **OF_ACCOUNT),
    "ses": allow(service("ses"), *PUBLISH, **OF_ACCOUNT),
    "sns": allow(service("sns"), *PUBLISH),
}


@pytest.fixture
def policy(cloud: Cloud) -> dict[str, Statement]:
    """The statements of a good policy, which a test may change; the key is enabled."""
    statements = dict(STATEMENTS)
    cloud.answer(aws.KEY, metadata())
    cloud.answer(
        aws.KEY_POLICY,
        lambda _: {"Policy": json.dumps({"Statement": list(statements.values())})},
    )
    return statements


def metadata(**changes: str) -> Any:  # noqa: ANN401 - any answer
    found = {
        "KeyId": "1",
        "KeyState": "Enabled",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyUsage": "ENCRYPT_DECRYPT",
        **changes,
    }
    return lambda _: {"KeyMetadata": found}


def printed(lines: Lines, **changes: Any) -> list[str]:  # noqa: ANN401 - variables' values
    return lines(key.check, encryption={"kms_key_arn": KEY_ARN}, **changes)


def test_without_a_key_nothing_is_asked(cloud: Cloud, lines: Lines) -> None:
    assert lines(key.check) == []
    assert cloud.asked == []


def test_a_key_with_the_documented_policy(lines: Lines, policy: dict[str, Statement]) -> None:
    assert policy == STATEMENTS
    assert printed(lines) == [
        f"ok    KMS key: {KEY_ARN} is enabled",
        (
            "ok    KMS key policy: it lets the roles and services in; conditions beyond "
            "aws:SourceAccount are not evaluated"
        ),
    ]


# "Key states of AWS KMS keys", KMS Developer Guide.
@pytest.mark.parametrize(
    ("state", "remedy"),
    [
        ("Disabled", "enable it: `aws kms enable-key`"),
        ("PendingDeletion", "cancel its deletion at once: `aws kms cancel-key-deletion`, then "),
        ("PendingReplicaDeletion", "cancel its deletion at once"),
        ("PendingImport", "import its key material"),
        ("Unavailable", "connect its key store"),
        ("Creating", "wait until it is enabled"),
        ("Updating", "wait until it is enabled"),
    ],
)
def test_a_key_that_can_not_be_used(
    cloud: Cloud, lines: Lines, policy: dict[str, Statement], state: str, remedy: str
) -> None:
    del policy
    cloud.answer(aws.KEY, metadata(KeyState=state))
    assert printed(lines)[0].startswith(
        f"fail  KMS key: {KEY_ARN} is {state}: nothing can be read or written with it; {remedy}"
    )


def test_a_key_that_does_not_exist(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.KEY, NOT_THERE)
    cloud.answer(aws.KEY_POLICY, NOT_THERE)
    assert printed(lines) == [
        f"fail  KMS key: {KEY_ARN} does not exist; set encryption.kms_key_arn to one that does"
    ]


def test_a_key_for_signatures(cloud: Cloud, lines: Lines, policy: dict[str, Statement]) -> None:
    del policy
    cloud.answer(aws.KEY, metadata(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY"))
    assert printed(lines)[0].startswith(f"fail  KMS key: {KEY_ARN} is of RSA_2048 for SIGN_VERIFY")


def test_former_keys_must_decrypt(cloud: Cloud, lines: Lines, policy: dict[str, Statement]) -> None:
    del policy
    states = {FORMER: metadata(KeyState="Disabled"), KEY_ARN: metadata()}
    cloud.answer(aws.KEY, lambda asked: states[asked["KeyId"]](asked))
    found = lines(key.check, encryption={"kms_key_arn": KEY_ARN}, former_kms_key_arns=[FORMER])
    assert found[1].startswith(f"fail  KMS key: {FORMER} is Disabled")


def test_a_former_key_alone_needs_no_policy(
    cloud: Cloud, lines: Lines, policy: dict[str, Statement]
) -> None:
    del policy
    assert lines(key.check, former_kms_key_arns=[FORMER]) == [f"ok    KMS key: {FORMER} is enabled"]
    assert cloud.asked == [aws.KEY]


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_policy_that_lacks_a_statement(
    lines: Lines, policy: dict[str, Statement], name: str
) -> None:
    holder = next(iter(policy.pop(name)["Principal"].values()))
    _key, line = printed(lines)
    assert line.startswith(f"fail  KMS key policy: {holder} may not kms:")
    assert "kms:Decrypt" in line
    assert "kms:GenerateDataKey" in line
    assert line.endswith("; docs/encryption.md has the policy")


def test_a_policy_that_lacks_an_action(lines: Lines, policy: dict[str, Statement]) -> None:
    policy["sns"] = allow(service("sns"), "kms:Decrypt")
    assert printed(lines)[1].startswith(
        "fail  KMS key policy: sns.amazonaws.com may not kms:GenerateDataKey; "
    )


def test_a_statement_for_another_account(lines: Lines, policy: dict[str, Statement]) -> None:
    elsewhere = {"StringEquals": {"aws:sourceAccount": ["210987654321"]}}
    policy["ses"] = allow(service("ses"), *PUBLISH, **elsewhere)
    assert printed(lines)[1].startswith("fail  KMS key policy: ses.amazonaws.com may not ")


@pytest.mark.parametrize(
    "changed",
    [
        {"root": allow({"AWS": ACCOUNT}, "kms:*")},
        {"root": allow({"AWS": ["arn:aws:iam::210987654321:root", ROOT]}, "kms:*")},
        {"root": allow("*", "kms:*")},
        {"sns": allow({"Service": "*"}, "KMS:*")},
        {"ses": {**STATEMENTS["ses"], "Action": "kms:*"}},
    ],
)
def test_other_ways_to_say_the_same(
    lines: Lines, policy: dict[str, Statement], changed: dict[str, Statement]
) -> None:
    policy.update(changed)
    assert [line[:4] for line in printed(lines)] == ["ok  ", "ok  "]


@pytest.mark.parametrize(
    "statement",
    [
        allow(None, "kms:*"),
        allow({"AWS": ROOT}, "kms:*") | {"Condition": "none"},
        {"Effect": "Allow", "Principal": {"AWS": ROOT}},
    ],
)
def test_a_statement_that_allows_nothing(
    lines: Lines, policy: dict[str, Statement], statement: Statement
) -> None:
    policy["root"] = statement
    assert printed(lines)[1].startswith(f"fail  KMS key policy: {ROOT} may not kms:Decrypt, ")


def test_deny_statements_are_not_judged(lines: Lines, policy: dict[str, Statement]) -> None:
    policy["no"] = {"Effect": "Deny", "Principal": "*", "Action": "kms:*"}
    assert printed(lines)[1].startswith("warn  KMS key policy: not checked: what its Deny ")


@pytest.mark.parametrize("text", ["{", "[]", "{}", "\x1b[2J"])
def test_a_policy_that_is_none(
    cloud: Cloud, lines: Lines, policy: dict[str, Statement], text: str
) -> None:
    del policy
    cloud.answer(aws.KEY_POLICY, lambda _: {"Policy": text})
    assert printed(lines)[1].startswith("warn  KMS key policy: not checked: it is not a policy; ")


def test_what_is_not_deployed_needs_nothing(lines: Lines, policy: dict[str, Statement]) -> None:
    for name in ("cloudwatch", "ses", "sns"):
        del policy[name]
    alone = {"alarms": {"enabled": False}, "mail": {"create_configuration_set": False}}
    assert [line[:4] for line in printed(lines, **alone)] == ["ok  ", "ok  "]


def test_cloudfront_must_decrypt_what_it_serves(lines: Lines, policy: dict[str, Statement]) -> None:
    (_, line) = printed(lines, delivery={})
    assert "cloudfront.amazonaws.com may not kms:Decrypt" in line
    arn = {"StringEquals": {"AWS:SourceArn": f"arn:aws:cloudfront::{ACCOUNT}:distribution/E2"}}
    policy["cloudfront"] = allow(service("cloudfront"), "kms:Decrypt", **arn)
    assert printed(lines, delivery={})[-1].startswith("ok ")


def test_key_of_aws_is_refused(cloud: Cloud, lines: Lines, policy: dict[str, Statement]) -> None:
    del policy
    cloud.answer(aws.KEY, metadata(KeyManager="AWS"))
    assert "managed by AWS" in printed(lines)[0]
    assert printed(lines)[0].startswith("fail")


def test_names_of_services_in_china() -> None:
    assert key._suffix("aws-cn") == "amazonaws.com.cn"
