"""Thumbnails by the TinyPNG service while it fails."""

import random
from collections.abc import Iterator

import pytest

from tests.faults import crowd as people
from tests.faults.conftest import FaultyCloud, redrive_all
from tests.faults.crowd import Crowd
from tests.faults.tinypng_service import KEY, TinyPngService
from tooling.polling import wait_until

PICTURES = 40
PARAMETER = "/faults/tinypng-api-key"
# One request of eight fails, of which some so that the function's own retries are not enough.
FAULTS: list[int | str] = [429, 500, 503, "reset"]


@pytest.fixture
def tinypng(faulty: FaultyCloud) -> Iterator[TinyPngService]:
    """The service, with CreateThumbnail switched to it as by Terraform's variable."""
    service = TinyPngService()
    functions = faulty.cloud.engine.client("lambda")
    name = faulty.cloud.outputs["function_names"]["create_thumbnail"]
    before = functions.get_function_configuration(FunctionName=name)["Environment"]
    faulty.cloud.engine.client("ssm").put_parameter(
        Name=PARAMETER, Value=KEY, Type="SecureString", Overwrite=True
    )
    settings = {
        "THUMBNAIL_ENGINE": "tinypng",
        "TINYPNG_BASE_URL": service.url,
        "TINYPNG_API_KEY_PARAMETER": PARAMETER,
    }
    functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": {**before["Variables"], **settings}}
    )
    yield service
    functions.update_function_configuration(FunctionName=name, Environment=before)
    service.close()


def test_no_thumbnail_is_lost_while_the_service_fails(
    faulty: FaultyCloud, tinypng: TinyPngService
) -> None:
    cloud, crowd = faulty.cloud, Crowd("tinypng", PICTURES, 700_000_000)
    dice = random.Random(1)  # noqa: S311 - no secret

    def plan(number: int) -> int | str | None:
        if number == 5:
            return "late"
        return dice.choice(FAULTS) if dice.random() < 1 / 8 else None

    tinypng.plan = plan
    people.upload(cloud, crowd)
    wait_until(
        lambda: (
            not people.without_a_thumbnail(cloud, crowd)
            or people.waiting_messages(cloud)["create_thumbnail"] > 0
        ),
        "all thumbnails, or what was given up",
        deadline_seconds=180,
        interval_seconds=1,
    )
    tinypng.plan = lambda _number: None
    redrive_all(cloud)
    wait_until(
        lambda: not people.without_a_thumbnail(cloud, crowd),
        "all thumbnails",
        deadline_seconds=120,
        interval_seconds=1,
    )
    assert tinypng.faults > PICTURES / 10


def test_a_month_that_is_used_up_ends_in_the_queue_and_comes_back(
    faulty: FaultyCloud, tinypng: TinyPngService
) -> None:
    cloud, crowd = faulty.cloud, Crowd("tinypng-month", 2, 710_000_000)
    tinypng.plan = lambda _number: 429
    people.upload(cloud, crowd)
    wait_until(
        lambda: people.waiting_messages(cloud)["create_thumbnail"] > 0,
        "what was given up",
        deadline_seconds=240,
        interval_seconds=1,
    )
    tinypng.plan = lambda _number: None
    wait_until(
        lambda: redriven(faulty, crowd), "all thumbnails", deadline_seconds=120, interval_seconds=2
    )


def redriven(faulty: FaultyCloud, crowd: Crowd) -> bool:
    redrive_all(faulty.cloud)
    return not people.without_a_thumbnail(faulty.cloud, crowd)
