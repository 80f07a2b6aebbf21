"""Each scanner finds what is planted for it, called as by `make scan`."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scans import accepted, committed_secrets, github_files, policy_lint, terraform_code, tools
from scans.__main__ import SCANS, main
from scans.outcome import Outcome
from scans.policies import Policy, Resource
from tooling.ci import JOBS, SCAN, STAGES
from tooling.paths import REPOSITORY

OPEN_BUCKET = """
resource "aws_s3_bucket" "planted" {
  bucket = "planted"
}

resource "aws_s3_bucket_public_access_block" "planted" {
  bucket            = aws_s3_bucket.planted.id
  block_public_acls = false
}
"""
# Made up, and joined here so that no scanner finds it in this file.
ACCESS_KEY = "AKIA" + "Q4XJ7ZP2M6TR3VBN"


@pytest.fixture
def nothing_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepted, "read", lambda _scan: [])


@pytest.mark.usefixtures("nothing_accepted")
def test_checkov_finds_an_open_bucket(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(OPEN_BUCKET, encoding="utf-8")

    findings = terraform_code.scan(tmp_path).findings

    assert any("CKV_AWS_53" in finding and "main.tf" in finding for finding in findings), findings


@pytest.mark.usefixtures("nothing_accepted")
def test_a_skip_beside_the_code_is_found(tmp_path: Path) -> None:
    skipped = OPEN_BUCKET.replace("{\n", "{\n  #checkov:skip=CKV_AWS_53:because\n", 1)
    (tmp_path / "main.tf").write_text(skipped, encoding="utf-8")

    assert any("accepted.toml" in finding for finding in terraform_code.scan(tmp_path).findings)


def lint(document: dict[str, object]) -> list[str]:
    carrier = Resource("aws_iam_role_policy.planted", "aws_iam_role_policy", {})
    policy = Policy(carrier.address, "identity", document, carrier)
    return [finding.rule for finding in policy_lint.lint([policy])]


def statement(**changed: object) -> dict[str, object]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sqs:SendMessage",
                "Resource": "arn:aws:sqs:eu-central-1:123456789012:queue",
                **changed,
            }
        ],
    }


def test_parliament_finds_nothing_in_a_sound_policy() -> None:
    assert lint(statement()) == []


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"Action": "sqs:SendMesage"}, "UNKNOWN_ACTION"),
        ({"Resource": "*"}, "RESOURCE_STAR"),
        ({"Resource": "arn:aws:s3:::bucket/key"}, "RESOURCE_MISMATCH"),
        ({"Condition": {"StringEquals": {"s3:prefix": "a"}}}, "UNKNOWN_CONDITION_FOR_ACTION"),
    ],
)
def test_parliament_finds_what_is_wrong_with_a_policy(
    changed: dict[str, object], rule: str
) -> None:
    assert lint(statement(**changed)) == [rule]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with one file, and an empty baseline beside it."""
    folder = tmp_path / "repository"
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet", "."], cwd=folder, check=True)  # noqa: S607 - the developer's own git
    (folder / "settings.py").write_text('name = "a name"\n', encoding="utf-8")
    (tmp_path / "baseline").write_text('{"results": {}}', encoding="utf-8")
    return folder


@pytest.mark.usefixtures("nothing_accepted")
def test_detect_secrets_finds_a_key(repository: Path) -> None:
    baseline = repository.parent / "baseline"
    assert committed_secrets.scan(repository, baseline).findings == []

    (repository / "settings.py").write_text(f'key = "{ACCESS_KEY}"\n', encoding="utf-8")
    findings = committed_secrets.scan(repository, baseline).findings

    assert any("settings.py:1: AWS Access Key" in finding for finding in findings), findings
    assert not any(ACCESS_KEY in finding for finding in findings), "the secret itself is not shown"


@pytest.mark.usefixtures("nothing_accepted")
def test_what_is_in_the_baseline_needs_a_reason_and_must_be_there(repository: Path) -> None:
    baseline = repository.parent / "baseline"
    (repository / "settings.py").write_text(f'key = "{ACCESS_KEY}"\n', encoding="utf-8")
    committed_secrets.write_baseline(repository, baseline)
    assert ACCESS_KEY not in baseline.read_text(encoding="utf-8")

    findings = committed_secrets.scan(repository, baseline).findings
    assert findings
    assert all("without a reason" in finding for finding in findings), findings

    (repository / "settings.py").unlink()
    findings = committed_secrets.scan(repository, baseline).findings
    assert any("is gone" in finding for finding in findings), findings


def test_hashes_of_locks_are_no_secrets_but_a_key_in_one_is(repository: Path) -> None:
    lock = repository / "requirements.txt"
    lock.write_text(f"boto3==1.0 \\\n    --hash=sha256:{'0123456789abcdef' * 4}\n", "utf-8")
    assert committed_secrets.find(repository) == {}

    lock.write_text(f"boto3==1.0  # {ACCESS_KEY}\n", encoding="utf-8")
    assert set(committed_secrets.find(repository)) == {"requirements.txt"}


BAD_WORKFLOW = """\
on: pull_request_target
jobs:
  planted:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4 # zizmor: ignore[unpinned-uses]
      - run: echo ${{ github.event.pull_request.title }}
"""


def plant(repository: Path, name: str, text: str) -> None:
    path = repository / ".github" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.usefixtures("nothing_accepted")
def test_zizmor_finds_a_workflow_that_a_stranger_can_use(repository: Path) -> None:
    plant(repository, "workflows/planted.yml", BAD_WORKFLOW)

    findings = github_files.scan_workflows(repository).findings

    for place in ("template-injection", "dangerous-triggers", "excessive-permissions"):
        assert any(f"{place} .github/workflows/planted.yml:" in found for found in findings)
    assert any("unpinned-uses .github/workflows/planted.yml:6:" in found for found in findings)


def test_a_workflow_that_zizmor_cannot_read_is_no_green(repository: Path) -> None:
    plant(repository, "workflows/good.yml", "on: push\njobs: {}\n")
    plant(repository, "workflows/planted.yml", "on: push\njobs: [1\n")
    with pytest.raises(tools.ScanError, match=r"planted\.yml"):
        github_files.scan_workflows(repository)


@pytest.mark.usefixtures("nothing_accepted")
@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        ("workflows/planted.yml", "on: push\njobs: {a: {runs-on: x, stepz: []}}\n", "stepz"),
        ("workflows/planted.yml", "on: push\njobs: {a: {runs-on: x, steps: []}}\n", "timeout"),
        ("workflows/planted.yml", "on: push\njobs: [1\n", "is not YAML"),
        ("dependabot.yml", "version: 2\nupdates: [{package-ecosystem: pip}]\n", "schedule"),
        ("ISSUE_TEMPLATE/bug.yml", "name: Bug\ndescription: x\nbody: [{type: text}]\n", "text"),
        ("ISSUE_TEMPLATE/config.yml", "contact_links: [{name: x}]\n", "url"),
    ],
)
def test_check_jsonschema_finds_what_github_refuses(
    repository: Path, name: str, text: str, wrong: str
) -> None:
    plant(repository, name, text)

    findings = github_files.scan_schemas(repository).findings

    assert any(f".github/{name}" in finding and wrong in finding for finding in findings), findings


# --- the command, and where it is run ---


def test_the_command_is_red_when_one_scan_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in SCANS:
        monkeypatch.setitem(SCANS, name, lambda: Outcome(looked_at="nothing"))
    assert main([]) == 0

    monkeypatch.setitem(SCANS, "checkov", lambda: Outcome(["an open bucket"]))
    assert main([]) == 1
    assert "checkov: an open bucket" in capsys.readouterr().out

    assert main(["parliament"]) == 0


def test_a_scan_that_did_not_run_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(SCANS, "pip-audit", lambda: Outcome(not_run="no way to PyPI"))
    assert main(["pip-audit"]) == 0
    assert "pip-audit: NOT RUN" in capsys.readouterr().err


def test_both_cis_run_the_scans() -> None:
    ci = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    workflow = (REPOSITORY / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert "\nexec python3 -I -X utf8 tooling/ci.py\n" in ci
    assert any(SCAN in lane for stage in STAGES for lane in stage)
    assert "python3 tooling/ci.py --matrix" in workflow
    assert "          STEP: ${{ matrix.target }}\n" in workflow
    assert '- run: make "$STEP"\n' in workflow
    assert SCAN in JOBS
    assert 'REQUIRE_ADVISORIES: "1"' in workflow


def test_every_switched_off_security_rule_of_ruff_has_a_reason() -> None:
    rule = re.compile(r"# noqa: [A-Z0-9, ]*\bS\d{3}\b[A-Z0-9, ]*(.*)")
    files = [name for name in tools.tracked_files() if name.endswith(".py")]
    assert files
    for name in files:
        lines = (REPOSITORY / name).read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, start=1):
            for rest in rule.findall(line):
                assert rest.startswith("- "), f"{name}:{number}: say why"


@pytest.mark.parametrize(
    "folder", ["lambdas/shared", "packager", "local_cloud", "benchmarks", "scans", "tooling", "."]
)
def test_ruff_s_security_rules_are_on_for_all_code(folder: str) -> None:
    plant = "import subprocess\n\nsubprocess.run('ls', shell=True)\neval('1')\nassert 1\n"
    checked = subprocess.run(  # noqa: S603 - the command of `make lint`
        [
            *(sys.executable, "-m", "ruff", "check", "--output-format", "json"),
            *("--stdin-filename", f"{folder}/planted.py", "-"),
        ],
        cwd=REPOSITORY,
        input=plant,
        capture_output=True,
        text=True,
        check=False,
    )
    found = {finding["code"] for finding in json.loads(checked.stdout)}
    assert {"S602", "S307", "S101"} <= found
