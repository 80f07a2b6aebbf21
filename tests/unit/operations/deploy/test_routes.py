"""Every command of an environment refuses the state of another, which may be applied elsewhere."""

import importlib
import re
from collections.abc import Sequence

import pytest

from operations.deploy import plan
from operations.deployment import Deployment
from operations.environments import Environment
from tests.unit.operations.deploy.conftest import FakeTerraform
from tooling.paths import REPOSITORY

# By target of the Makefile: the module, and its arguments without the environment.
ROUTES = {
    "plan": ("operations.deploy.__main__", ["plan"]),
    "apply": ("operations.deploy.__main__", ["apply"]),
    "rollback": ("operations.deploy.__main__", ["rollback"]),
    "drift": ("operations.deploy.__main__", ["drift"]),
    "destroy": ("operations.deploy.__main__", ["destroy"]),
    "store-plan": ("operations.deploy.__main__", ["store-plan", "--id=7-1"]),
    "fetch-plan": (
        "operations.deploy.__main__",
        ["fetch-plan", "--id=7-1", f"--sha256={'0' * 64}"],
    ),
    "failures": ("operations.redrive.__main__", ["--list"]),
    "redrive": ("operations.redrive.__main__", []),
    "replay-uploads": ("operations.replay_uploads", ["--since=1h"]),
    "thumbnails": ("operations.thumbnails", []),
    "users": ("operations.users", ["--status=NONE"]),
    "user": ("operations.user.__main__", ["--do=disable", "ada"]),
    "forget": ("operations.forget.__main__", ["--yes", "ada"]),
    "smoke": ("operations.smoke.__main__", []),
}


def test_each_command_that_takes_an_environment_is_here() -> None:
    text = (REPOSITORY / "Makefile").read_text("utf-8")
    (targets,) = re.findall(r"^OF_ENVIRONMENTS := (.+)$", text, re.MULTILINE)
    # It asks more before it reads the state: test_backend.py of preflight.
    assert {*ROUTES, "preflight"} == set(targets.split())


@pytest.fixture
def planned(
    staging: Environment, terraform: FakeTerraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan of the environment; since then nobody may ask AWS anything."""
    staging.data_dir.mkdir(parents=True)
    plan.plan(staging)
    terraform.shown.clear()

    def asked(_found: Deployment, service: str) -> None:
        pytest.fail(f"{service} is asked")

    monkeypatch.setattr(Deployment, "client", asked)


@pytest.mark.usefixtures("planned")
@pytest.mark.parametrize("target", ROUTES)
@pytest.mark.parametrize(
    ("holds", "message"),
    [
        ("prod", "the state of environment staging holds the environment 'prod'"),
        (None, "the state of environment staging does not say which environment it holds"),
    ],
)
def test_state_of_another_environment_is_refused(
    terraform: FakeTerraform,
    capsys: pytest.CaptureFixture[str],
    target: str,
    holds: str | None,
    message: str,
) -> None:
    terraform.outputs["environment"] = holds
    module, arguments = ROUTES[target]
    assert _main(module, [*arguments[:1], "--environment=staging", *arguments[1:]]) == 2
    assert f"error: {message}" in capsys.readouterr().err
    assert terraform.commands in ([], ["init"])


def _main(module: str, arguments: Sequence[str]) -> object:
    return importlib.import_module(module).main(arguments)
