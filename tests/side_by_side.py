"""Which tests run in one process where several run side by side: those that share what is costly.

A stack on the local cloud takes a minute to build and apply, an engine or a copy of terraform/ some
seconds. Told by a test's address alone: the process that gives the tests out collects none.

The groups of pytest-xdist itself are not heard by pytest 9.2:
https://github.com/pytest-dev/pytest-xdist/issues/1386
"""

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

# Half of the time of the tests that share a stack: they get one of their own.
ON_THE_SECOND_STACK = {"test_data_life", "test_openapi", "test_redrive", "test_sign_up_load"}
WITHOUT_A_STACK = {
    "test_destroy",
    "test_engine",
    "test_engine_gaps",
    "test_executor",
    "test_hostile_shell",
    "test_inbox",
    "test_runtime_api",
    "test_stream_mapping",
}
# Each test by itself: what these modules share is made in seconds, or each test takes minutes.
ALONE = {"test_terraform_commands", "test_planted_findings", "test_random_faults"}

# They begin first, so that no process is left with one of them at the end. The others: at random.
LONGEST = (
    "first stack",
    "second stack",
    "tests/end_to_end/test_hostile_shell.py",
    "tests/end_to_end/test_destroy.py",
    "tests/faults/test_kill_points.py",
    "tests/faults/test_random_faults.py",
)


def scope_of(address: str) -> str:
    """Name what a test shares, such as `first stack`; the test itself where it shares nothing."""
    path = PurePosixPath(address.partition("::")[0])
    folder, module = path.parts[1], path.stem
    if module in ALONE:
        return address
    if folder in {"packaging", "permissions", "state_machine"}:
        return folder
    if folder == "end_to_end" and module not in WITHOUT_A_STACK:
        return "second stack" if module in ON_THE_SECOND_STACK else "first stack"
    return str(path)


def turn_of(address: str) -> int:
    """When a test's scope begins: the lower, the sooner."""
    scope = scope_of(address)
    turns = [turn for turn, name in enumerate(LONGEST) if scope.startswith(name)]
    return turns[0] if turns else len(LONGEST)


class BySharing(LoadScopeScheduling):  # type: ignore[misc] # pytest-xdist has no types
    """Gives the tests of one scope to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)
