"""The commands that deploy, at one engine: environments side by side, a plan handed over."""

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
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local_cloud import folders
from local_cloud.engine.process import Engine
from local_cloud.packages import build_for_this_machine
from operations import deployment, replay_uploads, users
from operations.deploy.__main__ import main
from operations.environments import Environment
from operations.forget import __main__ as forget
from operations.redrive import __main__ as redrive
from operations.redrive import failure_queue
from operations.smoke import __main__ as smoke
from operations.smoke import operation
from operations.smoke.catalogue import STEPS
from operations.smoke.run import Run
from operations.terraform import TerraformCommand
from operations.user import __main__ as user
from tests.end_to_end.quick_stack import leave_endpoints_to_environment
from tests.end_to_end.web import unique_username
from tests.terraform import running_provider
from tooling import clean_environment, environment, paths, provider, staging

CHANGED = "get_user_activation_status"
# The web API takes the most time, and has no kind of name that the rest lacks. A third of the rest
# are alarms: tests/terraform/test_names.py checks their names.
VARIABLES = """\
aws_endpoint_url = "{endpoint}"
from_address     = "{name}@example.com"
enable_web_api   = false
alarms           = { enabled = false }
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
        leave_endpoints_to_environment(self.terraform)
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
        # 50 commands: each would hash the provider's 700 MB, and most would start it.
        settings = environment.terraform_environment(os.environ, tmp_path)
        settings["AWS_ENDPOINT_URL"] = engine.endpoint_url
        with running_provider.start(
            settings, tmp_path / "provider.log", found.terraform
        ) as address:
            faster = {"TF_REATTACH_PROVIDERS": address, "GOGC": settings["GOGC"]}
            for name, value in faster.items():
                monkeypatch.setenv(name, value)
            kept = (*clean_environment.KINDS["aws"], *faster)
            monkeypatch.setitem(clean_environment.KINDS, "aws", kept)
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
    stacks = Stack("staging", checkout), Stack("prod", checkout)
    for stack, other in (stacks, stacks[::-1]):
        before = other.everything()
        operate(stack, monkeypatch, capfd)
        assert other.everything() == before

    checkout.build_with("second")
    deploy("staging")
    assert (checkout.answer("staging"), checkout.answer("prod")) == ("second", "first")
    shutil.rmtree(checkout.build)
    run("rollback", "staging")
    run("apply", "staging")
    assert (checkout.answer("staging"), checkout.answer("prod")) == ("first", "first")
    # There is no build, and that of the checkout would show as a change.
    found = deployment.find("aws", "staging")
    assert operation.plan(Run(found)).startswith("no changes, with the packages of ")
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


class Stack:
    """What is in an environment."""

    def __init__(self, name: str, checkout: Checkout) -> None:
        self.name = name
        self.client = checkout.engine.client
        self.outputs = outputs(Environment(name, checkout.terraform))
        self.bucket = self.outputs["profile_images_bucket_name"]
        self.queue = self.outputs["failure_queue_urls"]["activation"]

    def put_user(self, username: str) -> None:
        item = {"username": {"S": username}, "activationStatus": {"S": "DONE"}}
        self.client("dynamodb").put_item(TableName=self.outputs["user_table_name"], Item=item)

    def users(self) -> dict[str, Any]:
        found = self.client("dynamodb").scan(TableName=self.outputs["user_table_name"])
        return {item["username"]["S"]: item for item in found["Items"]}

    def messages(self) -> int:
        answer = self.client("sqs").get_queue_attributes(
            QueueUrl=self.queue, AttributeNames=["All"]
        )
        return sum(int(answer["Attributes"][name]) for name in operation.COUNTS)

    def versions(self) -> set[tuple[str, str]]:
        found = self.client("s3").list_object_versions(Bucket=self.bucket)
        return {(one["Key"], one["VersionId"]) for one in found.get("Versions", [])}

    def everything(self) -> Any:  # noqa: ANN401 - only compared
        profiles = self.outputs["user_profile_table_name"]
        return (
            self.users(),
            self.client("dynamodb").scan(TableName=profiles)["Items"],
            self.messages(),
            self.versions(),
        )


def operate(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each command for operators does its work on this environment, and says so first."""
    monkeypatch.setattr(failure_queue, "WAIT_SECONDS", 0)
    acting = (
        f"Acting on AWS, account 000000000000, region eu-central-1, environment {stack.name}.\n"
    )

    def said(command: Any, *arguments: str) -> str:  # noqa: ANN401 - the modules have no common type
        capfd.readouterr()
        assert command.main([f"--environment={stack.name}", *arguments]) == 0
        output = capfd.readouterr().out
        assert output.startswith(acting)
        return output

    username = unique_username("ada-")
    stack.put_user(username)
    assert username in said(users, "--username", username)
    said(user, "--do=disable", username)
    assert "disabledAt" in stack.users()[username]
    said(forget, "--yes", username)
    assert username not in stack.users()

    sent = stack.client("sqs").send_message(QueueUrl=stack.queue, MessageBody="x")["MessageId"]
    assert sent in said(redrive, "--list")
    said(redrive, f"--discard={sent}")
    assert stack.messages() == 0

    since = datetime.now(UTC).isoformat(timespec="seconds")
    key, profile = f"original/{username}.jpg", {"id": {"N": "1"}}
    profiles = stack.outputs["user_profile_table_name"]
    stack.client("dynamodb").put_item(TableName=profiles, Item=profile)
    s3 = stack.client("s3")
    # S3 reports no upload meanwhile.
    reported = s3.get_bucket_notification_configuration(Bucket=stack.bucket)
    reported.pop("ResponseMetadata")
    s3.put_bucket_notification_configuration(Bucket=stack.bucket, NotificationConfiguration={})
    s3.put_object(Bucket=stack.bucket, Key=key, Body=b"x", Metadata={"user-profile-id": "1"})
    assert f"{key}  copied" in said(replay_uploads, f"--since={since}")
    assert [found for found, _ in stack.versions()] == [key, key]
    stack.client("dynamodb").delete_item(TableName=profiles, Key=profile)
    s3.put_bucket_notification_configuration(
        Bucket=stack.bucket, NotificationConfiguration=reported
    )

    names = {"leftovers of killed runs", "mapping of user_table_trigger", "sign-up"}
    monkeypatch.setattr(smoke, "STEPS", [step for step in STEPS if step.name in names])
    assert "ok: smoke-run-" in said(smoke)
    assert stack.users() == {}


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


STATE = """\
bucket         = "states"
key            = "onboarding/staging.tfstate"
region         = "eu-central-1"
use_lockfile   = true
use_path_style = true
"""
STORED = "plans/onboarding/staging.tfstate@7-1"


def with_state_in_s3(found: Checkout) -> Environment:
    """The environment staging of a checkout: without a pipeline, so plans take seconds."""
    environment_ = found.add("staging")
    (found.terraform / "backend.tf").write_text('terraform {\n  backend "s3" {}\n}\n')
    (found.terraform / "environments" / "staging.backend.hcl").write_text(STATE, "utf-8")
    with environment_.variables_file.open("a", encoding="utf-8") as file:
        file.write("enable_user_activation = false\nenable_profile_images = false\n")
    return environment_


def test_a_plan_is_applied_on_another_machine_or_not_at_all(
    checkout: Checkout,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    s3 = checkout.engine.client("s3")
    location = {"LocationConstraint": "eu-central-1"}
    s3.create_bucket(Bucket="states", CreateBucketConfiguration=location)
    with_state_in_s3(checkout)
    checkout.build_with("first")
    run("start", "staging")
    run("plan", "staging")
    outputs_file = tmp_path / "outputs"
    run("store-plan", "staging", "--id=7-1", f"--outputs={outputs_file}")
    changes, sha256 = outputs_file.read_text("utf-8").split()
    assert changes == "changes=true"

    second = Checkout(tmp_path / "second", checkout.engine)
    with_state_in_s3(second)
    monkeypatch.setattr(paths, "TERRAFORM_SOURCE", second.terraform)
    monkeypatch.setattr(paths, "LOCAL", tmp_path / "second" / ".local")
    fetch = ["fetch-plan", "--environment=staging", "--id=7-1", f"--{sha256}"]

    def refused() -> str:
        capfd.readouterr()
        assert main(fetch) == 2
        assert main(["apply", "--environment=staging"]) == 2
        return capfd.readouterr().err

    assert f"the packages that were built here: {CHANGED}.zip" in refused()
    shutil.rmtree(second.build)
    shutil.copytree(checkout.build, second.build)
    plan = s3.get_object(Bucket="states", Key=f"{STORED}/onboarding.tfplan")["Body"].read()
    s3.put_object(Bucket="states", Key=f"{STORED}/onboarding.tfplan", Body=plan + b" ")
    assert "onboarding.tfplan is not what was stored" in refused()
    s3.delete_object(Bucket="states", Key=f"{STORED}/onboarding.tfplan")
    assert "onboarding.tfplan is missing" in refused()
    s3.put_object(Bucket="states", Key=f"{STORED}/onboarding.tfplan", Body=plan)

    assert main(fetch) == 0
    run("apply", "staging")
    bucket = outputs(Environment("staging", second.terraform))["artifacts_bucket_name"]
    recorded = s3.list_objects_v2(Bucket=bucket, Prefix="deployments/")["Contents"]
    assert [found["Key"] for found in recorded if found["Key"].endswith("record.json")]
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    summary = tmp_path / "summary"
    assert main(["drift", "--environment=staging", f"--summary={summary}"]) == 1
    shown = summary.read_text("utf-8").partition("is not as it was deployed")[2]
    assert "Plan: 0 to add, 1 to change, 0 to destroy." in shown
