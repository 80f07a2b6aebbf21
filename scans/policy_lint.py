"""Runs parliament on every policy of the Terraform code."""

import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from scans import accepted, tools
from scans.outcome import Outcome
from scans.policies import Policy, bootstrap_variants, render, render_variants
from tooling import environment, paths


def scan(source: Path = paths.TERRAFORM_SOURCE) -> Outcome:
    """Render and lint all policies, for every variant of the variables."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        settings = environment.terraform_environment(os.environ, work)
        stacks = render(source, work / "terraform", settings)
        bootstrap = source / "bootstrap"
        if bootstrap.is_dir():
            stacks += render_variants(bootstrap, work / "own", settings, bootstrap_variants())
    # parliament reports that a trust policy names no resource. tests/terraform/test_policies.py
    # checks trust policies.
    policies = [policy for stack in stacks for policy in stack.policies if policy.kind != "trust"]
    findings = accepted.judge(lint(policies), accepted.read("parliament"))
    return Outcome(findings, looked_at=f"{len(policies)} policies of {len(stacks)} variants")


def lint(policies: Iterable[Policy]) -> list[accepted.Finding]:
    """Return what parliament finds in policies, each finding once.

    Raises:
        ScanError: there is no policy, or parliament failed.
    """
    by_file = {f"{number}.json": policy for number, policy in enumerate(policies)}
    if not by_file:
        raise tools.ScanError("there is no policy to lint")
    with tempfile.TemporaryDirectory() as folder:
        for name, policy in by_file.items():
            (Path(folder) / name).write_text(json.dumps(policy.document), encoding="utf-8")
        done = tools.run(
            ["parliament.cli", "--directory", folder, "--json"],
            # They are about a package that parliament uses.
            settings={"PYTHONWARNINGS": "ignore"},
        )
    # 0: nothing found; 1: something found.
    if done.returncode not in (0, 1) or (done.returncode == 1) != bool(done.stdout.strip()):
        raise tools.ScanError(f"parliament failed:\n{tools.last_words(done)}")
    return sorted(set(_findings(done.stdout, by_file)), key=lambda finding: finding.text)


def _findings(said: str, by_file: dict[str, Policy]) -> Iterator[accepted.Finding]:
    for line in said.splitlines():
        finding = json.loads(line)
        policy = by_file[Path(finding["location"]["filepath"]).name]
        address = re.sub(r"\[.*?\]", "", policy.address)
        yield accepted.Finding(
            finding["issue"],
            address,
            f"{finding['issue']} {address}: {finding['title']} {finding['detail']}".strip(),
        )
