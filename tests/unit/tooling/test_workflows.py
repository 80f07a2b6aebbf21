"""The workflows' permissions, and the agreement of this repository's versions and locks."""

import re
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
        assert written == MAY_WRITE.get((workflow.stem, name), set()), name
        assert set(permissions.values()) <= {"read", "write"}
        assert {what for what, right in permissions.items() if right == "read"} <= {"contents"}


@each_workflow
def test_a_job_that_may_write_runs_nothing_of_the_repository(workflow: Path) -> None:
    for _, job, permissions in jobs_of(workflow):
        if "write" in permissions.values():
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
