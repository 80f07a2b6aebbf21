"""Exactly one action on one resource is removed."""

from typing import Any

import pytest

from tests.permissions.declared import without

FIRST = {"Sid": "First", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "a"}


def statement(
    actions: str | list[str], resources: str | list[str], **more: object
) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


@pytest.mark.parametrize(
    ("second", "left"),
    [
        (statement("x", "r", Sid="S"), []),
        (statement(["x", "y"], "r", Sid="S"), [statement(["y"], "r", Sid="S")]),
        (
            statement("x", ["r", "t"], Sid="S", Condition={}),
            [statement(["x"], ["t"], Condition={})],
        ),
        (
            statement(["x", "y"], ["r", "t"], Sid="S"),
            [statement(["y"], ["r", "t"], Sid="S"), statement(["x"], ["t"])],
        ),
    ],
)
def test_everything_else_stays(second: dict[str, Any], left: list[dict[str, Any]]) -> None:
    document = {"Version": "2012-10-17", "Statement": [FIRST, second]}
    assert without(document, 1, "x", "r") == {"Version": "2012-10-17", "Statement": [FIRST, *left]}


def test_document_itself_is_not_changed() -> None:
    document = {"Version": "2012-10-17", "Statement": [FIRST]}
    without(document, 0, "s3:GetObject", "a")
    assert document == {"Version": "2012-10-17", "Statement": [FIRST]}
