"""Asking AWS: which call needs which right, and what its errors mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    HTTPClientError,
)
from botocore.exceptions import (
    ConnectionError as NoConnectionError,
)

from operations.errors import OperationsError

# A check is worth a few seconds, not the minutes of botocore's defaults.
CLIENTS = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 3},
)
# One name in each API: IAM and S3; APIs with JSON; SNS; HeadBucket, whose answer has no body; SQS
# (Common Errors in its API reference).
DENIED = frozenset(
    (
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "UnauthorizedOperation",
        "403",
    )
)

# AWS takes the credentials for nobody's, or for too old: "Common Errors" in the API references.
REFUSED = frozenset(
    (
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
    )
)


class NotAllowedError(OperationsError):
    """The credentials lack a right."""


class NotThereError(OperationsError):
    """AWS knows no such resource."""


class UnreachableError(OperationsError):
    """No answer came from the service."""


class OtherAnswerError(OperationsError):
    """AWS answered with another error."""


class CredentialsError(OtherAnswerError):
    """AWS does not take the credentials: every further question has the same answer."""


@dataclass(frozen=True)
class Question:
    """One read-only operation.

    Attributes:
        service: The service, by boto3's name.
        operation: The operation, by boto3's name.
        action: The right that it needs.
        not_there: The error codes that say that there is no such resource, from the operation's
            page in the service's API reference.
        next_page: The parameter and the key of the answer with the next page's token, which have
            the same name; None for an operation without pages.
    """

    service: str
    operation: str
    action: str
    not_there: tuple[str, ...] = ()
    next_page: str | None = None


IDENTITY = Question("sts", "get_caller_identity", "sts:GetCallerIdentity")
SENDING = Question("sesv2", "get_account", "ses:GetAccount")
SES_IDENTITY = Question(
    "sesv2", "get_email_identity", "ses:GetEmailIdentity", ("NotFoundException",)
)
CONFIGURATION_SET = Question(
    "sesv2", "get_configuration_set", "ses:GetConfigurationSet", ("NotFoundException",)
)
CONCURRENCY = Question("lambda", "get_account_settings", "lambda:GetAccountSettings")
FUNCTION = Question(
    "lambda",
    "get_function_configuration",
    "lambda:GetFunctionConfiguration",
    ("ResourceNotFoundException",),
)
ROLE = Question("iam", "get_role", "iam:GetRole", ("NoSuchEntity",))
BUCKET = Question("s3", "head_bucket", "s3:ListBucket", ("404", "NoSuchBucket"))
LOCK = Question("s3", "get_object", "s3:GetObject", ("NoSuchKey",))
TABLE = Question(
    "dynamodb", "describe_table", "dynamodb:DescribeTable", ("ResourceNotFoundException",)
)
QUEUE = Question(
    "sqs",
    "get_queue_url",
    "sqs:GetQueueUrl",
    ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
)
TOPIC = Question("sns", "get_topic_attributes", "sns:GetTopicAttributes", ("NotFound",))
STATE_MACHINE = Question(
    "stepfunctions",
    "describe_state_machine",
    "states:DescribeStateMachine",
    ("StateMachineDoesNotExist",),
)
LOG_GROUPS = Question(
    "logs", "describe_log_groups", "logs:DescribeLogGroups", next_page="nextToken"
)
PARAMETERS = Question("ssm", "describe_parameters", "ssm:DescribeParameters", next_page="NextToken")
KEY = Question("kms", "describe_key", "kms:DescribeKey", ("NotFoundException",))
KEY_POLICY = Question("kms", "get_key_policy", "kms:GetKeyPolicy", ("NotFoundException",))
CERTIFICATE = Question(
    "acm", "describe_certificate", "acm:DescribeCertificate", ("ResourceNotFoundException",)
)
DOMAIN_NAME = Question("apigatewayv2", "get_domain_name", "apigateway:GET", ("NotFoundException",))


@dataclass
class Aws:
    """AWS in one region, with one set of credentials.

    Attributes:
        session: Has the credentials.
        region: The region of most services.
        endpoint_url: A local cloud in place of AWS.
    """

    session: boto3.Session
    region: str
    endpoint_url: str | None = None
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False)

    def ask(self, question: Question, region: str | None = None, **parameters: object) -> Any:  # noqa: ANN401 - responses are JSON
        """The answer to a question.

        Args:
            question: The operation.
            region: Another region than that of the deployment.
            parameters: Those of the operation.

        Raises:
            NotAllowedError, NotThereError, UnreachableError, OtherAnswerError, CredentialsError:
                As they say.
            BotoCoreError: There are no credentials, or the like.
        """
        client = self.client(question.service, region)
        try:
            return getattr(client, question.operation)(**parameters)
        except ClientError as error:
            raise _meaning(question, error.response) from error
        except (NoConnectionError, HTTPClientError) as error:
            raise UnreachableError(str(error)) from error

    def pages(self, question: Question, **parameters: object) -> Iterator[Any]:
        """Each page of the answer to a question, also behind an empty one.

        A page may have no item, and the token of the next one: "DescribeParameters", Systems
        Manager's API reference.

        Args:
            question: The operation.
            parameters: Those of the operation.

        Raises:
            OperationsError: As `ask`.
        """
        answer = self.ask(question, None, **parameters)
        yield answer
        while question.next_page is not None and answer.get(question.next_page):
            token = {question.next_page: answer[question.next_page]}
            answer = self.ask(question, None, **parameters, **token)
            yield answer

    def client(self, service: str, region: str | None = None) -> Any:  # noqa: ANN401 - made by name
        """The client of a service; the same one each time, as making one takes 50 ms."""
        key = (service, region or self.region)
        if key not in self._clients:
            self._clients[key] = self.session.client(
                service,  # type: ignore[call-overload] # the overloads want literal names
                region_name=key[1],
                endpoint_url=self.endpoint_url,
                config=CLIENTS,
            )
        return self._clients[key]


def _meaning(question: Question, response: Mapping[str, Any]) -> OperationsError:
    code = str(response.get("Error", {}).get("Code", ""))
    if code in question.not_there:
        return NotThereError(code)
    if code in DENIED:
        return NotAllowedError(question.action)
    kind = CredentialsError if code in REFUSED else OtherAnswerError
    return kind(f"{code}: {response.get('Error', {}).get('Message', '')}")
