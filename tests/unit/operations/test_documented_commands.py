"""The commands of the documentation: shell that a shell takes, and programs with such options."""

import importlib
import json
import re
import subprocess
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.session import Session

from tests import fake_python
from tests.documented_commands import (
    AwsCall,
    aws_calls,
    blocks_of,
    inline_make_calls,
    make_calls,
    pages,
)
from tooling.paths import REPOSITORY

MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
VARIABLES = {
    "ENV",
    "USERNAME",
    "VERSION",
    *re.findall(r"^([A-Z_]+) :=", MAKEFILE, re.MULTILINE),
} | set(re.findall(r"with_value,([A-Z_]+)", MAKEFILE))
OPERATORS = {"failures", "redrive", "replay-uploads", "smoke", "thumbnails", "users", "user"}
# boto3's and the CLI's names for the same: https://docs.aws.amazon.com/cli/latest/reference/s3api/
SERVICES = {"s3api": "s3"}
EVERYWHERE = {"query", "output", "profile", "region", "endpoint-url"}
# Commands of the CLI alone: https://docs.aws.amazon.com/cli/latest/reference/logs/tail.html
OF_THE_CLI = {("logs", "tail"): {"follow", "since", "format", "filter-pattern"}}
PAGED = {"max-items", "page-size", "starting-token"}

PAGES = {str(page.relative_to(REPOSITORY)): page for page in pages()}
OF_OPERATIONS = sorted(
    name
    for name in PAGES
    if "runbooks" in name or name in {"docs/operations.md", "docs/redrive.md"}
)
IN_BLOCKS = [
    call for page in PAGES.values() for block in blocks_of(page) for call in make_calls(block)
]
IN_SENTENCES = [call for page in PAGES.values() for call in inline_make_calls(page)]
MADE = sorted(set(map(tuple, IN_BLOCKS + IN_SENTENCES)))


@pytest.fixture(scope="module")
def session() -> Session:
    return Session()


def options_of(session: Session, call: AwsCall) -> set[str]:
    """The options that the AWS CLI has for an operation, by the service's description."""
    if (call.service, call.operation) in OF_THE_CLI:
        return EVERYWHERE | OF_THE_CLI[call.service, call.operation]
    service = SERVICES.get(call.service, call.service)
    model = session.get_service_model(service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    operation = model.operation_model(operations[call.operation])
    names: set[str] = set()
    for name, shape in operation.input_shape.members.items() if operation.input_shape else ():
        names.add(xform_name(name, "-"))
        if shape.type_name == "boolean":
            names.add(f"no-{xform_name(name, '-')}")
    pages = session.get_component("data_loader").load_service_model(service, "paginators-1")
    return (
        names | EVERYWHERE | (PAGED if operations[call.operation] in pages["pagination"] else set())
    )


def test_there_are_commands_on_each_page_of_operations() -> None:
    assert len(OF_OPERATIONS) > 15
    assert [name for name in OF_OPERATIONS if not blocks_of(PAGES[name])] == []
    assert len(MADE) > 20


@pytest.mark.parametrize("name", PAGES)
def test_a_shell_takes_each_block(name: str) -> None:
    for block in blocks_of(PAGES[name]):
        for shell in ("sh", "bash"):
            done = subprocess.run(  # noqa: S603 - reads the project's own commands, runs none
                [shell, "-n"],
                input=block,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.returncode == 0, f"{done.stderr}\n{block}"


@pytest.mark.parametrize("name", PAGES)
def test_no_block_leaves_a_variable_of_terraform_in_the_shell(name: str) -> None:
    """The next command there may be meant for another environment."""
    exported = [re.findall(r"\bexport (TF_\w+)", block) for block in blocks_of(PAGES[name])]
    assert not any(exported)


@pytest.mark.parametrize("name", PAGES)
def test_the_aws_cli_has_each_command_with_its_options(session: Session, name: str) -> None:
    for block in blocks_of(PAGES[name]):
        for call in aws_calls(block):
            assert set(call.options) <= options_of(session, call), call


def test_the_calls_of_a_block_are_found_with_their_own_options() -> None:
    block = (
        'URL=$(aws sqs get-queue-url --queue-name "$(cat --some)" --query QueueUrl)\n'
        "aws logs filter-log-events \\\n"
        '  --filter-pattern \'{ $.a = "--b" }\' --start-time "$(( ($(date +%s)) ))" | jq -r\n'
        'aws sqs purge-queue --queue-url "$(aws sqs list-queues --max-items 1)"  # not --this\n'
    )
    assert list(aws_calls(block)) == [
        AwsCall("sqs", "get-queue-url", ("queue-name", "query")),
        AwsCall("logs", "filter-log-events", ("filter-pattern", "start-time")),
        AwsCall("sqs", "purge-queue", ("queue-url",)),
        AwsCall("sqs", "list-queues", ("max-items",)),
    ]


@pytest.mark.parametrize("words", MADE, ids=" ".join)
def test_the_makefile_has_each_target_and_each_switch(words: tuple[str, ...]) -> None:
    assert {word for word in words if "=" not in word} <= TARGETS
    assert {word.partition("=")[0] for word in words if "=" in word} <= VARIABLES


@pytest.mark.parametrize("words", [one for one in MADE if one[0] in OPERATORS], ids=" ".join)
def test_each_command_for_operators_takes_its_switches(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    fake_python.put_in(tmp_path)
    # In a sentence it may stand without what it must have.
    needed = {"replay-uploads": ["SINCE=1h"], "user": ["USERNAME=ada", "DO=enable"]}
    given = {word.partition("=")[0] for word in words}
    more = [word for word in needed.get(words[0], []) if word.partition("=")[0] not in given]
    made = fake_python.make(tmp_path, *words, *more)
    assert made.stderr == ""
    _, module, *arguments = json.loads(made.stdout)
    is_package = module in {"operations.redrive", "operations.smoke", "operations.user"}
    name = f"{module}.__main__" if is_package else module
    # Ends with an error where an argument is wrong.
    importlib.import_module(name)._parser().parse_args(arguments)
