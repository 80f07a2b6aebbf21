"""The steps: which are done, and what becomes of the others."""

import io
from itertools import count

from operations.errors import OperationsError
from operations.smoke.run import FailedError, NotApplicableError, Run
from operations.smoke.steps import Outcome, Result, Step, results_of
from tests.unit.operations.smoke.fakes import run_of
from tooling.progress import Progress


def results(*steps: Step, run: Run | None = None) -> dict[str, Result]:
    clock = count(step=2.0).__next__
    progress = Progress(io.StringIO())
    return {one.step.name: one for one in results_of(steps, run or run_of(), progress, clock)}


def raising(error: BaseException) -> "Step":
    def check(_run: Run) -> str:
        raise error

    return Step("fails", check, "docs/a.md")


def good(name: str, *needs: str, outputs: tuple[str, ...] = ()) -> Step:
    return Step(name, lambda run: f"{name} of {run.mark}", "docs/b.md", needs, outputs)


def test_step_is_ok_with_what_it_found_and_how_long_it_took() -> None:
    step = good("a")
    assert results(step) == {"a": Result(step, Outcome.OK, "a of 0123", 2.0)}


def test_failure_stops_those_alone_that_need_it() -> None:
    found = results(raising(FailedError("no")), good("b", "fails"), good("c", "b"), good("d"))
    assert [(one.outcome, one.detail) for one in found.values()] == [
        (Outcome.NOT_OK, "no"),
        (Outcome.NOT_RUN, "needs: fails"),
        (Outcome.NOT_RUN, "needs: b"),
        (Outcome.OK, "d of 0123"),
    ]
    assert [one.is_ok for one in found.values()] == [False, False, False, True]


def test_any_error_is_a_failure() -> None:
    for error in (OperationsError("no"), KeyError("image"), ValueError()):
        found = results(raising(error), good("d"))
        assert found["fails"].outcome is Outcome.NOT_OK
        assert found["fails"].detail
        assert found["d"].is_ok


def test_what_is_not_deployed_is_not_applicable_and_hinders_nothing() -> None:
    run = run_of(alarm_topic_arn=None)
    lacking = good("alarms", outputs=("web_api_url", "alarm_topic_arn"))
    found = results(lacking, good("b", "alarms"), run=run)
    assert found["alarms"] == Result(
        lacking, Outcome.NOT_APPLICABLE, "the deployment has no alarm_topic_arn"
    )
    assert found["b"].outcome is Outcome.OK


def test_a_step_may_find_that_it_is_not_applicable() -> None:
    found = results(raising(NotApplicableError("nobody")))["fails"]
    assert (found.outcome, found.detail) == (Outcome.NOT_APPLICABLE, "nobody")
    assert found.is_ok
