"""With delivery: functions invalidate with their roles, and each of these permissions is needed."""

from collections.abc import Iterator

import pytest

from tests.permissions.conftest import failure_of
from tests.permissions.flows import Flow, new_profile, picture, remove_profile, upload
from tests.permissions.test_permissions import Declared, declared
from tests.permissions.world import World
from tooling.web_client import WebClient

ACTION = "cloudfront:CreateInvalidation"


@pytest.fixture
def added(world: World) -> Iterator[Declared]:
    """The permissions that delivery adds to the stack; without it again afterwards."""
    before = {str(permission) for permission in declared(world)}
    outputs = world.outputs
    apply = ["apply", "-auto-approve", "-input=false"]
    world.stack._change([*apply, "-var=delivery={}"])
    world.outputs = world.stack.outputs()
    # WebApi's permission on thumbnails goes for this.
    yield [permission for permission in declared(world) if str(permission) not in before]
    world.stack._change(apply)
    world.outputs = outputs
    assert {str(permission) for permission in declared(world)} == before


def invalidated_paths(world: World) -> set[str]:
    client = world.engine.client("cloudfront")
    distribution = {"DistributionId": world.outputs["delivery_distribution_id"]}
    found = client.list_invalidations(**distribution)["InvalidationList"].get("Items", [])
    return {
        path
        for one in found
        for path in client.get_invalidation(**distribution, Id=one["Id"])["Invalidation"][
            "InvalidationBatch"
        ]["Paths"]["Items"]
    }


def wait_for_invalidation(world: World, key: str) -> None:
    path = f"/thumbnails/{key}*"
    world.wait_until(lambda: path in invalidated_paths(world), f"the invalidation of {path}")


def removed_picture_is_invalidated(world: World) -> None:
    profile_id = new_profile(world)
    key = upload(world, profile_id, picture())
    profile = world.wait_for_profile(profile_id, "thumbnailStatus", "DONE")
    address = (
        f"{world.outputs['delivery_origin']}/thumbnails/{key}?v={profile['thumbnailVersion']['S']}"
    )
    browser = WebClient(address)
    assert browser.get_object(address).status_code == 200
    assert browser.get_object(address.replace("/thumbnails/", "/original/")).status_code == 403
    remove_profile(world, profile_id)
    wait_for_invalidation(world, key)
    assert browser.get_object(address).status_code == 403


def replaced_bytes_are_invalidated(world: World) -> None:
    profile_id = new_profile(world)
    key = upload(world, profile_id, picture())
    world.wait_for_profile(profile_id, "thumbnailStatus", "DONE")
    world.upload(f"original/{key}", picture()[:1000], user_profile_id=str(profile_id))
    wait_for_invalidation(world, key)


def test_each_permission_of_delivery_is_needed(world: World, added: Declared) -> None:
    flows = {
        "RemoveProfileImages": Flow("removed", removed_picture_is_invalidated),
        "CreateThumbnail": Flow("replaced", replaced_bytes_are_invalidated),
    }
    assert {permission.action for permission in added} == {ACTION}
    assert len(added) == len(flows)
    for permission in added:
        (flow,) = [flow for name, flow in flows.items() if name in permission.holder]
        assert failure_of(flow, world) == ""
        with world.without(permission):
            assert failure_of(flow, world)
            assert world.refusals()
