"""What IAM looks at in a request, where the engine does not: plain functions over plain data."""

import re
from collections.abc import Container, Iterator, Mapping
from typing import Any

# What Lambda itself does with a source, by the service in the source's ARN. It checks these when a
# mapping is made: "Please ensure the role can perform the GetRecords, GetShardIterator,
# DescribeStream, and ListStreams Actions on your stream in IAM";
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
READS_OF_A_MAPPING: Mapping[str, tuple[str, ...]] = {
    "dynamodb": (
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
    ),
    "sqs": ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
}

_ITEMS = ("Key", "Item", "Expected", "AttributeUpdates", "KeyConditions", "QueryFilter")
_EXPRESSIONS = (
    "ProjectionExpression",
    "UpdateExpression",
    "ConditionExpression",
    "KeyConditionExpression",
    "FilterExpression",
)
# A name, or a placeholder of one, at the beginning of a path: neither ":value" nor "path.part".
_NAME = re.compile(r"(?<![\w.:#])(#\w+|[A-Za-z_]\w*)")
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
_NO_NAMES = frozenset(
    {
        *("SET", "REMOVE", "ADD", "DELETE"),
        *("AND", "OR", "NOT", "BETWEEN", "IN"),
        *("ATTRIBUTE_EXISTS", "ATTRIBUTE_NOT_EXISTS", "ATTRIBUTE_TYPE", "BEGINS_WITH", "CONTAINS"),
        *("SIZE", "IF_NOT_EXISTS", "LIST_APPEND"),
    }
)


def attributes_named(request: Mapping[str, Any]) -> list[str]:
    """The value of dynamodb:Attributes: the top-level attributes that a request names anywhere.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    found: set[str] = set(request.get("AttributesToGet") or ())
    for name in _ITEMS:
        found.update(request.get(name) or ())
    placeholders = request.get("ExpressionAttributeNames") or {}
    for name in _EXPRESSIONS:
        for word in _NAME.findall(request.get(name) or ""):
            if word.upper() not in _NO_NAMES:
                found.add(placeholders.get(word, word))
    return sorted(found)


def further_s3_checks(
    method: str, path: str, headers: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The action and resource of each right that S3 asks for beside PutObject and DeleteObject.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
    """
    resource = f"arn:aws:s3:::{path.lstrip('/')}"
    if method == "PUT" and headers.get("x-amz-tagging"):
        yield "s3:PutObjectTagging", resource
    if method == "DELETE" and headers.get("if-match", "*") != "*":
        yield "s3:GetObject", resource


def ses_checks(
    request: Mapping[str, Any], identities: Container[str], arn_start: str
) -> Iterator[tuple[str, str]]:
    """The action and each resource that a SendEmail of SES v2 needs the right to.

    That is the identity of the sender (the address where it is registered, otherwise its domain)
    and the configuration set, where one is named:
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html

    Args:
        request: The request's body.
        identities: The registered identities.
        arn_start: The ARNs up to the kind of resource, such as "arn:aws:ses:eu-central-1:1234".
    """
    action = "ses:SendRawEmail" if "Raw" in (request.get("Content") or {}) else "ses:SendEmail"
    address = bare_address(request.get("FromEmailAddress") or "")
    domain = address.rpartition("@")[2]
    identity = domain if address not in identities and domain in identities else address
    yield action, f"{arn_start}:identity/{identity}"
    configuration_set = request.get("ConfigurationSetName")
    if configuration_set:
        yield action, f"{arn_start}:configuration-set/{configuration_set}"


def bare_address(sender: str) -> str:
    """A mail address without the name in front of it: what ses:FromAddress is compared with."""
    bracketed = re.search(r"<([^<>]+)>\s*$", sender)
    return bracketed[1] if bracketed else sender.strip()


def route_source(execution_arn: str, stage: str, route_key: str) -> str:
    """What aws:SourceArn is where an HTTP API calls a function for a route.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html

    Args:
        execution_arn: Such as "arn:aws:execute-api:eu-central-1:123456789012:abc".
        stage: The stage's name.
        route_key: Such as "POST /users/{username}", or "$default".
    """
    method, _, path = route_key.partition(" ")
    source = method + re.sub(r"\{[^}]+\}", "*", path)
    return f"{execution_arn}/{stage}/{source}"


def queue_arn(url: str, region: str) -> str:
    """The ARN of the queue at an address that ends in its account and its name."""
    account, name = url.rstrip("/").split("/")[-2:]
    return f"arn:aws:sqs:{region}:{account}:{name}"
