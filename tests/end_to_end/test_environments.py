"""Two environments side by side at one engine, from plan to destroy, by the commands themselves."""

import base64
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_cloud import folders
from local_cloud.engine.process import Engine
from local_cloud.packages import build_for_this_machine
from operations.deploy.__main__ import main
from operations.environments import Environment
from operations.terraform import TerraformCommand
from tooling import environment, paths, provider, staging

CHANGED = "get_user_activation_status"
# The web API takes the most time, and has no kind of name that the rest lacks.
VARIABLES = """\
aws_endpoint_url = "{endpoint}"
from_address     = "{name}@example.com"
enable_web_api   = false
# The provider watches new lifecycle rules for 55 s.
uploads = { abort_incomplete_multipart_upload_days = 0, noncurrent_version_expiration_days = 0 }
"""


class Checkout:
    """A copy of terraform/ with environments, beside a build."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.engine = engine
        self.build = folder / "build"
        self.terraform = folder / "terraform"
        staging.stage(paths.TERRAFORM_SOURCE, self.terraform, {})
        (self.terraform / staging.OVERRIDE_FILE).unlink()
        provider.copy_lock(self.terraform)
        (self.terraform / "backend.tf").write_text('terraform {\n  backend "local" {}\n}\n')
        (self.terraform / "environments").mkdir(exist_ok=True)
        shutil.copytree(folders.BUILD, self.build)

    def add(self, name: str) -> Environment:
        text = VARIABLES.replace("{endpoint}", self.engine.endpoint_url).replace("{name}", name)
        folder = self.terraform / "environments"
        (folder / f"{name}.tfvars").write_text(text, "utf-8")
        (folder / f"{name}.backend.hcl").write_text(f'path = "{name}.tfstate"\n', "utf-8")
        return Environment(name, self.terraform)

    def build_with(self, answer: str) -> None:
        """As `make build` after a change of one function: it answers with this text."""
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as file:
            code = f"def handler(event, context):\n    return {answer!r}\n"
            file.writestr(f"{CHANGED}/handler.py", code)
        digest = hashlib.sha256(data.getvalue())
        manifest = json.loads((self.build / "manifest.json").read_bytes())
        manifest["functions"][CHANGED] |= {
            "sha256": digest.hexdigest(),
            "source_code_hash": base64.b64encode(digest.digest()).decode(),
        }
        (self.build / f"{CHANGED}.zip").write_bytes(data.getvalue())
        (self.build / "manifest.json").write_text(json.dumps(manifest), "utf-8")

    def answer(self, name: str) -> Any:  # noqa: ANN401 - what a function returns
        """What the changed function of an environment answers."""
        function = outputs(Environment(name, self.terraform))["function_names"][CHANGED]
        answer = self.engine.client("lambda").invoke(FunctionName=function, Payload=b"{}")
        return json.loads(answer["Payload"].read())


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Checkout]:
    build_for_this_machine(folders.BUILD)
    with Engine(tmp_path / "engine") as engine:
        found = Checkout(tmp_path / "checkout", engine)
        monkeypatch.setattr(paths, "TERRAFORM_SOURCE", found.terraform)
        monkeypatch.setattr(paths, "LOCAL", tmp_path / "checkout" / ".local")
        for name, value in environment.dummy_credentials(tmp_path).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ENDPOINT_URL", engine.endpoint_url)
        monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(provider.CLI_CONFIG))
        yield found


def run(command: str, name: str, *options: str) -> None:
    assert main([command, f"--environment={name}", *options]) == 0, command


def deploy(name: str) -> None:
    run("start", name)
    run("plan", name)
    run("apply", name)


def outputs(of: Environment) -> Any:  # noqa: ANN401 - Terraform's outputs are of any type
    written = json.loads(TerraformCommand(of).read(["output", "-json"]))
    return {name: output["value"] for name, output in written.items()}


def identifiers(of: Environment) -> set[str]:
    """The ids and ARNs of an environment's resources."""
    state = json.loads(TerraformCommand(of).read(["state", "pull"]))
    found = set()
    for entry in state["resources"]:
        for attributes in (instance["attributes"] for instance in entry["instances"]):
            if entry["mode"] == "managed":
                # The ids of objects and permissions say nothing of their bucket and function.
                parts = ("bucket", "function_name", "id")
                found.add(" ".join(str(attributes.get(part, "")) for part in parts))
                found.add(attributes.get("arn") or "")
    return found - {""}


def test_environments_share_nothing_and_go_back_and_away_alone(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    staging_, prod = checkout.add("staging"), checkout.add("prod")
    checkout.build_with("first")
    deploy("staging")
    said = "AWS, account 000000000000, region eu-central-1, environment staging"
    assert f"Applying the plan to {said}." in capfd.readouterr().out
    deploy("prod")
    both = identifiers(staging_), identifiers(prod)
    assert len(both[0]) == len(both[1]) > 50
    assert sorted(both[0] & both[1]) == []

    checkout.build_with("second")
    deploy("staging")
    assert (checkout.answer("staging"), checkout.answer("prod")) == ("second", "first")
    shutil.rmtree(checkout.build)
    run("rollback", "staging")
    run("apply", "staging")
    assert (checkout.answer("staging"), checkout.answer("prod")) == ("first", "first")
    capfd.readouterr()
    run("rollback", "staging", "--list")
    assert len(re.findall(r"^  [0-9]{8}T", capfd.readouterr().out, re.MULTILINE)) == 3

    bucket = outputs(staging_)["profile_images_bucket_name"]
    checkout.engine.client("s3").put_object(Bucket=bucket, Key="original/a.jpg", Body=b"a")
    stop_half_way(staging_)
    assert identifiers(staging_) < both[0]
    monkeypatch.setattr("builtins.input", lambda _question: "staging")
    run("destroy", "staging")
    assert "AWS keeps" in capfd.readouterr().out
    assert identifiers(staging_) == set()
    assert all("-prod-" in name for name in names_of_functions(checkout.engine))
    assert identifiers(prod) == both[1]
    assert checkout.answer("prod") == "first"


def names_of_functions(engine: Engine) -> list[str]:
    functions = engine.client("lambda").list_functions()["Functions"]
    return [function["FunctionName"] for function in functions]


def stop_half_way(of: Environment) -> None:
    """As `terraform destroy` without force_destroy ends: the bucket is not empty."""
    (of.source.parent / "build").mkdir()
    rolled_back = next(of.rollback_dir.iterdir())
    shutil.copytree(rolled_back, of.source.parent / "build", dirs_exist_ok=True)
    done = subprocess.run(  # noqa: S603 - the project's own terraform code
        ["terraform", f"-chdir={of.source}", "destroy", "-auto-approve", *of.variable_arguments],  # noqa: S607 - the user's own
        env=of.process_environment(os.environ),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert "BucketNotEmpty" in done.stderr
