"""A checkout with an environment, a build, and a terraform that notes how it is called."""

import base64
import hashlib
import io
import json
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from operations.environments import Environment
from operations.errors import OperationsError
from operations.terraform import TerraformCommand
from tooling import paths

BUCKET = "artifacts"
ACCOUNT = "123456789012"  # of moto
REGION = "eu-central-1"
SENSITIVE = "tinypng_api_key"


@dataclass
class FakeTerraform:
    """What terraform was called with, and what it answers.

    Attributes:
        shown: The arguments of each command before the person.
        variables: Those of the plan, as it evaluates them.
        outputs: Those of the state.
        resources: Those of the state.
        fails: The command that fails.
        changes: Whether a plan changes something.
    """

    shown: list[list[str]] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    resources: list[Mapping[str, Any]] = field(default_factory=list)
    fails: str = ""
    changes: bool = True

    def show(self, arguments: Sequence[str]) -> int:
        self.shown.append(list(arguments))
        for argument in arguments:
            if argument.startswith("-out="):
                Path(argument.removeprefix("-out=")).write_bytes(plan_of(paths.TERRAFORM_SOURCE))
            if argument.startswith("build_dir="):
                self.variables["build_dir"] = argument.removeprefix("build_dir=")
        if self.fails in arguments:
            raise OperationsError(f"terraform {self.fails} failed")
        return 2 if "-detailed-exitcode" in arguments and self.changes else 0

    def read(self, arguments: Sequence[str]) -> str:
        if arguments[0] == "output":
            return json.dumps({name: {"value": value} for name, value in self.outputs.items()})
        if arguments[0] == "state":
            return json.dumps({"resources": self.resources})
        if "-json" not in arguments:
            return "\nthe plan in words\n"
        known = {name: {"value": value} for name, value in self.outputs.items()}
        return json.dumps(
            {
                "variables": {name: {"value": value} for name, value in self.variables.items()},
                "applyable": self.changes,
                "planned_values": {"outputs": known},
                "configuration": {"root_module": {"variables": {SENSITIVE: {"sensitive": True}}}},
            }
        )

    @property
    def commands(self) -> list[str]:
        """The names of the commands before the person."""
        return [arguments[0] for arguments in self.shown]


@pytest.fixture
def terraform(monkeypatch: pytest.MonkeyPatch) -> FakeTerraform:
    outputs = {
        "account_id": ACCOUNT,
        "region": REGION,
        "environment": "staging",
        "artifacts_bucket_name": BUCKET,
    }
    fake = FakeTerraform(
        variables={"build_dir": "../build", "region": REGION, SENSITIVE: "never noted"},
        outputs=outputs,
    )
    monkeypatch.setattr(
        TerraformCommand, "show", lambda _self, arguments, **_options: fake.show(arguments)
    )
    monkeypatch.setattr(TerraformCommand, "read", lambda _self, arguments: fake.read(arguments))
    return fake


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a checkout."""
    source = tmp_path / "terraform"
    (source / "environments").mkdir(parents=True)
    (source / "modules" / "web").mkdir(parents=True)
    (source / "main.tf").write_text("# code\n", "utf-8")
    (source / "modules" / "web" / "main.tf").write_text("# code\n", "utf-8")
    (source / "backend.tf").touch()
    (source / ".terraform.lock.hcl").write_text("# providers\n", "utf-8")
    (source / "environments" / "staging.tfvars").touch()
    (source / "environments" / "staging.backend.hcl").touch()
    monkeypatch.setattr(paths, "REPOSITORY", tmp_path)
    monkeypatch.setattr(paths, "TERRAFORM_SOURCE", source)
    monkeypatch.setattr(paths, "LOCAL", tmp_path / ".local")
    build(tmp_path, "first")
    return tmp_path


@pytest.fixture
def staging(checkout: Path, terraform: FakeTerraform) -> Environment:
    """The environment that is acted on."""
    del terraform
    return Environment("staging", checkout / "terraform")


@pytest.fixture
def bucket(aws: None) -> str:
    """The artifacts bucket, with an object of Terraform's."""
    del aws
    s3 = boto3.client("s3")
    s3.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    s3.put_object(Bucket=BUCKET, Key="functions/web_api/0.zip", Body=b"of Terraform")
    return BUCKET


def plan_of(source: Path) -> bytes:
    """A plan file as Terraform writes it, of a root module that calls none."""
    files = {
        "tfplan": b"the changes",
        **{f"tfconfig/m-/{file.name}": file.read_bytes() for file in source.glob("*.tf")},
        "tfconfig/modules.json": b'[{"Key": "", "Dir": "."}]',
        ".terraform.lock.hcl": (source / ".terraform.lock.hcl").read_bytes(),
    }
    return zip_of(files)


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return data.getvalue()


def build(checkout: Path, content: str) -> None:
    """As `make build`: two zips, of which one has this content, and their manifest."""
    folder = checkout / "build"
    folder.mkdir(exist_ok=True)
    files = {"web_api": content.encode(), "pillow": b"always the same"}
    entries = {}
    for name, data in files.items():
        (folder / f"{name}.zip").write_bytes(data)
        entries[name] = {"file": f"{name}.zip", "sha256": hashlib.sha256(data).hexdigest()}
    layers = {"pillow": entries.pop("pillow")}
    manifest = {"schema_version": 1, "functions": entries, "layers": layers}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def running(content: str) -> Mapping[str, Any]:
    """A function in the state that has the zip of a build with this content."""
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return {
        "module": "module.web_api",
        "mode": "managed",
        "type": "aws_lambda_function",
        "name": "this",
        "instances": [{"attributes": {"source_code_hash": digest}}],
    }


def keys() -> list[str]:
    """The keys of all objects in the artifacts bucket."""
    found = boto3.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return [item["Key"] for item in found]


def commit_all(checkout: Path) -> str:
    """Commit all files of a checkout, in a repository of its own; return the commit."""

    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=ada", "-c", "user.email=ada@example.com"]
        command = ["git", "-C", str(checkout), *identity, *arguments]
        return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout  # noqa: S603 - the test's own repository

    git("init", "--quiet")
    (checkout / ".gitignore").write_text(".local\nbuild\nbackend.tf\n", "utf-8")
    git("add", ".")
    git("commit", "--quiet", "--message=more")
    return git("rev-parse", "HEAD").strip()
