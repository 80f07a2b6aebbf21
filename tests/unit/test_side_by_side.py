"""Tests that share a stack run in one process."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.side_by_side import (
    ALONE,
    LAST,
    ON_THE_SECOND_STACK,
    WITH_PLANS,
    WITHOUT_A_STACK,
    BySharing,
    scope_of,
    turn_of,
)

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("address", "scope"),
    [
        ("tests/end_to_end/test_web_api.py::test_a[x]", "first stack"),
        ("tests/end_to_end/test_browser_story.py::test_a", "first stack"),
        ("tests/end_to_end/test_openapi.py::test_a", "second stack"),
        ("tests/end_to_end/test_executor.py::test_a", "tests/end_to_end/test_executor.py"),
        ("tests/terraform/test_names.py::test_a", "plans"),
        ("tests/packaging/test_packages.py::test_a[b::c]", "packaging"),
        (
            "tests/faults/test_random_faults.py::test_a[1]",
            "tests/faults/test_random_faults.py::test_a[1]",
        ),
        ("tests/faults/test_deliveries.py::test_a", "tests/faults/test_deliveries.py"),
    ],
)
def test_a_scope_is_what_tests_share(address: str, scope: str) -> None:
    assert scope_of(address) == scope


def test_the_longest_begin_first() -> None:
    addresses = [
        "tests/unit/test_rights.py::test_a",
        "tests/unit/create_thumbnail/test_hostile_pictures.py::test_a",
    ]
    assert sorted(addresses, key=turn_of) == addresses[::-1]
    addresses = [
        "tests/terraform/test_policies.py::test_a",
        "tests/end_to_end/test_hostile_shell.py::test_a",
        "tests/end_to_end/test_openapi.py::test_a",
        "tests/end_to_end/test_web_api.py::test_a",
    ]
    assert sorted(addresses, key=turn_of) == addresses[::-1]


def test_what_destroys_a_stack_is_the_last_on_it() -> None:
    modules = sorted((TESTS / "end_to_end").glob("test_*.py"))
    addresses = [f"tests/end_to_end/{module.name}::test_a" for module in modules]
    assert max(addresses, key=turn_of) == f"{LAST}::test_a"
    assert scope_of(LAST) == "second stack"


def test_each_name_is_of_a_module() -> None:
    modules = {path.stem for path in TESTS.rglob("test_*.py")}
    assert (TESTS.parent / LAST).is_file()
    assert modules >= ALONE | ON_THE_SECOND_STACK | WITHOUT_A_STACK | WITH_PLANS


def test_what_needs_no_stack_asks_for_none() -> None:
    for path in (TESTS / "end_to_end").glob("test_*.py"):
        asks = re.search(
            r"^def test_\w+\([^)]*\b(cloud|web): ", path.read_text("utf-8"), re.MULTILINE
        )
        assert bool(asks) == (path.stem not in WITHOUT_A_STACK), path.name


class Process:
    """One of those that pytest-xdist gives tests to."""

    shutting_down = False
    gateway = SimpleNamespace(id="gw")

    def __init__(self) -> None:
        self.given: list[int] = []

    def send_runtest_some(self, indices: list[int]) -> None:
        self.given += indices

    def shutdown(self) -> None:
        self.shutting_down = True


def scheduled(addresses: list[str], processes: list[Process]) -> BySharing:
    options = SimpleNamespace(loadscopereorder=False)
    tx = {"tx": [f"{len(processes)}*popen"]}
    config: Any = SimpleNamespace(getvalue=tx.__getitem__, option=options)
    scheduler = BySharing(config)
    for process in processes:
        scheduler.add_node(process)
    for process in processes:
        scheduler.add_node_collection(process, addresses)
    scheduler.schedule()
    return scheduler


def test_no_long_scope_waits_behind_the_first_of_a_process() -> None:
    folder = "tests/end_to_end"
    addresses = [
        *[f"{folder}/test_web_api.py::test_{number}" for number in range(5)],
        *[f"{folder}/test_environments.py::test_{number}" for number in range(2)],
        *[f"{folder}/test_{name}.py::test_a" for name in ("hostile_shell", "inbox", "executor")],
    ]
    stack, environments = Process(), Process()
    scheduler = scheduled(addresses, [stack, environments])

    assert stack.given == [0, 1, 2, 3, 4]
    assert environments.given == [5, 6, 9]

    for done in (0, 1, 2):
        scheduler.mark_test_complete(stack, done)
    # The longest that is left goes to the process that is soon done.
    assert stack.given == [0, 1, 2, 3, 4, 7]
    scheduler.mark_test_complete(environments, 5)
    assert environments.given == [5, 6, 9, 8]
