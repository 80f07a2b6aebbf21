"""The workflows' permissions, and the agreement of this repository's versions and locks."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tooling.release import locks
from tooling.release.preparation import disagreements

REPOSITORY = Path(__file__).parents[3]
WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").iterdir())

# Actions by tag, as nobody has verified a commit: `owner/name@tag`, each with its reason.
KEEP_THEIR_TAG: set[str] = set()
# Write permissions by workflow and job. All other jobs at most read the repository.
MAY_WRITE = {("release", "publish"): {"contents", "id-token", "attestations"}}
# By workflow and job: the variable with the role that the job assumes. These jobs run the
# repository's code with it, so nothing but main starts them.
ROLES = {
    ("deploy", "plan"): "AWS_PLAN_ROLE_ARN",
    ("deploy", "apply"): "AWS_DEPLOY_ROLE_ARN",
    ("drift", "drift"): "AWS_PLAN_ROLE_ARN",
}
# What a job with a role calls before it has credentials.
WITHOUT_AWS = {"build", ".venv/.installed"}

each_workflow = pytest.mark.parametrize(
    "workflow", [pytest.param(path, id=path.stem) for path in WORKFLOWS]
)


def jobs_of(workflow: Path) -> Iterator[tuple[str, dict[str, Any], dict[str, str]]]:
    """Each job with its name and its effective permissions."""
    document = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    for name, job in document["jobs"].items():
        yield name, job, job.get("permissions", document["permissions"])


@each_workflow
def test_each_action_is_pinned_to_a_commit_and_says_its_version(workflow: Path) -> None:
    used = re.findall(r"uses: (.+)", workflow.read_text(encoding="utf-8"))
    assert used
    for action in set(used) - KEEP_THEIR_TAG:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_each_action_has_one_commit_for_a_version() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    commits: dict[tuple[str, str], set[str]] = {}
    for name, commit, version in re.findall(r"uses: (\S+)@(\S+) # (\S+)", text):
        commits.setdefault((name, version), set()).add(commit)
    assert commits
    assert all(len(pinned) == 1 for pinned in commits.values()), commits


@each_workflow
def test_a_job_writes_only_what_it_is_for(workflow: Path) -> None:
    for name, _, permissions in jobs_of(workflow):
        written = {what for what, right in permissions.items() if right == "write"}
        of_the_job = (workflow.stem, name)
        role = {"id-token"} if of_the_job in ROLES else set()
        assert written == MAY_WRITE.get(of_the_job, role), name
        assert set(permissions.values()) <= {"read", "write"}
        assert {what for what, right in permissions.items() if right == "read"} <= {"contents"}


@each_workflow
def test_a_job_that_may_write_runs_nothing_of_the_repository(workflow: Path) -> None:
    for name, job, permissions in jobs_of(workflow):
        if "write" in permissions.values() and (workflow.stem, name) not in ROLES:
            text = yaml.safe_dump(job)
            assert "actions/checkout" not in text
            assert not re.search(r"\b(make|python|pip|uv)\b", text)


@each_workflow
def test_no_job_hands_on_credentials_or_trusts_a_pull_request(workflow: Path) -> None:
    text = workflow.read_text(encoding="utf-8")
    assert text.count("persist-credentials: false") == text.count("actions/checkout@")
    assert "pull_request_target" not in text
    for name, job, _ in jobs_of(workflow):
        assert "timeout-minutes" in job, name


def document_of(workflow: Path) -> dict[str, Any]:
    """A workflow, with its triggers by name."""
    document: dict[Any, Any] = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    # YAML 1.1 takes the key `on` for a truth value.
    triggers = document.pop(True)
    return {**document, "on": {name: triggers[name] or {} for name in triggers}}


@each_workflow
def test_what_a_pull_request_starts_has_no_role(workflow: Path) -> None:
    if "pull_request" not in document_of(workflow)["on"]:
        return
    for name, job, permissions in jobs_of(workflow):
        assert permissions == {"contents": "read"}, name
        assert "environment" not in job
        assert "configure-aws-credentials" not in yaml.safe_dump(job)
    assert "secrets." not in workflow.read_text(encoding="utf-8")


@pytest.mark.parametrize(("place", "role"), ROLES.items(), ids=map("-".join, ROLES))
def test_a_job_with_a_role_is_off_until_its_variable_is_set(
    place: tuple[str, str], role: str
) -> None:
    path = REPOSITORY / ".github" / "workflows" / f"{place[0]}.yml"
    document = document_of(path)
    assert set(document["on"]) <= {"push", "schedule", "workflow_dispatch"}
    assert document["on"].get("push", {"branches": ["main"]}) == {"branches": ["main"]}
    job = document["jobs"][place[1]]
    assumed = [step["with"] for step in job["steps"] if "configure-aws" in step.get("uses", "")]
    assert assumed == [
        {"aws-region": "${{ vars.AWS_REGION }}", "role-to-assume": f"${{{{ vars.{role} }}}}"}
    ]
    assert f"vars.{role} != ''" in job["if"]
    # Another branch can start it by hand.
    first = document["jobs"][job["needs"]] if "needs" in job else job
    assert "github.ref == 'refs/heads/main'" in first["if"]
    assert "vars.DEPLOY_ENVIRONMENT != ''" in first["if"]
    assert "vars.AWS_REGION != ''" in first["if"]


def test_only_the_job_that_waits_for_an_approval_has_the_deploy_role() -> None:
    for workflow in WORKFLOWS:
        for name, job in document_of(workflow)["jobs"].items():
            if "vars.AWS_DEPLOY_ROLE_ARN" in yaml.safe_dump(job):
                assert (workflow.stem, name) == ("deploy", "apply")
                assert job["environment"] == "${{ vars.DEPLOY_ENVIRONMENT }}"


def test_a_plan_that_waits_for_an_approval_holds_up_no_other() -> None:
    document = document_of(REPOSITORY / ".github" / "workflows" / "deploy.yml")
    waits = [job for job in document["jobs"].values() if "environment" in job]
    assert waits
    # A job that waits holds its group. The next one could not be approved, and one more would
    # cancel that.
    for limited in (document, *waits):
        assert "concurrency" not in limited


def test_a_failed_or_cancelled_smoke_run_says_how_to_go_back() -> None:
    document = document_of(REPOSITORY / ".github" / "workflows" / "deploy.yml")
    last = document["jobs"]["apply"]["steps"][-1]
    assert last["if"] == "(failure() || cancelled()) && steps.apply.outcome == 'success'"


@each_workflow
def test_no_pipe_hides_a_failure(workflow: Path) -> None:
    for _, job, _ in jobs_of(workflow):
        for step in job["steps"]:
            if re.search(r"[^|]\|[^|]", step.get("run", "")):
                # GitHub adds `-o pipefail` only where the shell is named.
                assert step.get("shell") == "bash" or "set -o pipefail" in step["run"], step


@pytest.mark.parametrize(("newest", "exit_code"), [("echo abc", 0), ("echo def", 1), ("exit 4", 4)])
def test_only_the_newest_commit_of_main_is_applied(
    tmp_path: Path, newest: str, exit_code: int
) -> None:
    """What GitHub says, by a `gh` of the test's own."""
    document = document_of(REPOSITORY / ".github" / "workflows" / "deploy.yml")
    job = document["jobs"]["apply"]
    assert job["permissions"]["contents"] == "read"
    first = job["steps"][0]
    assert first["env"] == {"GH_TOKEN": "${{ github.token }}"}
    question = "api repos/ada/onboarding/commits/main --jq .sha"
    (tmp_path / "gh").write_text(f'#!/bin/sh\n[ "$*" = "{question}" ] || exit 9\n{newest}\n')
    (tmp_path / "gh").chmod(0o755)
    settings = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "GITHUB_REPOSITORY": "ada/onboarding",
        "GITHUB_SHA": "abc",
    }
    # As GitHub runs a step.
    command = ["bash", "-e", "-c", first["run"]]
    done = subprocess.run(command, env=settings, capture_output=True, check=False)  # noqa: S603 - the workflow's own
    assert done.returncode == exit_code
    assert (b"::error::this run deploys commit abc, and main is at def" in done.stdout) == (
        exit_code == 1
    )


@pytest.mark.parametrize("place", ROLES, ids=map("-".join, ROLES))
def test_packages_are_built_before_there_are_credentials(place: tuple[str, str]) -> None:
    path = REPOSITORY / ".github" / "workflows" / f"{place[0]}.yml"
    steps = document_of(path)["jobs"][place[1]]["steps"]
    (assumes,) = [i for i, step in enumerate(steps) if "configure-aws" in step.get("uses", "")]
    runs = [i for i, step in enumerate(steps) if step.get("run", "").startswith("make ")]
    assert steps[runs[0]]["run"].removeprefix("make ") in WITHOUT_AWS
    assert runs[0] < assumes < runs[1]


@pytest.mark.parametrize("place", ROLES, ids=map("-".join, ROLES))
def test_each_command_on_aws_names_its_environment(place: tuple[str, str]) -> None:
    document = document_of(REPOSITORY / ".github" / "workflows" / f"{place[0]}.yml")
    job = document["jobs"][place[1]]
    # make would ignore an ENV of the shell that looks like the path of a start-up file.
    settings = {**document.get("env", {}), **job.get("env", {})}
    assert settings == {"ENVIRONMENT": "${{ vars.DEPLOY_ENVIRONMENT }}"}
    runs = "\n".join(step.get("run", "") for step in job["steps"])
    called = re.findall(r"^make (\S+) ?(\S*)", runs, re.MULTILINE)
    on_aws = {target: first for target, first in called if target not in WITHOUT_AWS}
    assert on_aws
    assert set(on_aws.values()) == {'ENV="$ENVIRONMENT"'}


@each_workflow
def test_a_workflow_calls_targets_that_there_are(workflow: Path) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    called = re.findall(r"\bmake ([a-z./-]+)", workflow.read_text(encoding="utf-8"))
    for target in called:
        assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), target


def test_every_place_states_the_same_version() -> None:
    assert disagreements(REPOSITORY) == []


def test_every_lock_is_in_step() -> None:
    assert locks.problems(REPOSITORY) == []


def test_dependabot_looks_where_something_is_locked_for_itself() -> None:
    text = (REPOSITORY / ".github" / "dependabot.yml").read_text(encoding="utf-8")
    watched = {
        entry["directory"].strip("/") or "."
        for entry in yaml.safe_load(text)["updates"]
        if entry["package-ecosystem"] == "pip"
    }
    locked = {
        str(path.parent.relative_to(REPOSITORY))
        for pattern in ("requirements*.txt", "[!.]*/requirements*.txt")
        for path in REPOSITORY.glob(pattern)
    }
    assert watched == locked
