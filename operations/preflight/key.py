"""The KMS keys of `encryption`: usable, and a policy that lets the services use the first."""

import json
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from operations.preflight import aws
from operations.preflight.context import Context
from operations.preflight.findings import Finding, fail, ok, warn

SUBJECT = "KMS key"
DOCS = "docs/encryption.md has the policy"
# Key states: "Key states of AWS KMS keys", KMS Developer Guide.
REMEDIES = {
    "Disabled": "enable it: `aws kms enable-key`",
    "PendingDeletion": "cancel its deletion at once: `aws kms cancel-key-deletion`, then enable it",
    "PendingReplicaDeletion": "cancel its deletion at once: `aws kms cancel-key-deletion`",
    "PendingImport": "import its key material",
    "Unavailable": "connect its key store",
}
LOGS = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:GenerateDataKey", "kms:DescribeKey")
READ = ("kms:Decrypt",)
PUBLISH = ("kms:Decrypt", "kms:GenerateDataKey")
# What the account's IAM policies, and so the roles of the functions, need of the key's policy.
ROLES = ("kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant", "kms:DescribeKey")


def check(context: Context) -> Iterator[Finding]:
    """Whether each key can be used, and by those who must."""
    arns = context.settings.key_arns
    for arn in arns:
        yield _state(context, arn)
    if context.settings.is_encrypted:
        yield from _policy(context, arns[0])


def _state(context: Context, arn: str) -> Finding:
    try:
        key = context.aws.ask(aws.KEY, KeyId=arn)["KeyMetadata"]
    except aws.NotThereError:
        return fail(SUBJECT, f"{arn} does not exist", "set encryption.kms_key_arn to one that does")
    state = key.get("KeyState")
    if state != "Enabled":
        remedy = REMEDIES.get(state, "wait until it is enabled")
        return fail(SUBJECT, f"{arn} is {state}: nothing can be read or written with it", remedy)
    if key.get("KeyManager") == "AWS":
        return fail(
            SUBJECT,
            f"{arn} is managed by AWS, so nobody can let services of the deployment use it",
            "use a key of your own",
        )
    if (key.get("KeySpec"), key.get("KeyUsage")) != ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"):
        return fail(
            SUBJECT,
            f"{arn} is of {key.get('KeySpec')} for {key.get('KeyUsage')}",
            "use a symmetric key for encryption",
        )
    return ok(SUBJECT, f"{arn} is enabled")


def _policy(context: Context, arn: str) -> Iterator[Finding]:
    try:
        text = context.aws.ask(aws.KEY_POLICY, KeyId=arn, PolicyName="default")["Policy"]
    except aws.NotThereError:
        return
    try:
        statements = _list(json.loads(text)["Statement"])
    except (ValueError, KeyError, TypeError):
        yield warn("KMS key policy", "not checked: it is not a policy", DOCS)
        return
    if any(statement.get("Effect") == "Deny" for statement in statements):
        yield warn("KMS key policy", "not checked: what its Deny statements refuse", DOCS)
    missing = False
    for principal, actions in _needed(context).items():
        lacking = [one for one in actions if not _allows(context, statements, principal, one)]
        if lacking:
            missing = True
            yield fail("KMS key policy", f"{principal} may not {', '.join(lacking)}", DOCS)
    if not missing:
        yield ok(
            "KMS key policy",
            "it lets the roles and services in; conditions beyond "
            "aws:SourceAccount are not evaluated",
        )


def _needed(context: Context) -> dict[str, Sequence[str]]:
    """What each principal must be allowed: the table of docs/encryption.md."""
    account, region = context.account, context.settings.region
    root = f"arn:{account.partition}:iam::{account.id}:root"
    needed: dict[str, Sequence[str]] = {
        root: ROLES,
        f"logs.{region}.{_suffix(account.partition)}": LOGS,
    }
    if context.settings.has_alarms:
        needed["cloudwatch.amazonaws.com"] = PUBLISH
    if context.settings.has_public_addresses:
        needed["cloudfront.amazonaws.com"] = READ
    if context.settings.records_feedback:
        needed |= {"ses.amazonaws.com": PUBLISH, "sns.amazonaws.com": PUBLISH}
    return needed


def _suffix(partition: str) -> str:
    return "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"


def _allows(
    context: Context, statements: Sequence[Mapping[str, Any]], principal: str, action: str
) -> bool:
    return any(
        statement.get("Effect") == "Allow"
        and _names(context, statement.get("Principal"), principal)
        and any(
            fnmatchcase(action.lower(), pattern.lower())
            for pattern in _list(statement.get("Action", ()))
        )
        and _is_for(context, statement.get("Condition", {}))
        for statement in statements
    )


def _names(context: Context, holders: object, principal: str) -> bool:
    if holders == "*":
        return True
    if not isinstance(holders, dict):
        return False
    named = [*_list(holders.get("AWS", ())), *_list(holders.get("Service", ()))]
    # The number of an account stands for its root: "AWS JSON policy elements: Principal".
    same = {principal} | ({context.account.id} if principal.endswith(":root") else set())
    return "*" in named or not same.isdisjoint(named)


def _is_for(context: Context, conditions: object) -> bool:
    """Whether a statement is not for another account alone."""
    if not isinstance(conditions, dict):
        return False
    accounts = [
        values
        for operator, keys in conditions.items()
        if operator.startswith("StringEquals")
        for name, values in keys.items()
        if name.lower() == "aws:sourceaccount"
    ]
    return all(context.account.id in _list(values) for values in accounts)


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - policies have one of something, or a list
    return list(value) if isinstance(value, list | tuple) else [value]
