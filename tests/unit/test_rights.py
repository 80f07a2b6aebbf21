"""What tests/rights.py decides, as IAM documents it."""

import pytest

from tests.rights import Request, allows, is_covered, matches, statements_of

BUCKET = "arn:aws:s3:::acme"


@pytest.mark.parametrize(
    ("value", "pattern", "is_within"),
    [
        (f"{BUCKET}/a/b", f"{BUCKET}/*", True),
        (BUCKET, f"{BUCKET}/*", False),
        (f"{BUCKET}/a*", f"{BUCKET}/*", True),
        (f"{BUCKET}/*", f"{BUCKET}/a*", False),
        ("arn:aws:sqs:eu:1:a.b", "arn:aws:sqs:eu:1:a?b", True),
        ("arn:aws:sqs:eu:1:axb", "arn:aws:sqs:eu:1:a.b", False),
    ],
)
def test_patterns_are_those_of_iam(value: str, pattern: str, *, is_within: bool) -> None:
    assert matches(value, pattern) is is_within


@pytest.mark.parametrize(
    ("condition", "context", "is_met"),
    [
        ({"StringEquals": {"key": "a"}}, {"key": "a"}, True),
        ({"StringEquals": {"key": ["a", "b"]}}, {"key": "b"}, True),
        ({"StringEquals": {"key": "a*"}}, {"key": "ab"}, False),
        ({"StringEquals": {"key": "a"}}, {}, False),
        ({"ArnLike": {"key": "arn:*:a-*"}}, {"key": "arn:aws:a-b"}, True),
        ({"ForAllValues:StringEquals": {"key": "a"}}, {}, True),
        ({"Null": {"key": "false"}}, {"key": "a"}, True),
        ({"Null": {"key": "false"}}, {}, False),
        ({"StringEquals": {"key": "a"}, "ArnLike": {"other": "b"}}, {"key": "a"}, False),
    ],
)
def test_conditions_are_those_of_iam(
    condition: dict[str, dict[str, str]], context: dict[str, str], *, is_met: bool
) -> None:
    statement = {"Action": "s3:GetObject", "Resource": f"{BUCKET}/*", "Condition": condition}
    assert allows([statement], Request("s3:GetObject", f"{BUCKET}/a", context)) is is_met
    assert not allows([statement], Request("s3:PutObject", f"{BUCKET}/a", context))
    assert not allows([statement], Request("s3:GetObject", BUCKET, context))


def test_unknown_operator_is_an_error() -> None:
    statement = {"Action": "a:B", "Resource": "*", "Condition": {"NumericEquals": {"key": "a"}}}
    with pytest.raises(AssertionError, match="NumericEquals"):
        allows([statement], Request("a:B", "*", {"key": "a"}))


def test_statement_is_covered_right_by_right() -> None:
    narrower = {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": [f"{BUCKET}/a/*"]}
    wider = [{"Action": "s3:GetObject", "Resource": f"{BUCKET}/*"}]
    assert is_covered(wider, narrower) == [f"s3:PutObject on {BUCKET}/a/*"]


@pytest.mark.parametrize(
    ("wider", "narrower", "is_within"),
    [
        ({}, {"StringEquals": {"key": "a"}}, True),
        ({"StringEquals": {"key": ["a", "b"]}}, {"StringEquals": {"key": "a"}}, True),
        ({"StringEquals": {"key": "a"}}, {"StringEquals": {"key": ["a", "b"]}}, False),
        ({"StringEquals": {"key": "a"}}, {}, False),
        ({"StringEquals": {"key": "a"}}, {"StringEquals": {"other": "a"}}, False),
    ],
)
def test_narrower_condition_is_covered(
    wider: dict[str, object], narrower: dict[str, object], *, is_within: bool
) -> None:
    right = {"Action": "kms:Decrypt", "Resource": "arn:aws:kms:eu:1:key/1"}
    missing = is_covered([{**right, "Condition": wider}], {**right, "Condition": narrower})
    assert (missing == []) is is_within


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
        {"Effect": "Allow", "NotAction": "s3:GetObject", "Action": [], "Resource": "*"},
    ],
)
def test_statement_that_names_no_actions_is_an_error(statement: dict[str, object]) -> None:
    with pytest.raises(AssertionError):
        statements_of([{"Statement": statement}])
