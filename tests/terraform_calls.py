"""The rights that Terraform's requests need: what the engine's request log says, as IAM sees it.

botocore's models say which operation a request is and what it names.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import botocore.session
from botocore.model import OperationModel

from tests.rights import Request

# botocore's name of a service, where the requests are signed for another.
MODELS = {
    "apigateway": "apigatewayv2",
    "monitoring": "cloudwatch",
    "ses": "sesv2",
    "states": "stepfunctions",
}
# IAM's prefix of actions, where the requests are signed for another name.
PREFIXES = {"monitoring": "cloudwatch"}

# Actions that are not named as the operation:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
S3_ACTIONS = {
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteObjects": "DeleteObject",
    "CompleteMultipartUpload": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjectsV2": "ListBucket",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
}
# What IAM knows no resource for: parliament's copy of AWS's reference says so in the scans.
ON_EVERYTHING = {
    "cloudwatch:DescribeAlarms",
    "lambda:CreateEventSourceMapping",
    "logs:DescribeLogGroups",
    "sns:GetSubscriptionAttributes",
    "sns:SetSubscriptionAttributes",
    "sns:Unsubscribe",
    "ssm:DescribeParameters",
    "states:ValidateStateMachineDefinition",
}
# Everybody may ask STS who they are. The provider asks IAM only where it skips the check of
# credentials, as at the local cloud.
WITHOUT_A_RIGHT = {"iam:GetUser", "sts:GetCallerIdentity"}

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """Where the resources are."""

    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True)
class Call:
    """A request: the service's name in the signature, the operation, and what it says."""

    service: str
    operation: str
    parameters: Parameters
    method: str
    path: str


def calls_in(file: Path, start: int = 0, end: int | None = None) -> list[Call]:
    """The calls between two positions of a request log."""
    text = file.read_bytes()[start:end].decode("utf-8")
    return [_call(json.loads(line)) for line in text.splitlines()]


def _call(entry: Mapping[str, str]) -> Call:
    service = entry["service"]
    query = dict(parse_qsl(entry["query"], keep_blank_values=True))
    path = unquote(entry["path"])
    body = _read(entry["body"])
    if entry["target"]:
        operation, parameters = entry["target"].rpartition(".")[2], body
    elif entry["body"].startswith("Action="):
        operation, parameters = body["Action"], body
    else:
        operation, labels = _operation(service, entry["method"], entry["path"], query)
        parameters = {**body, **query, **labels}
    return Call(service, operation, parameters, entry["method"], path)


def _read(body: str) -> dict[str, Any]:
    """A body's parameters, if it is JSON or a form."""
    if body.startswith("{"):
        try:
            return dict(json.loads(body))
        except ValueError:
            return {}
    return dict(parse_qsl(body)) if body.startswith("Action=") else {}


@dataclass(frozen=True)
class _Route:
    """How a request of an operation looks.

    Attributes:
        name: The operation.
        method: Of HTTP.
        path: With a group for each parameter in it.
        query: Parameters with a fixed value, which may be empty.
        names: Further parameters in the query that are required.
    """

    name: str
    method: str
    path: re.Pattern[str]
    query: Mapping[str, str]
    names: frozenset[str]

    def parameters(self, method: str, path: str, query: Mapping[str, str]) -> dict[str, str] | None:
        """The parameters in the path; None if a request is not of this operation."""
        found = self.path.fullmatch(path)
        if found is None or method != self.method or not self.names <= query.keys():
            return None
        if not self.query.items() <= query.items():
            return None
        return {label: unquote(text) for label, text in found.groupdict().items()}


@cache
def _routes(service: str) -> list[_Route]:
    """The routes of a service, those with the most in the query first."""
    session = botocore.session.get_session()
    model = session.get_service_model(MODELS.get(service, service))
    found = [_route(model.operation_model(name)) for name in model.operation_names]
    routes = [route for route in found if route is not None]
    return sorted(routes, key=lambda route: (-len(route.query), -len(route.names)))


def _route(operation: OperationModel) -> _Route | None:
    shape = operation.input_shape
    members = shape.members if shape else {}
    required = [members[name].serialization for name in (shape.required_members if shape else ())]
    # Deprecated ones, and CopyObject, have the path of another; the latter needs a header.
    if operation.deprecated or any(one.get("location") == "header" for one in required):
        return None
    path, _, query = operation.http["requestUri"].partition("?")
    labels = re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", path.rstrip("/"))
    labels = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", labels)
    return _Route(
        name=operation.name,
        method=operation.http["method"],
        path=re.compile(f"{labels}/?"),
        query=dict(parse_qsl(query, keep_blank_values=True)),
        names=frozenset(one["name"] for one in required if one.get("location") == "querystring"),
    )


def _operation(
    service: str, method: str, path: str, query: Mapping[str, str]
) -> tuple[str, dict[str, str]]:
    for route in _routes(service):
        parameters = route.parameters(method, path, query)
        if parameters is not None:
            return route.name, parameters
    raise AssertionError(f"no operation of {service} is {method} {path} {dict(query)}")


def requests_of(call: Call, place: Place) -> Iterator[Request]:
    """What IAM decides about for a call."""
    if call.service == "apigateway":
        path = call.path.removeprefix("/v2")
        yield Request(f"apigateway:{call.method}", f"arn:aws:apigateway:{place.region}::{path}")
        return
    operation = S3_ACTIONS.get(call.operation, call.operation)
    prefix = PREFIXES.get(call.service, call.service)
    action = f"{prefix}:{operation if call.service == 's3' else call.operation}"
    if action in WITHOUT_A_RIGHT:
        return
    context = _context(call, action, place)
    if action in ON_EVERYTHING:
        yield Request(action, "*", context)
    else:
        for resource in _RESOURCES[call.service](call.parameters, place):
            yield Request(action, resource, context)
            # Versions are deleted by name too.
            if call.operation == "DeleteObjects" or "versionId" in call.parameters:
                yield Request(f"{action}Version", resource, context)


def _context(call: Call, action: str, place: Place) -> dict[str, str]:
    found = {
        "iam:PermissionsBoundary": call.parameters.get("PermissionsBoundary"),
        "lambda:Principal": call.parameters.get("Principal"),
        "kms:RequestAlias": call.parameters.get("KeyId"),
    }
    if action == "s3:ListBucket":
        found["s3:prefix"] = call.parameters.get("prefix")
    if action == "lambda:CreateEventSourceMapping":
        found["lambda:FunctionArn"] = _function(str(call.parameters["FunctionName"]), place)
    return {key: value for key, value in found.items() if value is not None}


def _function(name: str, place: Place) -> str:
    return name if name.startswith("arn:") else place.arn("lambda", f"function:{name}")


def _one_of(parameters: Parameters, *names: str) -> str | None:
    return next((str(parameters[name]) for name in names if name in parameters), None)


def _in_dynamodb(parameters: Parameters, place: Place) -> Iterator[str]:
    name = _one_of(parameters, "TableName", "ResourceArn")
    assert name, parameters
    yield name if name.startswith("arn:") else place.arn("dynamodb", f"table/{name}")


def _in_iam(parameters: Parameters, place: Place) -> Iterator[str]:
    yield f"arn:aws:iam::{place.account}:role/{parameters['RoleName']}"


def _in_kms(parameters: Parameters, place: Place) -> Iterator[str]:
    # IAM decides about the key of an alias, whose id nobody knows before.
    alias = str(parameters["KeyId"]).startswith("alias/")
    yield place.arn("kms", "key/of-an-alias") if alias else str(parameters["KeyId"])


def _in_lambda(parameters: Parameters, place: Place) -> Iterator[str]:
    if "UUID" in parameters:
        yield place.arn("lambda", f"event-source-mapping:{parameters['UUID']}")
    elif "LayerName" in parameters:
        version = f":{parameters['VersionNumber']}" if "VersionNumber" in parameters else ""
        yield place.arn("lambda", f"layer:{parameters['LayerName']}{version}")
    elif "Resource" in parameters or "Arn" in parameters:
        yield str(_one_of(parameters, "Resource", "Arn"))
    else:
        yield _function(str(parameters["FunctionName"]), place)


def _in_logs(parameters: Parameters, place: Place) -> Iterator[str]:
    arn = _one_of(parameters, "resourceArn")
    yield arn or place.arn("logs", f"log-group:{parameters['logGroupName']}")


def _in_s3(parameters: Parameters, _place: Place) -> Iterator[str]:
    key = parameters.get("Key")
    if key is None and "delete" in parameters:
        key = "each"  # the body is XML, and its keys are those of the bucket
    yield f"arn:aws:s3:::{parameters['Bucket']}" + (f"/{key}" if key else "")


def _in_ses(parameters: Parameters, place: Place) -> Iterator[str]:
    if "ResourceArn" in parameters:
        yield str(parameters["ResourceArn"])
    elif "ConfigurationSetName" in parameters:
        yield place.arn("ses", f"configuration-set/{parameters['ConfigurationSetName']}")
    else:
        yield place.arn("ses", f"identity/{parameters['EmailIdentity']}")


def _in_sns(parameters: Parameters, place: Place) -> Iterator[str]:
    arn = _one_of(parameters, "TopicArn", "ResourceArn")
    yield arn or place.arn("sns", str(parameters["Name"]))


def _in_sqs(parameters: Parameters, place: Place) -> Iterator[str]:
    name = _one_of(parameters, "QueueName", "QueueUrl")
    assert name, parameters
    yield place.arn("sqs", name.rpartition("/")[2])


def _in_ssm(parameters: Parameters, place: Place) -> Iterator[str]:
    for name in [_one_of(parameters, "Name", "ResourceId"), *parameters.get("Names", [])]:
        if name:
            yield place.arn("ssm", f"parameter/{name.lstrip('/')}")


def _in_states(parameters: Parameters, place: Place) -> Iterator[str]:
    arn = _one_of(parameters, "stateMachineArn", "resourceArn")
    yield arn or place.arn("states", f"stateMachine:{parameters['name']}")


def _in_cloudwatch(parameters: Parameters, place: Place) -> Iterator[str]:
    dashboard = _one_of(parameters, "DashboardName", "DashboardNames.member.1")
    if dashboard:
        yield f"arn:aws:cloudwatch::{place.account}:dashboard/{dashboard}"
        return
    alarm = _one_of(parameters, "AlarmName", "AlarmNames.member.1")
    yield place.arn("cloudwatch", f"alarm:{alarm}") if alarm else str(parameters["ResourceARN"])


_RESOURCES: Mapping[str, Callable[[Parameters, Place], Iterator[str]]] = {
    "dynamodb": _in_dynamodb,
    "iam": _in_iam,
    "kms": _in_kms,
    "lambda": _in_lambda,
    "logs": _in_logs,
    "monitoring": _in_cloudwatch,
    "s3": _in_s3,
    "ses": _in_ses,
    "sns": _in_sns,
    "sqs": _in_sqs,
    "ssm": _in_ssm,
    "states": _in_states,
}
