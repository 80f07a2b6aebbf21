"""The steps of a run."""

from operations.smoke.catalogue import CLEAN_UP, LINES, MAPPINGS, STEPS
from operations.smoke.logs import PROVOCATIONS
from tests.unit.conftest import FUNCTIONS
from tooling.paths import REPOSITORY

PAGE = (REPOSITORY / "docs" / "smoke.md").read_text("utf-8")


def test_each_step_needs_earlier_ones() -> None:
    before: set[str] = set()
    for step in STEPS:
        assert step.name not in before
        assert before.issuperset(step.needs), step.name
        before.add(step.name)


def test_each_step_leads_to_a_page_and_has_a_row_on_its_own() -> None:
    for step in (*STEPS, CLEAN_UP):
        assert (REPOSITORY / step.page).is_file(), step.page
        head, _, function = step.name.partition(" of ")
        row = f"{head} of …" if function in FUNCTIONS else step.name
        assert f"\n| {row} |" in PAGE, row


def test_each_function_has_a_line() -> None:
    assert set(LINES) == FUNCTIONS == set(PROVOCATIONS)
    assert set(MAPPINGS) < FUNCTIONS
