"""Terraform's roles are enough for every flow, and have nothing that no flow needs."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from tests.permissions.conftest import Run, failure_of
from tests.permissions.declared import (
    InvokePermission,
    RolePermission,
    invoke_permissions,
    role_permissions,
)
from tests.permissions.flows import uploaded_picture_gets_a_thumbnail
from tests.permissions.world import World

PREFIX = "onboarding-"

Declared = Sequence[RolePermission | InvokePermission]


def declared(world: World) -> Declared:
    iam = world.engine.client("iam")
    return [*role_permissions(iam, PREFIX), *invoke_permissions(world.functions, PREFIX)]


def test_every_flow_works(runs: list[Run]) -> None:
    assert {run.flow.name: run.error for run in runs if run.error} == {}


def test_nothing_is_refused(runs: list[Run]) -> None:
    """Not even a refusal that a function would ignore."""
    refused = {decision for run in runs for decision in run.decisions if not decision.allowed}
    assert refused == set()


def test_thumbnails_by_pillow_need_no_more(world: World) -> None:
    with world.variable("create_thumbnail", "THUMBNAIL_ENGINE", "pillow"):
        uploaded_picture_gets_a_thumbnail(world)


def test_each_permission_is_needed(world: World, runs: list[Run]) -> None:
    """Each is removed alone, and some flow fails without it."""
    idle = []
    everything = declared(world)
    assert everything
    for permission in everything:
        proof = proof_of(permission, world, runs)
        print(f"{permission}: {proof or 'NOTHING FAILS WITHOUT IT'}")  # noqa: T201 - how far it is
        if not proof:
            idle.append(str(permission))
    # What was removed is restored, and nothing else.
    assert set(map(str, declared(world))) == set(map(str, everything))
    assert idle == [], "no flow fails without these: write one, or take them out of Terraform"


def proof_of(
    permission: RolePermission | InvokePermission, world: World, runs: list[Run]
) -> str | None:
    """The flow that fails without a permission, and how; None if all of them work."""
    for run in candidates(permission, runs):
        with world.without(permission):
            error = failure_of(run.flow, world)
            refusals = world.refusals()
        if error:
            assert refusals, f"{run.flow.name} failed without {permission}, but not for it: {error}"
            return f"{run.flow.name} fails: {error.splitlines()[0]}"
    return None


def candidates(permission: RolePermission | InvokePermission, runs: list[Run]) -> list[Run]:
    """The flows that have used a permission, the likeliest to fail without it first.

    Lambda's permanent actions, such as reading a stream, are part of every flow. More likely are
    the flows in which the role did more than usual.
    """
    used = [run for run in runs if any(map(permission.covers, run.decisions))]

    def order(run: Run) -> tuple[bool, int, float]:
        is_made_for_it = any(fnmatchcase(permission.action, shown) for shown in run.flow.shows)
        of_holder = sum(decision.principal == permission.holder for decision in run.decisions)
        return not is_made_for_it, -of_holder, run.seconds

    return sorted(used, key=order)
