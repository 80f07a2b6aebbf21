"""Decides what IAM policies allow, as far as the policies of this project go.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

Statement = Mapping[str, Any]


@dataclass(frozen=True)
class Request:
    """What IAM decides about.

    Attributes:
        action: Such as "s3:GetObject".
        resource: An ARN, or "*".
        context: The values of condition keys.
    """

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict, hash=False)


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """A list, also of a single value, which IAM writes without a list."""
    return value if isinstance(value, list) else [value]


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def matches(value: str, pattern: str) -> bool:
    """Whether a text, or all that another pattern stands for, is within a pattern."""
    return _pattern(pattern).fullmatch(value) is not None


def statements_of(documents: Iterable[Mapping[str, Any]]) -> list[Statement]:
    """The statements of policies, each of which must allow named actions."""
    found = [one for document in documents for one in listed(document["Statement"])]
    for statement in found:
        assert statement["Effect"] == "Allow", statement
        assert not {"NotAction", "NotResource"} & set(statement), statement
        assert not [name for name in listed(statement["Action"]) if "*" in name], statement
    return found


def rights_of(statements: Iterable[Statement]) -> Iterator[tuple[str, str, Statement]]:
    """Each action on each resource that is allowed."""
    for statement in statements:
        for action in listed(statement["Action"]):
            for resource in listed(statement["Resource"]):
                yield action, resource, statement


def allows(statements: Sequence[Statement], request: Request) -> bool:
    """Whether one of the statements allows a request."""
    return any(_allows(statement, request) for statement in statements)


def _allows(statement: Statement, request: Request) -> bool:
    return (
        request.action in listed(statement["Action"])
        and any(matches(request.resource, one) for one in listed(statement["Resource"]))
        and all(
            _is_met(operator, request.context.get(key), listed(values))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _is_met(operator: str, value: str | None, wanted: Sequence[str]) -> bool:
    if operator == "Null":
        return (value is None) == (wanted == ["true"])
    if value is None:
        return operator.startswith("ForAllValues:")
    if operator in ("StringEquals", "ForAllValues:StringEquals"):
        return value in wanted
    if operator in ("ArnLike", "StringLike"):
        return any(matches(value, pattern) for pattern in wanted)
    raise AssertionError(f"{operator}: teach tests/rights.py")


def is_covered(statements: Sequence[Statement], narrower: Statement) -> list[str]:
    """The rights of a statement that the statements don't allow whole, as text."""
    return [
        f"{action} on {resource}"
        for action, resource, _ in rights_of([narrower])
        if not any(
            action in listed(wider["Action"])
            and any(matches(resource, pattern) for pattern in listed(wider["Resource"]))
            and _conditions_follow(wider, narrower)
            for wider in statements
        )
    ]


def _conditions_follow(wider: Statement, narrower: Statement) -> bool:
    """Whether what meets the conditions of `narrower` meets those of `wider`."""
    own = narrower.get("Condition", {})
    return all(
        key in own.get(operator, {}) and set(listed(own[operator][key])) <= set(listed(values))
        for operator, keys in wider.get("Condition", {}).items()
        for key, values in keys.items()
    )
