"""The steps of a run."""

import io
from dataclasses import replace
from typing import Any

import pytest

from operations.smoke.catalogue import CLEAN_UP, LINES, MAPPINGS, STEPS
from operations.smoke.logs import PROVOCATIONS
from operations.smoke.steps import Outcome, results_of
from tests.unit.conftest import FUNCTIONS
from tests.unit.operations.smoke.fakes import API_URL, run_of
from tooling.paths import REPOSITORY
from tooling.progress import Progress

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
    assert set(LINES) == FUNCTIONS
    assert FUNCTIONS - set(PROVOCATIONS) == {
        *("get_user_activation_status", "send_user_activation_mail")
    }
    assert set(MAPPINGS) < FUNCTIONS


ALL = {
    "user_table_name": "User",
    "user_profile_table_name": "user-profile",
    "state_machine_arn": "arn:machine",
    "web_api_url": API_URL,
    "mail_feedback_topic_arn": "arn:feedback",
    "alarm_topic_arn": "arn:alarms",
    "failure_queue_urls": {},
    "function_names": {},
}
OPERATION = {"leftovers of killed runs", "failure queues", "plan"}
ALARMS = {"alarms", "alarm topic", "subscriptions"}
MAILS = {"sign-up", "execution", "mail"}
PICTURES = {"upload", "thumbnail", "unsigned GET", "second upload", "removal"}
OF_THE_PAGE = {
    *("page", "wrong host", "unknown path"),
    *("known token", "activation", "sign-in", "refused uploads"),
}
# With their mappings, last batches and logs.
MAIL_FUNCTIONS = {
    *("user_table_trigger", "get_user_activation_status", "send_user_activation_mail")
}
PICTURE_FUNCTIONS = {"set_profile_image", "create_thumbnail", "remove_profile_images"}


@pytest.mark.parametrize(
    ("without", "tried"),
    [
        (
            set(),
            OPERATION | ALARMS | MAILS | {"bounce"} | PICTURES | OF_THE_PAGE | FUNCTIONS,
        ),
        # Both pipelines are tried as another application uses them.
        (
            {"web_api_url"},
            OPERATION | ALARMS | MAILS | {"bounce"} | PICTURES | FUNCTIONS - {"web_api"},
        ),
        (
            {"web_api_url", "user_table_name", "mail_feedback_topic_arn", "state_machine_arn"},
            OPERATION | ALARMS | PICTURES | PICTURE_FUNCTIONS,
        ),
        (
            {"web_api_url", "user_profile_table_name", "mail_feedback_topic_arn"},
            OPERATION | ALARMS | MAILS | MAIL_FUNCTIONS,
        ),
        # As an example that outputs little.
        (
            ALL.keys() - {"user_profile_table_name"},
            OPERATION - {"failure queues"} | PICTURES,
        ),
    ],
)
def test_what_is_switched_off_is_not_tried(without: set[str], tried: set[str]) -> None:
    outputs: dict[str, Any] = {**ALL, **dict.fromkeys(without)}
    steps = [replace(step, check=lambda _: "tried") for step in STEPS]
    results = list(results_of(steps, run_of(**outputs), Progress(io.StringIO())))
    assert all(result.is_ok for result in results)
    names = [one.step.name for one in results if one.outcome is Outcome.OK]
    assert {name.partition(" of ")[2] if is_of_function(name) else name for name in names} == tried


def is_of_function(name: str) -> bool:
    return name.partition(" of ")[2] in FUNCTIONS
