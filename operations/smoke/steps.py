"""The steps of a run: one that fails stops only those that need it."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from operations.smoke.run import NotApplicableError, Run
from tooling.progress import Progress


class Outcome(StrEnum):
    """What came of a step."""

    OK = "ok"
    NOT_OK = "NOT OK"
    NOT_RUN = "NOT RUN"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to check.

    Attributes:
        name: What is checked; unique.
        check: Checks it, and returns what it found, in a few words. It raises if it is not ok.
        page: What to read if it is not ok.
        needs: The steps without whose success this one can't succeed.
        outputs: The outputs that the deployment has if the step applies to it.
    """

    name: str
    check: Callable[[Run], str]
    page: str
    needs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A step that was done, or why it wasn't."""

    step: Step
    outcome: Outcome
    detail: str
    seconds: float = 0.0

    @property
    def is_ok(self) -> bool:
        """Whether it keeps nothing from working: what the deployment doesn't have is no failure."""
        return self.outcome in (Outcome.OK, Outcome.NOT_APPLICABLE)


def results_of(
    steps: Sequence[Step],
    run: Run,
    progress: Progress,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Result]:
    """Do the steps one after the other."""
    found: dict[str, Result] = {}
    for step in steps:
        result = _without_doing(step, run, found) or _done(step, run, progress, clock)
        found[step.name] = result
        yield result


def _without_doing(step: Step, run: Run, found: dict[str, Result]) -> Result | None:
    """The result of a step that can't be done; None if it can be."""
    for output in step.outputs:
        if run.found.outputs.get(output) is None:
            return Result(step, Outcome.NOT_APPLICABLE, f"the deployment has no {output}")
    for need in step.needs:
        if not found[need].is_ok:
            return Result(step, Outcome.NOT_RUN, f"needs: {need}")
    return None


def _done(step: Step, run: Run, progress: Progress, clock: Callable[[], float]) -> Result:
    started = clock()
    outcome = Outcome.OK
    try:
        with progress.step(step.name):
            try:
                detail = step.check(run)
            except NotApplicableError as error:
                outcome, detail = Outcome.NOT_APPLICABLE, str(error)
    except Exception as error:  # noqa: BLE001 - a step may fail by anything, the others go on
        outcome, detail = Outcome.NOT_OK, str(error) or type(error).__name__
    return Result(step, outcome, detail, clock() - started)
