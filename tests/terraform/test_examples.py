"""Each folder of terraform/examples, as somebody uses it: alone, from a fresh clone.

tests/examples.tftest.hcl plans each; tests/end_to_end/test_examples.py applies one.
"""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from local_cloud.stack import example_names
from tooling import provider
from tooling.paths import TERRAFORM_SOURCE

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("name", example_names())
def test_example_is_valid(clean_copy: Path, run_terraform: Run, name: str) -> None:
    folder = clean_copy / "examples" / name
    provider.copy_lock(folder)
    done = run_terraform(folder, "init", "-backend=false", "-input=false", "-no-color")
    assert done.returncode == 0, done.stdout + done.stderr

    answer = json.loads(run_terraform(folder, "validate", "-json").stdout)

    assert answer["diagnostics"] == []
    assert answer["valid"]


def test_each_example_is_planned() -> None:
    text = (TERRAFORM_SOURCE / "tests" / "examples.tftest.hcl").read_text(encoding="utf-8")
    planned = set(re.findall(r'source = "\./examples/([a-z-]+)"', text))
    assert sorted(planned) == example_names()


def test_each_example_says_how_it_is_applied() -> None:
    for name in example_names():
        readme = (TERRAFORM_SOURCE / "examples" / name / "README.md").read_text(encoding="utf-8")
        assert "terraform apply" in readme, name
    overview = (TERRAFORM_SOURCE / "examples" / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\]\(([a-z-]+)/README\.md\)", overview)) == example_names()
