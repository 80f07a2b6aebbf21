"""The keys of the session cookies: the current one and the one before, read again and again."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from shared.environment import ConfigurationError
from shared.errors import ServiceUnavailableError
from tests.unit.builders import fail
from tests.unit.web_api.api import FIRST_KEY, SECOND_KEY, THIRD_KEY, SessionKey
from web_api.signing_key import AGE_LIMIT, SigningKeys

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

LogLines = Callable[[], list[Any]]


class Clock:
    """Seconds that go forward as a test says."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_first_version_is_the_only_key(session_key: SessionKey) -> None:
    assert SigningKeys(session_key.ssm, session_key.name).read() == (FIRST_KEY,)


def test_the_former_version_comes_before_the_current_one(session_key: SessionKey) -> None:
    session_key.rotate(SECOND_KEY)
    assert SigningKeys(session_key.ssm, session_key.name).read() == (FIRST_KEY, SECOND_KEY)
    session_key.rotate(THIRD_KEY)
    assert SigningKeys(session_key.ssm, session_key.name).read() == (SECOND_KEY, THIRD_KEY)


def test_a_new_version_is_read_after_five_minutes_and_no_sooner(session_key: SessionKey) -> None:
    clock = Clock()
    keys = SigningKeys(session_key.ssm, session_key.name, clock)
    keys.read()
    session_key.rotate(SECOND_KEY)

    clock.now += AGE_LIMIT - 1
    assert keys.read() == (FIRST_KEY,)
    clock.now += 1
    assert keys.read() == (FIRST_KEY, SECOND_KEY)


def test_who_needs_a_newer_one_gets_it_sooner(session_key: SessionKey) -> None:
    clock = Clock()
    keys = SigningKeys(session_key.ssm, session_key.name, clock)
    keys.read()
    session_key.rotate(SECOND_KEY)

    clock.now += 9
    assert keys.read(age_limit=10) == (FIRST_KEY,)
    clock.now += 1
    assert keys.read(age_limit=10) == (FIRST_KEY, SECOND_KEY)


def lose_versions(ssm: "SSMClient", code: str) -> None:
    """Let every request for a former version fail."""

    def answer(params: dict[str, object], **_: object) -> object:
        if b":1" not in bytes(str(params["body"]), "utf-8"):
            return None
        http = type("Http", (), {"status_code": 400, "headers": {}})()
        return http, {
            "Error": {"Code": code, "Message": "made to fail"},
            "ResponseMetadata": {"HTTPStatusCode": 400, "HTTPHeaders": {}},
        }

    ssm.meta.events.register_first("before-call.ssm.GetParameter", answer)  # type: ignore[arg-type]  # what a handler gives back is the answer


def test_a_former_version_that_is_gone_is_missed_by_nobody(session_key: SessionKey) -> None:
    session_key.rotate(SECOND_KEY)
    lose_versions(session_key.ssm, "ParameterVersionNotFound")
    assert SigningKeys(session_key.ssm, session_key.name).read() == (SECOND_KEY,)


@pytest.mark.parametrize("code", ["AccessDeniedException", "InvalidKeyId"])
def test_a_former_version_that_can_not_be_decrypted_is_as_one_that_is_gone(
    session_key: SessionKey, log_lines: LogLines, code: str
) -> None:
    session_key.rotate(SECOND_KEY)
    lose_versions(session_key.ssm, code)
    assert SigningKeys(session_key.ssm, session_key.name).read() == (SECOND_KEY,)
    (line,) = log_lines()
    assert (line["level"], line["message"]) == ("WARNING", "Former session key not read")
    assert (line["parameter"], line["error"]) == (session_key.name, code)


def test_another_error_of_the_former_version_is_not_hidden(session_key: SessionKey) -> None:
    session_key.rotate(SECOND_KEY)
    lose_versions(session_key.ssm, "ValidationException")
    with pytest.raises(session_key.ssm.exceptions.ClientError, match="ValidationException"):
        SigningKeys(session_key.ssm, session_key.name).read()


def test_a_current_version_that_can_not_be_decrypted_is_an_error(session_key: SessionKey) -> None:
    fail(session_key.ssm, "GetParameter", "AccessDeniedException", status=400)
    with pytest.raises(session_key.ssm.exceptions.ClientError, match="AccessDenied"):
        SigningKeys(session_key.ssm, session_key.name).read()


def test_a_key_that_could_be_guessed_is_refused(session_key: SessionKey) -> None:
    session_key.rotate("x" * 31)
    with pytest.raises(ConfigurationError, match=r"^/onboarding/session-key: "):
        SigningKeys(session_key.ssm, session_key.name).read()


def test_an_unreachable_parameter_store_is_named(session_key: SessionKey) -> None:
    fail(session_key.ssm, "GetParameter")
    with pytest.raises(ServiceUnavailableError, match="session key"):
        SigningKeys(session_key.ssm, session_key.name).read()


def test_the_keys_are_in_no_repr(session_key: SessionKey) -> None:
    keys = SigningKeys(session_key.ssm, session_key.name)
    keys.read()
    assert FIRST_KEY not in repr(keys)
