"""Runs tests side by side: those that share a costly fixture run in one process.

A stack on the local cloud takes a minute to build and apply, an engine or a copy of terraform/ some
seconds. The address of a test decides: the process that distributes the tests collects none.

pytest 9.2 ignores pytest-xdist's own groups:
https://github.com/pytest-dev/pytest-xdist/issues/1386
"""

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

# These tests take half of the time of all that share a stack, so they get their own.
ON_THE_SECOND_STACK = {
    "test_data_life",
    "test_destroy",
    "test_openapi",
    "test_redrive",
    "test_sign_up_load",
}
WITHOUT_A_STACK = {
    "test_engine",
    "test_engine_gaps",
    "test_environments",
    "test_examples",
    "test_executor",
    "test_hostile_shell",
    "test_inbox",
    "test_pictures_in_chromium",
    "test_runtime_api",
    "test_stream_mapping",
}
# Each test alone: their fixtures take seconds, or each test takes minutes.
ALONE = {"test_terraform_commands", "test_planted_findings", "test_random_faults"}

# Their fixture plans terraform/ in all its variants.
WITH_PLANS = {"test_bootstrap", "test_moved", "test_names", "test_policies", "test_preflight"}

# They start first, so that none of them runs alone at the end. The others: in random order.
LONGEST = (
    "tests/unit/create_thumbnail/test_hostile_pictures.py",
    "first stack",
    "second stack",
    "tests/end_to_end/test_environments.py",
    "tests/end_to_end/test_hostile_shell.py",
    "packaging",
    "tests/end_to_end/test_examples.py",
    "plans",
    "tests/terraform/test_terraform_commands.py::test_terraform_test[root.tftest.hcl]",
    "tests/faults/test_kill_points.py",
    "tests/faults/test_random_faults.py",
)

# It destroys its stack.
LAST = "tests/end_to_end/test_destroy.py"


def scope_of(address: str) -> str:
    """Name what a test shares, such as `first stack`; the test's own name if it shares nothing."""
    path = PurePosixPath(address.partition("::")[0])
    folder, module = path.parts[1], path.stem
    if module in ALONE:
        return address
    if module in WITH_PLANS:
        return "plans"
    if folder in {"packaging", "permissions", "state_machine"}:
        return folder
    if folder == "end_to_end" and module not in WITHOUT_A_STACK:
        return "second stack" if module in ON_THE_SECOND_STACK else "first stack"
    return str(path)


def turn_of(address: str) -> int:
    """The order of a test: a lower number starts sooner, and brings its whole scope along."""
    if address.startswith(LAST):
        return len(LONGEST) + 1
    scope = scope_of(address)
    turns = [turn for turn, name in enumerate(LONGEST) if scope.startswith(name)]
    return turns[0] if turns else len(LONGEST)


class BySharing(LoadScopeScheduling):  # type: ignore[misc] # pytest-xdist has no types
    """Runs the tests of one scope in one process.

    A process always holds a test more than it runs, and no other process can take that one. So
    beside a first scope of one or two tests, which may take minutes, it gets the last scope, which
    is short. Otherwise the second longest would wait for the longest.
    """

    def _assign_work_unit(self, node: WorkerController) -> None:
        work = self.assigned_work[node]
        if work and not any(ended for tests in work.values() for ended in tests.values()):
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)
