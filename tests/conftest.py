"""For every test: its marker, no network beyond this machine, nothing of the user's AWS settings.

A test's folder under tests/ is its marker, so that `-m unit` and `tests/unit` select the same.
"""

import os
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from xdist.remote import Producer

from tests.side_by_side import BySharing, turn_of

TESTS = Path(__file__).parent
FOLDERS = (
    "unit",
    "packaging",
    "state_machine",
    "scans",
    "terraform",
    "end_to_end",
    "faults",
    "permissions",
)
# The name of a test's property that the run prints at its end.
RESULT = "result"
LOOPBACK = ["127.0.0.1", "::1", "localhost"]

# The prefixes of variables that would change what our code or the AWS libraries do.
FOREIGN_PREFIXES = ("AWS_", "BOTO_", "POWERTOOLS_", "LAMBDA_")
FAKE_AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_CONFIG_FILE": str(TESTS / "no-such-aws-config"),
    "AWS_SHARED_CREDENTIALS_FILE": str(TESTS / "no-such-aws-credentials"),
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Before any test module is imported: fake credentials, and unix sockets for pytest-socket."""
    for name in [name for name in os.environ if name.startswith(FOREIGN_PREFIXES)]:
        del os.environ[name]
    os.environ.update(FAKE_AWS)
    # A proxy is for package downloads; tests reach their own servers without it.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = ",".join(LOOPBACK)
    config.option.allow_unix_socket = True


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BySharing | None:
    """Distribute the tests by what they share, if pytest-xdist distributes by scope."""
    return BySharing(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test by its folder, restrict it to this machine, and put the longest first."""
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder not in FOLDERS:
            raise pytest.UsageError(f"{item.path}: lies in none of tests/{{{','.join(FOLDERS)}}}")
        item.add_marker(folder)
        item.add_marker(pytest.mark.allow_hosts(LOOPBACK))
    items.sort(key=lambda item: turn_of(item.nodeid))


@pytest.fixture
def show(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Show a result at the end of the run, no matter which process ran the test."""
    return lambda text: request.node.user_properties.append((RESULT, text))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the results that tests have shown."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    for report in reports:
        if report.when == "call":
            for name, text in report.user_properties:
                if name == RESULT:
                    terminalreporter.section(report.nodeid)
                    terminalreporter.write_line(text)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Replace what UTF-8 can't encode: a logged lone surrogate would end pytest-xdist's worker."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode("utf-8"))
        for name, text in report.sections
    ]
    return report
