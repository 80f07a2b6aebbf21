"""What IAM checks in a request and the engine doesn't: plain functions over plain data."""

import re
from collections.abc import Container, Iterator, Mapping
from typing import Any

# Lambda's own actions on a source, by the service in its ARN. It checks them when a mapping is
# created: "Please ensure the role can perform the GetRecords, GetShardIterator,
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
# A name or its placeholder at the start of a path: neither ":value" nor "path.part".
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
    """The value of dynamodb:Attributes: all top-level attributes that a request names.

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
    """The action and resource of each right that S3 needs beside PutObject and DeleteObject.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
    """
    resource = f"arn:aws:s3:::{path.lstrip('/')}"
    if method == "PUT" and headers.get("x-amz-tagging"):
        yield "s3:PutObjectTagging", resource
    if method == "DELETE" and headers.get("if-match", "*") != "*":
        yield "s3:GetObject", resource


def conditions_of_write(action: str, headers: Mapping[str, str]) -> dict[str, str]:
    """The condition keys of a conditional write.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    """
    if action != "s3:PutObject":
        return {}
    names = ("if-match", "if-none-match")
    return {f"s3:{name}": headers[name] for name in names if headers.get(name)}


def ses_checks(
    request: Mapping[str, Any], identities: Container[str], arn_start: str
) -> Iterator[tuple[str, str]]:
    """The action and each resource for which a SendEmail of SES v2 needs a right.

    These are the sender's identity and the configuration set, if the request names one. Where both
    the address and its domain are registered, AWS does not say which one counts, so both do:
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html

    Args:
        request: the request's body.
        identities: the registered identities.
        arn_start: the ARNs up to the kind of resource, such as "arn:aws:ses:eu-central-1:1234".
    """
    action = "ses:SendRawEmail" if "Raw" in (request.get("Content") or {}) else "ses:SendEmail"
    address = bare_address(request.get("FromEmailAddress") or "")
    domain = address.rpartition("@")[2]
    for identity in [name for name in (address, domain) if name in identities] or [address]:
        yield action, f"{arn_start}:identity/{identity}"
    configuration_set = request.get("ConfigurationSetName")
    if configuration_set:
        yield action, f"{arn_start}:configuration-set/{configuration_set}"


def bare_address(sender: str) -> str:
    """A mail address without the name in front of it: the value of ses:FromAddress."""
    bracketed = re.search(r"<([^<>]+)>\s*$", sender)
    return bracketed[1] if bracketed else sender.strip()


def source_keys(service: str, source_arn: str, account: str) -> dict[str, str]:
    """What a service names as the source when it calls a function, by condition key.

    aws:SourceAccount is documented for S3 and SES alone, so the others are taken not to send it:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-permission.html
    """
    keys = {"aws:sourcearn": source_arn}
    return {**keys, "aws:sourceaccount": account} if service == "s3.amazonaws.com" else keys


def route_source(execution_arn: str, stage: str, route_key: str) -> str:
    """The value of aws:SourceArn when an HTTP API calls a function for a route.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html

    Args:
        execution_arn: such as "arn:aws:execute-api:eu-central-1:123456789012:abc".
        stage: the stage's name.
        route_key: such as "POST /users/{username}", or "$default".
    """
    method, _, path = route_key.partition(" ")
    source = method + re.sub(r"\{[^}]+\}", "*", path)
    return f"{execution_arn}/{stage}/{source}"


def queue_arn(url: str, region: str) -> str:
    """The ARN of a queue, from its URL, which ends in account and name."""
    account, name = url.rstrip("/").split("/")[-2:]
    return f"arn:aws:sqs:{region}:{account}:{name}"
