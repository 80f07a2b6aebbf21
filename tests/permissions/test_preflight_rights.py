"""The documented rights of `make preflight` are enough for it, and each is needed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import boto3
import pytest

from operations.environments import Environment
from operations.preflight.__main__ import CHECKS, made
from operations.preflight.account import Account
from operations.preflight.aws import Aws
from operations.preflight.context import Context
from operations.preflight.state import Backend, State
from tests.permissions.test_operators import documented_rights, role_with
from tests.permissions.world import Client, World
from tests.unit.operations.preflight.conftest import settings
from tooling import environment

SECTION = "preflight.md#Rights"
STATES = "onboarding-states"
DOMAIN = "accounts.example.com"
RECIPIENT = "jane@example.org"
# The engine lets everybody ask.
NOT_IN_THE_ENGINE = {"lambda:GetAccountSettings"}
PREFIX = "onboarding-dev"


@dataclass
class AwsOfOperator(Aws):
    """AWS, as somebody with some rights alone sees it."""

    make: Client = field(kw_only=True)

    def client(self, service: str, region: str | None = None) -> Any:  # noqa: ANN401 - a client made by name
        del region
        return self.make(service)


@dataclass(frozen=True)
class Given:
    """What a deployment with every setting refers to."""

    key_arn: str
    certificate_arn: str


@pytest.fixture(scope="module")
def given(world: World) -> Given:
    key = world.engine.client("kms").create_key()["KeyMetadata"]
    certificate = world.engine.client("acm").request_certificate(DomainName=DOMAIN)
    world.s3.create_bucket(
        Bucket=STATES, CreateBucketConfiguration={"LocationConstraint": environment.REGION}
    )
    return Given(key["Arn"], certificate["CertificateArn"])


def arns_of(world: World, given: Given, on: str) -> list[str]:
    """What a row of the table means."""
    region, account = environment.REGION, world.outputs["account_id"]
    identities = (
        *(world.outputs["from_address"], world.outputs["from_address"].partition("@")[2]),
        RECIPIENT,
    )
    known = {
        "`*`: the actions": ["*"],
        "the identities": [f"arn:aws:ses:{region}:{account}:identity/{one}" for one in identities],
        "the configuration set": [
            f"arn:aws:ses:{region}:{account}:configuration-set/{PREFIX}-activation-mails"
        ],
        "the functions": [f"arn:aws:lambda:{region}:{account}:function:{PREFIX}-*"],
        "the roles": [f"arn:aws:iam::{account}:role/{PREFIX}-*"],
        "the buckets": [f"arn:aws:s3:::{PREFIX}-*", f"arn:aws:s3:::{STATES}"],
        "the object of the state": [f"arn:aws:s3:::{STATES}/*"],
        "the tables": [
            f"arn:aws:dynamodb:{region}:{account}:table/{PREFIX}-{name}"
            for name in ("User", "user-profile", "web-state")
        ],
        "the queues": [f"arn:aws:sqs:{region}:{account}:{PREFIX}-*"],
        "the topics": [f"arn:aws:sns:{region}:{account}:{PREFIX}-*"],
        "the state machine": [
            f"arn:aws:states:{region}:{account}:stateMachine:{PREFIX}-SendUserActivationMail"
        ],
        # The engine asks without saying which.
        "the account's log groups": ["*"],
        "the keys": [given.key_arn],
        "the certificate": [given.certificate_arn],
        "`/domainnames/`": [f"arn:aws:apigateway:{region}::/domainnames/{DOMAIN}"],
    }
    (arns,) = (arns for start, arns in known.items() if on.startswith(start))
    return arns


def checked(world: World, given: Given, make: Client) -> list[str]:
    """The lines of all checks, with every setting, and as before the first apply."""
    account = Account(world.outputs["account_id"], "aws", "arn:aws:iam::operator")
    chosen = settings(
        from_address=world.outputs["from_address"],
        encryption={"kms_key_arn": given.key_arn},
        mail={"sandbox_recipients": [RECIPIENT], "rate_per_second": 5},
        web_api={"domain": {"name": DOMAIN, "certificate_arn": given.certificate_arn}},
        thumbnails={"engine": "tinypng"},
    )
    backend = Backend("s3", {"bucket": STATES, "key": "dev/state", "use_lockfile": True})
    connection = AwsOfOperator(boto3.Session(), environment.REGION, make=cache(make))
    context = Context(Environment(), chosen, connection, account, State(backend, {}))
    return [str(finding) for subject, check in CHECKS for finding in made(subject, check, context)]


def with_rights(world: World, given: Given, rights: Sequence[tuple[list[str], str]]) -> Any:  # noqa: ANN401 - as role_with
    """A new role with documented rights: its name, and what makes its clients."""
    return role_with(
        world,
        [
            {"Effect": "Allow", "Action": actions, "Resource": arns_of(world, given, on)}
            for actions, on in rights
        ],
    )


def test_documented_rights_are_what_make_preflight_needs(world: World, given: Given) -> None:
    rights = documented_rights(SECTION)
    name, make = with_rights(world, given, rights)
    mark = world.decisions.mark()

    lines = checked(world, given, make)

    assert [line for line in lines if "needs " in line or "you lack" in line] == []
    asked = [one for one in world.decisions.since(mark) if one.principal == name]
    assert [one for one in asked if not one.allowed] == []
    unused = [
        f"{action} on {on}"
        for actions, on in rights
        for action in actions
        if not any(
            one.action == action
            and any(fnmatchcase(one.resource, arn) for arn in arns_of(world, given, on))
            for one in asked
        )
    ]
    assert {row.split()[0] for row in unused} == NOT_IN_THE_ENGINE


def test_each_right_that_is_missing_is_named(world: World, given: Given) -> None:
    documented = {action for actions, _ in documented_rights(SECTION) for action in actions}
    named = set()
    # The key's policy is asked for after the key.
    for action in ("sts:GetCallerIdentity", "kms:DescribeKey"):
        _, make = role_with(world, [{"Effect": "Allow", "Action": action, "Resource": "*"}])
        lines = "\n".join(checked(world, given, make))
        named |= {one for one in documented if re.search(f"(needs|lack) {one}", lines)}
    assert documented - named == NOT_IN_THE_ENGINE
