"""Lambda's concurrency and memory against what the functions can take."""

from typing import Any

import pytest

from operations.preflight import aws, capacity
from tests.unit.operations.preflight.conftest import (
    ACCOUNT,
    REGION,
    Cloud,
    Lines,
    holding,
    limits,
    settings,
)

SENDER = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:onboarding-dev-SendUserActivationMail"


def test_an_account_with_the_default(lines: Lines) -> None:
    assert lines(capacity.check) == [
        (
            "ok    Lambda concurrency: 1000 in the account, 1000 unreserved; streams and queues "
            "take up to 14"
        ),
        "ok    Lambda memory: at most 1024 MB",
    ]


def test_a_new_account(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.CONCURRENCY, limits(10))
    room, tasks, _memory = lines(capacity.check)
    assert room.startswith(
        "warn  Lambda concurrency: 10 in the account, 10 unreserved; streams and queues take up to "
        "14 (user_table_trigger 4, create_thumbnail 4, remove_profile_images 4, "
        "record_mail_feedback 2): the page then answers 5xx; before users come, request more "
        "concurrency: `aws service-quotas "
    )
    assert tasks.startswith(
        "warn  Lambda concurrency: nothing caps the state machine's get_user_activation_status and "
        "send_user_activation_mail: many sign-ups at once can take all 10; request more"
    )


@pytest.mark.parametrize(
    ("user", "user_profile", "names"),
    [
        (2, 1, "streams.user.parallelization_factor"),
        (1, 3, "streams.user_profile.parallelization_factor"),
        (2, 2, "streams.user.parallelization_factor and streams.user_profile."),
    ],
)
def test_lanes_that_can_be_lowered(
    cloud: Cloud, lines: Lines, user: int, user_profile: int, names: str
) -> None:
    cloud.answer(aws.CONCURRENCY, limits(10))
    factors = {"user": user, "user_profile": user_profile}
    streams = {name: {"parallelization_factor": factor} for name, factor in factors.items()}
    room = lines(capacity.check, streams=streams)[0]
    assert f"; lower {names}" in room
    assert "or request more concurrency" in room


def test_lanes_of_what_is_not_deployed_can_not_be_lowered(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.CONCURRENCY, limits(10))
    streams = {"user_profile": {"parallelization_factor": 10}}
    off = {"enable_profile_images": False, "enable_web_api": False}
    room = lines(capacity.check, streams=streams, **off)[0]
    assert "before users come, request more concurrency" in room


def test_fewer_lanes_fit(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.CONCURRENCY, limits(24))
    streams = {"user_profile": {"parallelization_factor": 2}}
    assert lines(capacity.check)[0].startswith("ok ")
    assert lines(capacity.check, streams=streams)[0].startswith("warn")


def test_others_functions_have_reserved_most(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.CONCURRENCY, limits(1000, 23))
    assert lines(capacity.check)[0].startswith("warn  Lambda concurrency: 1000 in the account, 23 ")


@pytest.mark.parametrize(
    ("most", "unreserved", "already", "line"),
    [
        (1000, 1000, None, "ok    Lambda reservation: 14 for the mails, 986 stay unreserved"),
        (1000, 114, None, "ok    Lambda reservation: 14 for the mails, 100 stay unreserved"),
        (
            1000,
            113,
            None,
            (
                "fail  Lambda reservation: mail.rate_per_second reserves 14 of 113, and Lambda "
                "keeps 100 unreserved (the account has 1000); set mail.rate_per_second = null, or "
                "request"
            ),
        ),
        (10, 10, None, "fail  Lambda reservation: mail.rate_per_second reserves 14 of 10"),
        # A later apply: it has these 14 already.
        (1000, 100, 14, "ok    Lambda reservation: 14 for the mails, 100 stay unreserved"),
        # -1 is Terraform's for none.
        (1000, 113, -1, "fail  Lambda reservation: mail.rate_per_second reserves 14 of 113"),
    ],
)
def test_what_the_mails_reserve(  # noqa: PLR0913 - a case by its parts
    cloud: Cloud, lines: Lines, *, most: int, unreserved: int, already: int | None, line: str
) -> None:
    cloud.answer(aws.CONCURRENCY, limits(most, unreserved))
    state = holding(SENDER, reserved_concurrent_executions=already)
    found = lines(capacity.check, state, mail={"rate_per_second": 14})
    assert found[0].startswith(line)
    assert not any("and send_user_activation_mail:" in other for other in found)


@pytest.mark.parametrize(
    ("most", "memory", "line"),
    [
        (10, 3008, "ok    Lambda memory: at most 3008 MB"),
        (10, 3009, "warn  Lambda memory: thumbnails.memory_size is 3009, and a new account such"),
        (1000, 10240, "ok    Lambda memory: 10240 MB; only a new account has less"),
    ],
)
def test_memory(cloud: Cloud, lines: Lines, most: int, memory: int, line: str) -> None:
    cloud.answer(aws.CONCURRENCY, limits(most))
    assert lines(capacity.check, thumbnails={"memory_size": memory})[-1].startswith(line)


@pytest.mark.parametrize(
    ("changes", "functions"),
    [
        ({"enable_profile_images": False}, {"user_table_trigger": 4, "record_mail_feedback": 2}),
        (
            {"mail": {"create_configuration_set": False}, "enable_profile_images": False},
            {"user_table_trigger": 4},
        ),
        ({"enable_user_activation": False}, {"create_thumbnail": 4, "remove_profile_images": 4}),
        (
            {
                "enable_user_activation": False,
                "streams": {"user_profile": {"parallelization_factor": 10}},
            },
            {"create_thumbnail": 40, "remove_profile_images": 40},
        ),
    ],
)
def test_functions_that_are_not_deployed_take_nothing(
    changes: dict[str, Any], functions: dict[str, int]
) -> None:
    assert capacity.capped(settings(**changes)) == functions


def test_mails_alone_have_no_memory_to_choose(lines: Lines) -> None:
    found = lines(capacity.check, enable_profile_images=False, enable_web_api=False)
    assert [line.split(":")[0] for line in found] == ["ok    Lambda concurrency"]


def test_pictures_alone_have_no_tasks(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.CONCURRENCY, limits(50))
    found = lines(capacity.check, enable_user_activation=False, enable_web_api=False)
    assert [line[:4] for line in found] == ["ok  ", "ok  "]
