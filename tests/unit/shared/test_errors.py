"""What may work later, told from what can't."""

from collections.abc import Callable

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from shared.errors import (
    TRY_LATER_CODES,
    ServiceUnavailableError,
    error_code,
    is_temporary,
    temporary_errors_named,
)


def client_error(code: str, status: int) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": "words"},
            "ResponseMetadata": {
                "HTTPStatusCode": status,
                "HTTPHeaders": {},
                "RequestId": "",
                "HostId": "",
                "RetryAttempts": 0,
            },
        },
        "Operation",
    )


def temporary() -> list[Exception]:
    return [
        *(client_error(code, 400) for code in sorted(TRY_LATER_CODES)),
        client_error("InternalServerError", 500),
        client_error("Unheard", 503),
        EndpointConnectionError(endpoint_url="https://dynamodb.example"),
        ConnectTimeoutError(endpoint_url="https://dynamodb.example"),
        ReadTimeoutError(endpoint_url="https://dynamodb.example"),
    ]


@pytest.mark.parametrize("error", temporary(), ids=str)
def test_what_may_work_later_gets_the_one_name(error: Exception) -> None:
    with pytest.raises(ServiceUnavailableError, match=r"^the service: ") as caught:
        raising(error)()
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        client_error("ConditionalCheckFailedException", 400),
        client_error("AccessDeniedException", 403),
        client_error("ValidationException", 400),
        NoCredentialsError(),
        ValueError("ours"),
    ],
    ids=str,
)
def test_every_other_error_passes_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        raising(error)()
    assert caught.value is error


def raising(error: Exception) -> Callable[[], None]:
    def act() -> None:
        with temporary_errors_named("the service"):
            raise error

    return act


def test_an_error_without_details_is_not_temporary() -> None:
    error = ClientError({}, "Operation")
    assert error_code(error) == ""
    assert not is_temporary(error)
