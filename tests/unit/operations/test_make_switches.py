"""The operators' commands, from the real Makefile: each switch arrives as it was typed."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import fake_python

LIST, ACT = ("-m", "operations.redrive", "--list"), ("-m", "operations.redrive")
REPLAY, USERS = ("-m", "operations.replay_uploads"), ("-m", "operations.users")
THUMBNAILS = ("-m", "operations.thumbnails")
USER = ("-m", "operations.user")
SMOKE = ("-m", "operations.smoke")
DEPLOY = ("-m", "operations.deploy")
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "failures": LIST,
    "failures CLOUD=aws": (*LIST, "--cloud", "aws"),
    "failures QUEUE=activation LIMIT=2": (*LIST, "--queue=activation", "--limit=2"),
    "redrive": ACT,
    "redrive CLOUD=local QUEUE=activation": (*ACT, "--cloud", "local", "--queue=activation"),
    "redrive DRY_RUN=1": (*ACT, "--dry-run"),
    "redrive DRY_RUN=0 KEEP=": ACT,
    "redrive DRY_RUN=yes DISCARD=a-1": (*ACT, "--dry-run", "--discard=a-1"),
    "redrive KEEP=1": (*ACT, "--keep"),
    "redrive MISSED_BY=create_thumbnail": (*ACT, "--missed-by=create_thumbnail"),
    "replay-uploads SINCE=2h": (*REPLAY, "--since=2h"),
    "replay-uploads SINCE=2h LIMIT=3 DRY_RUN=1": (*REPLAY, "--since=2h", "--limit=3", "--dry-run"),
    "thumbnails": THUMBNAILS,
    "thumbnails CLOUD=local LIMIT=3 DRY_RUN=1": (
        *(*THUMBNAILS, "--cloud", "local", "--limit=3", "--dry-run"),
    ),
    "users": USERS,
    "users STATUS=NONE OLDER=1h": (*USERS, "--status=NONE", "--older=1h"),
    "users USERNAME=ada START=1": (*USERS, "--username=ada", "--start"),
    "user USERNAME=ada DO=disable": (*USER, "--do=disable", "--", "ada"),
    "user DO=enable CLOUD=aws USERNAME=--do": (
        *USER,
        "--cloud",
        "aws",
        "--do=enable",
        "--",
        "--do",
    ),
    "user USERNAME=ada": (*USER, "--", "ada"),
    "smoke": SMOKE,
    "smoke CLOUD=aws JSON=1": (*SMOKE, "--cloud", "aws", "--json"),
    "smoke JSON=0": SMOKE,
    "apply": (*DEPLOY, "apply"),
    "destroy": (*DEPLOY, "destroy"),
    "rollback": (*DEPLOY, "rollback"),
    "rollback LIST=1": (*DEPLOY, "rollback", "--list"),
    "rollback TO=20261130T160413Z-a5edfbc YES=1": (
        *(*DEPLOY, "rollback", "--to=20261130T160413Z-a5edfbc", "--yes"),
    ),
    "rollback DRY_RUN=1": (*DEPLOY, "rollback", "--dry-run"),
    "drift": (*DEPLOY, "drift"),
    "drift AS_DEPLOYED=1 SUMMARY=a/b": (*DEPLOY, "drift", "--summary=a/b", "--as-deployed"),
    "store-plan ID=7-1 SUMMARY=a OUTPUTS=b": (
        *(*DEPLOY, "store-plan", "--id=7-1", "--summary=a", "--outputs=b"),
    ),
    "fetch-plan ID=7-1 SHA256=0a": (*DEPLOY, "fetch-plan", "--id=7-1", "--sha256=0a"),
    "users START=1 DRY_RUN=1 LIMIT=5": (*USERS, "--limit=5", "--start", "--dry-run"),
}
SWITCHES = {
    "drift": ["SUMMARY"],
    "failures": ["QUEUE", "LIMIT"],
    "fetch-plan": ["ID", "SHA256"],
    "redrive": ["QUEUE", "LIMIT", "DISCARD", "MISSED_BY"],
    "replay-uploads": ["SINCE", "LIMIT"],
    "rollback": ["TO"],
    "store-plan": ["ID", "SUMMARY", "OUTPUTS"],
    "thumbnails": ["LIMIT"],
    "user": ["DO"],
    "users": ["STATUS", "OLDER", "USERNAME", "LIMIT"],
}
# What must be said.
NEEDED = {"replay-uploads": ["SINCE=2h"], "user": ["USERNAME=ada"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with nothing in it but a Python that only prints its arguments."""
    fake_python.put_in(tmp_path)
    return tmp_path


@pytest.mark.parametrize("typed", COMMANDS)
def test_switches_become_options(folder: Path, typed: str) -> None:
    made = fake_python.make(folder, *typed.split())
    assert made.stderr == ""
    assert tuple(json.loads(made.stdout)) == COMMANDS[typed]


@pytest.mark.parametrize(
    ("target", "name"), [(target, name) for target, names in SWITCHES.items() for name in names]
)
@pytest.mark.parametrize(
    "value", ["", "$(shell touch RAN)", "$(touch RAN)", "`touch RAN`", "; touch RAN #", 'it\'s "$"']
)
def test_nothing_in_a_value_is_run(folder: Path, target: str, name: str, value: str) -> None:
    given = [*NEEDED.get(target, []), f"{name}={value}"]
    made = fake_python.make(folder, target, *given)
    assert made.stderr == ""
    assert f"--{name.lower().replace('_', '-')}={value}" in json.loads(made.stdout)
    assert not (folder / "RAN").exists()


@pytest.mark.parametrize("options", [(), ("-e",)])
@pytest.mark.parametrize("target", SWITCHES)
def test_values_that_the_shell_brings_are_not_taken(
    folder: Path, target: str, options: tuple[str, ...]
) -> None:
    names = [name for names in SWITCHES.values() for name in names if name != "SINCE"]
    environment = dict.fromkeys([*names, *(f"SWITCH_{name}" for name in names)], "shell")
    made = fake_python.make(
        folder, target, *NEEDED.get(target, []), *options, environment=environment
    )
    assert "shell" not in made.stdout
    assert json.loads(made.stdout)


def test_replay_uploads_wants_to_know_since_when(folder: Path) -> None:
    made = fake_python.make(folder, "replay-uploads", environment={"SINCE": "2h"})
    assert made.returncode == 2
    assert made.stdout == ""
    assert "make replay-uploads SINCE=2026-11-22T10:00" in made.stderr


OF_ENVIRONMENTS = {
    "failures": LIST,
    "redrive": ACT,
    "replay-uploads": REPLAY,
    "thumbnails": THUMBNAILS,
    "users": USERS,
    "user": USER,
    "forget": ("-m", "operations.forget"),
    "smoke": SMOKE,
    "preflight": ("-m", "operations.preflight"),
    "apply": (*DEPLOY, "apply"),
    "rollback": (*DEPLOY, "rollback"),
    "drift": (*DEPLOY, "drift"),
    "destroy": (*DEPLOY, "destroy"),
    "store-plan": (*DEPLOY, "store-plan"),
    "fetch-plan": (*DEPLOY, "fetch-plan"),
}
NEEDED_THERE = {**NEEDED, "forget": ["USERNAME=ada"]}


@pytest.mark.parametrize("options", [(), ("-e",)])
@pytest.mark.parametrize("target", OF_ENVIRONMENTS)
def test_each_command_says_where_its_environment_comes_from(
    folder: Path, target: str, options: tuple[str, ...]
) -> None:
    given = [target, *NEEDED_THERE.get(target, []), *options]
    shell = {"ENV": "staging", "SWITCH_ENV": "elsewhere"}
    of_the_shell = json.loads(fake_python.make(folder, *given, environment=shell).stdout)
    typed = json.loads(fake_python.make(folder, *given, "ENV=prod", environment=shell).stdout)
    without = json.loads(fake_python.make(folder, *given).stdout)
    length = len(OF_ENVIRONMENTS[target])
    assert tuple(without[:length]) == OF_ENVIRONMENTS[target]
    assert set(of_the_shell) - set(without) == {"--shell-environment=staging"}
    assert set(typed) - set(without) == {"--environment=prod"}


def test_plan_checks_and_plans_the_same_environment(folder: Path) -> None:
    made = fake_python.make(folder, "plan", environment={"ENV": "staging"})
    assert made.stderr == ""
    started, account, built, planned = map(json.loads, made.stdout.splitlines())
    assert started == [*DEPLOY, "start", "--shell-environment=staging"]
    assert account[1:] == ["operations.preflight", "--only-account", "--shell-environment=staging"]
    assert built[0] == "build.py"
    assert planned == [*DEPLOY, "plan", "--shell-environment=staging"]


@pytest.mark.parametrize("how", ["shell", "typed"])
@pytest.mark.parametrize(
    "value", ["", "$(shell touch RAN)", "$(touch RAN)", "`touch RAN`", "~/.shrc", 'it\'s "$"']
)
def test_nothing_in_an_environments_name_is_run(folder: Path, how: str, value: str) -> None:
    made = (
        fake_python.make(folder, "apply", environment={"ENV": value})
        if how == "shell"
        else fake_python.make(folder, "apply", f"ENV={value}")
    )
    assert made.stderr == ""
    assert json.loads(made.stdout)[-1].partition("=")[2] == value
    assert not (folder / "RAN").exists()
