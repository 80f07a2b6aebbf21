"""An example of terraform/examples, applied alone."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_cloud import folders
from local_cloud.engine.process import Engine
from local_cloud.packages import build_for_this_machine
from local_cloud.stack import Example
from operations.deployment import Deployment
from operations.smoke.catalogue import CLEAN_UP, STEPS
from operations.smoke.run import Run
from operations.smoke.steps import Outcome, results_of
from tests.end_to_end.conftest import Cloud
from tooling import environment
from tooling.progress import Progress


@pytest.fixture
def pictures_only(tmp_path: Path) -> Iterator[Cloud]:
    build_for_this_machine(folders.BUILD)
    with Engine(tmp_path / "engine") as engine:
        stack = Example("pictures-only", engine, tmp_path / "terraform", folders.BUILD)
        yield Cloud(engine, stack, stack.apply())


def test_pictures_only_makes_thumbnails_and_has_nothing_else(
    pictures_only: Cloud, samples: dict[str, bytes]
) -> None:
    profile_id = uuid.uuid4().int % 10**12
    pictures_only.create_profile(profile_id)

    pictures_only.upload("original/ada.jpg", samples["rocket.jpg"], user_profile_id=str(profile_id))

    thumbnail = pictures_only.wait_for_object("thumbnails/ada.jpg")
    assert thumbnail.image.size == (150, 100)
    assert thumbnail.metadata == {"user-profile-id": str(profile_id)}
    pictures_only.wait_for_profile(profile_id, "image", "original/ada.jpg")
    functions = pictures_only.engine.client("lambda").list_functions()["Functions"]
    assert {function["FunctionName"].rpartition("-")[2] for function in functions} == {
        "SetProfileImage",
        "CreateThumbnail",
        "RemoveProfileImages",
    }
    assert pictures_only.states.list_state_machines()["stateMachines"] == []
    assert pictures_only.stack.plan_has_changes() is None
    assert smoked(pictures_only) == {
        *("leftovers of killed runs", "upload", "thumbnail", "unsigned GET", "second upload"),
        *("removal", "clean-up"),
    }


def smoked(cloud: Cloud) -> set[str]:
    """What `make smoke` could try there, with success."""
    found = Deployment(cloud.outputs, environment.REGION, cloud.engine.endpoint_url)
    results = list(results_of([*STEPS, CLEAN_UP], Run(found), Progress()))
    assert [one for one in results if not one.is_ok] == []
    return {one.step.name for one in results if one.outcome is Outcome.OK}
