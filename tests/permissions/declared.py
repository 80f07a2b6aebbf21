"""Reads every permission that Terraform declared from the cloud, and removes each in turn.

A permission is the smallest part of a policy: one action on one resource, of one
statement. No function and no action is named here.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Protocol

from tests.permissions.decisions import Decision

Statement = Mapping[str, Any]


class Permission(Protocol):
    """A permission of a role or a service."""

    @property
    def holder(self) -> str:
        """The name of the role or service."""

    @property
    def action(self) -> str:
        """The permitted action on its resource, as text."""

    def covers(self, decision: Decision) -> bool:
        """Whether a decision was about this permission."""

    def taken_away(self) -> Any:  # noqa: ANN401 - a context manager
        """A context in which the permission is removed."""


@dataclass(frozen=True)
class RolePermission:
    """One action on one resource, of one statement of a role's policy."""

    iam: Any = field(repr=False, compare=False)
    holder: str
    policy: str
    document: Mapping[str, Any] = field(repr=False, compare=False)
    statement: int
    action: str
    resource: str

    def __str__(self) -> str:
        sid = self.document["Statement"][self.statement].get("Sid", self.statement)
        return f"{self.holder} {self.policy}/{sid}: {self.action} on {self.resource}"

    def covers(self, decision: Decision) -> bool:
        return (
            decision.principal == self.holder
            and fnmatchcase(decision.action.lower(), self.action.lower())
            and fnmatchcase(decision.resource, self.resource)
        )

    @contextmanager
    def taken_away(self) -> Iterator[None]:
        policy = {"RoleName": self.holder, "PolicyName": self.policy}
        rest = without(self.document, self.statement, self.action, self.resource)
        if rest["Statement"]:
            self.iam.put_role_policy(**policy, PolicyDocument=json.dumps(rest))
        else:
            self.iam.delete_role_policy(**policy)
        try:
            yield
        finally:
            self.iam.put_role_policy(**policy, PolicyDocument=json.dumps(self.document))


@dataclass(frozen=True)
class InvokePermission:
    """A statement of a function's own policy: a service may call it for a source."""

    functions: Any = field(repr=False, compare=False)
    holder: str
    function: str
    statement_id: str
    action: str
    source_arn: str
    source_account: str | None

    def __str__(self) -> str:
        return f"{self.holder} {self.statement_id}: {self.action} of {self.function}"

    def covers(self, decision: Decision) -> bool:
        return (
            decision.principal == self.holder
            and decision.action == self.action
            and decision.resource.endswith(f":{self.function}")
            and fnmatchcase(decision.source, self.source_arn)
        )

    @contextmanager
    def taken_away(self) -> Iterator[None]:
        statement = {"FunctionName": self.function, "StatementId": self.statement_id}
        account = {} if self.source_account is None else {"SourceAccount": self.source_account}
        self.functions.remove_permission(**statement)
        try:
            yield
        finally:
            self.functions.add_permission(
                **statement,
                Action=self.action,
                Principal=self.holder,
                SourceArn=self.source_arn,
                **account,
            )


def without(
    document: Mapping[str, Any], index: int, action: str, resource: str
) -> dict[str, list[dict[str, Any]]]:
    """A policy without one action on one resource in the statement of that index.

    The rest of the statement stays: its other actions on all of its resources, and this action on
    its other resources.
    """
    statements: list[dict[str, Any]] = [dict(statement) for statement in document["Statement"]]
    statement = statements.pop(index)
    others = [other for other in listed(statement["Action"]) if other != action]
    elsewhere = [other for other in listed(statement["Resource"]) if other != resource]
    if elsewhere:
        nameless = {name: value for name, value in statement.items() if name != "Sid"}
        statements.insert(index, {**nameless, "Action": [action], "Resource": elsewhere})
    if others:
        statements.insert(index, {**statement, "Action": others})
    return {**document, "Statement": statements}


def listed(value: str | list[str]) -> list[str]:
    """A list, also of a single value, which IAM writes without a list."""
    return [value] if isinstance(value, str) else value


def role_permissions(iam: Any, name_prefix: str) -> list[RolePermission]:  # noqa: ANN401 - a client
    """The permissions of roles whose names start with a prefix."""
    found: list[RolePermission] = []
    for page in iam.get_paginator("list_roles").paginate():
        for role in (role["RoleName"] for role in page["Roles"]):
            if role.startswith(name_prefix):
                attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
                assert attached == [], f"{role}: a policy of somebody else's is attached"
                found += _permissions_of(iam, role)
    return found


def _permissions_of(iam: Any, role: str) -> Iterator[RolePermission]:  # noqa: ANN401 - a client
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        for index, statement in enumerate(document["Statement"]):
            assert {"NotAction", "NotResource"}.isdisjoint(statement), f"{role} {policy}"
            if statement["Effect"] != "Allow":
                continue
            for action in listed(statement["Action"]):
                for resource in listed(statement["Resource"]):
                    yield RolePermission(iam, role, policy, document, index, action, resource)


def invoke_permissions(functions: Any, name_prefix: str) -> list[InvokePermission]:  # noqa: ANN401 - a client made by name
    """Which services may call the functions whose names start with a prefix."""
    found: list[InvokePermission] = []
    for page in functions.get_paginator("list_functions").paginate():
        for function in (function["FunctionName"] for function in page["Functions"]):
            if function.startswith(name_prefix):
                found += _callers_of(functions, function)
    return found


def _callers_of(functions: Any, function: str) -> Iterator[InvokePermission]:  # noqa: ANN401 - a client made by name
    try:
        policy = json.loads(functions.get_policy(FunctionName=function)["Policy"])
    except functions.exceptions.ResourceNotFoundException:
        return
    for statement in policy["Statement"]:
        condition = statement["Condition"]
        yield InvokePermission(
            functions,
            holder=statement["Principal"]["Service"],
            function=function,
            statement_id=statement["Sid"],
            action=statement["Action"],
            source_arn=condition["ArnLike"]["AWS:SourceArn"],
            source_account=condition.get("StringEquals", {}).get("AWS:SourceAccount"),
        )
