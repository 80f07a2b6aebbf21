"""Which deployment is acted on, and by which clients."""

import json
import os
from pathlib import Path
from typing import Any

import boto3
import pytest

from local_cloud import folders
from local_cloud.running import Running
from operations import deployment
from operations.deployment import Cloud, Deployment, find, read_outputs
from operations.environments import Environment
from operations.errors import OperationsError
from operations.terraform import TerraformCommand
from tests.unit.builders import fail
from tooling import paths
from tooling.environment import dummy_credentials
from tooling.errors import ToolingError

OUTPUTS = {"region": "eu-west-1", "account_id": "123456789012", "nothing": None}
RUNNING = Running(1, "http://127.0.0.1:4566", "http://127.0.0.1:4567", {"region": "eu-central-1"})


@pytest.fixture(autouse=True)
def initialised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As if `terraform init` had been called: what it makes."""
    folder = tmp_path / "checkout" / "terraform"
    (folder / ".terraform").mkdir(parents=True)
    monkeypatch.setattr(paths, "TERRAFORM_SOURCE", folder)
    monkeypatch.setattr(paths, "LOCAL", tmp_path / "checkout" / ".local")
    return folder / ".terraform"


def on_aws(monkeypatch: pytest.MonkeyPatch, outputs: dict[str, Any]) -> None:
    text = json.dumps({name: {"value": value} for name, value in outputs.items()})
    monkeypatch.setattr(TerraformCommand, "read", lambda _self, _arguments: text)


def on_this_machine(monkeypatch: pytest.MonkeyPatch, running: Running | None) -> None:
    monkeypatch.setattr("local_cloud.running.find", lambda _folder: running)


@pytest.mark.parametrize("cloud", ["aws", None])
def test_aws_is_what_terraform_tells_of(monkeypatch: pytest.MonkeyPatch, cloud: Any) -> None:  # noqa: ANN401 - any of the settings
    on_aws(monkeypatch, OUTPUTS)
    on_this_machine(monkeypatch, None)
    found = find(cloud)
    assert found == Deployment(OUTPUTS, "eu-west-1")
    assert str(found) == "AWS, account 123456789012, region eu-west-1"


@pytest.mark.parametrize("cloud", ["local", None])
def test_the_local_cloud_is_what_make_up_left(monkeypatch: pytest.MonkeyPatch, cloud: Any) -> None:  # noqa: ANN401 - any of the settings
    on_aws(monkeypatch, {})
    on_this_machine(monkeypatch, RUNNING)
    found = find(cloud)
    assert found == Deployment(RUNNING.outputs, "eu-central-1", "http://127.0.0.1:4566")
    assert str(found) == "the local cloud at http://127.0.0.1:4566"


def test_of_two_one_must_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    on_aws(monkeypatch, OUTPUTS)
    on_this_machine(monkeypatch, RUNNING)
    with pytest.raises(OperationsError, match="CLOUD=aws or CLOUD=local"):
        find()
    assert find("aws").endpoint_url is None
    assert find("local").endpoint_url is not None


@pytest.mark.parametrize(
    ("cloud", "message"),
    [(None, "nothing to act on"), ("aws", "make apply"), ("local", "make up")],
)
def test_none_says_what_to_do(monkeypatch: pytest.MonkeyPatch, cloud: Any, message: str) -> None:  # noqa: ANN401 - any of the settings
    on_aws(monkeypatch, {})
    on_this_machine(monkeypatch, None)
    with pytest.raises(OperationsError, match=message):
        find(cloud)


def test_terraform_is_not_asked_where_it_was_never_used(
    initialised: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_aws(monkeypatch, OUTPUTS)
    on_this_machine(monkeypatch, RUNNING)
    initialised.rmdir()
    assert find().endpoint_url is not None
    with pytest.raises(OperationsError, match="terraform init"):
        find("aws")


def add_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """As if its files had been checked, and `terraform init` had been called for it."""
    found = Environment(name)
    found.data_dir.mkdir(parents=True)
    monkeypatch.setattr(deployment, "environment_of", lambda _name: found)
    return found


def test_an_environment_is_what_terraform_tells_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    on_aws(monkeypatch, {**OUTPUTS, "environment": "staging"})
    # The local cloud is not asked: it has no environments.
    on_this_machine(monkeypatch, RUNNING)
    add_environment("staging", monkeypatch)
    for cloud in ("aws", None):
        found = find(cloud, "staging")
        assert str(found) == "AWS, account 123456789012, region eu-west-1, environment staging"
    with pytest.raises(OperationsError, match=r"CLOUD=local .* leave out one"):
        find("local", "staging")


def test_a_state_of_another_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    on_aws(monkeypatch, {**OUTPUTS, "environment": "prod"})
    add_environment("staging", monkeypatch)
    with pytest.raises(OperationsError, match="holds the environment 'prod'"):
        find("aws", "staging")


def test_an_environment_that_is_not_there_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    on_aws(monkeypatch, {})
    staging = add_environment("staging", monkeypatch)
    with pytest.raises(OperationsError, match=r"`make apply ENV=staging` make one") as error:
        find("aws", "staging")
    assert f"`{staging.init_command}`" in str(error.value)


def test_an_environment_without_files_is_not_looked_for() -> None:
    with pytest.raises(OperationsError, match=r"there is no .*typo\.tfvars"):
        find("aws", "typo")


def test_a_half_started_local_cloud_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def half(_folder: Path) -> Running:
        raise ToolingError("run `make down`")

    monkeypatch.setattr("local_cloud.running.find", half)
    on_aws(monkeypatch, OUTPUTS)
    with pytest.raises(OperationsError, match=r"make down(.|\n)*CLOUD=aws"):
        find()
    assert find("aws").region == "eu-west-1"


def test_a_missing_output_is_named() -> None:
    found = Deployment(OUTPUTS, "eu-west-1")
    assert found.output("region") == "eu-west-1"
    for name in ("failure_queue_urls", "nothing"):
        with pytest.raises(OperationsError, match=f"no output {name}"):
            found.output(name)


@pytest.mark.parametrize("text", ["", "[]", "5", '{"a": 1}', '{"a": {}}', '{"a": []}'])
def test_unknown_words_of_terraform_are_an_error(text: str) -> None:
    with pytest.raises(OperationsError, match="terraform output"):
        read_outputs(text)


def test_a_deployment_without_a_region_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    on_aws(monkeypatch, {"user_table_name": "t"})
    with pytest.raises(OperationsError, match="region"):
        find("aws")


def fake_terraform(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command of this name in PATH that does what is wanted."""
    file = folder / "terraform"
    file.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    on_this_machine(monkeypatch, None)


def test_terraform_is_asked_in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = '{"region": {"value": "x"}, "a": {"value": "\'"$1"\'"}}'
    fake_terraform(tmp_path, f"echo '{outputs}'", monkeypatch)
    assert find("aws").output("a") == f"-chdir={paths.TERRAFORM_SOURCE}"


def test_terraform_is_asked_as_make_apply_asks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = '{"region": {"value": "x"}, "a": {"value": "\'"$TF_WORKSPACE,$AWS_PROFILE"\'"}}'
    fake_terraform(tmp_path, f"echo '{said}'", monkeypatch)
    monkeypatch.setenv("TF_WORKSPACE", "elsewhere")
    monkeypatch.setenv("AWS_PROFILE", "operator")
    assert find("aws").output("a") == ",operator"


def test_what_terraform_complains_of_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_terraform(tmp_path, "echo 'Error: no backend' >&2; exit 1", monkeypatch)
    with pytest.raises(OperationsError, match="Error: no backend"):
        find("aws")


def test_no_terraform_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OperationsError, match="not in PATH"):
        find("aws")


def test_a_terraform_that_hangs_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_terraform(tmp_path, "exec sleep 60", monkeypatch)
    monkeypatch.setattr("operations.terraform.READ_SECONDS", 0.05)
    with pytest.raises(OperationsError, match=r"terraform output did not finish within 0\.05 s"):
        find("aws")


def test_clients_of_the_local_cloud_use_nothing_of_the_users(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "the user's own")
    client = Deployment({}, "eu-central-1", "http://127.0.0.1:4566").client("sqs")
    assert client.meta.endpoint_url == "http://127.0.0.1:4566"
    assert client._request_signer._credentials.access_key == "local"


@pytest.mark.usefixtures("aws")
def test_clients_of_aws_are_in_the_deployments_region_and_wait_for_functions() -> None:
    client = Deployment(OUTPUTS, "eu-west-1").client("lambda")
    assert client.meta.region_name == "eu-west-1"
    assert client.meta.config.read_timeout > 900


@pytest.mark.usefixtures("aws")
def test_credentials_of_the_deployments_account_are_taken() -> None:
    Deployment(OUTPUTS, "eu-west-1").prepare()


@pytest.mark.usefixtures("aws")
def test_credentials_of_another_account_are_refused() -> None:
    other = {"account_id": "999999999999"}
    with pytest.raises(OperationsError, match="account 999999999999, and the AWS credentials"):
        Deployment(other, "eu-west-1").prepare()


@pytest.mark.usefixtures("aws")
def test_bad_credentials_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    sts = boto3.client("sts")
    fail(sts, "GetCallerIdentity", "ExpiredToken", status=403)
    monkeypatch.setattr(Deployment, "client", lambda _self, _service: sts)
    with pytest.raises(OperationsError, match=r"ExpiredToken.*AWS_PROFILE"):
        Deployment(OUTPUTS, "eu-west-1").prepare()


def test_the_local_cloud_asks_for_nothing_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    # Set so that whatever is done to them ends with the test.
    for name in dummy_credentials(Path("/nonexistent")):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    local = Deployment({}, "eu-central-1", "http://127.0.0.1:1")
    local.prepare()
    assert local.client("sqs").meta.endpoint_url == "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("cloud", "folder", "access_key_id"),
    [("aws", "checkout/terraform", "the user's"), ("local", ".local/up/terraform", "local")],
)
def test_terraform_runs_where_the_deployments_state_is(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cloud: Cloud,
    folder: str,
    access_key_id: str,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "the user's")
    monkeypatch.setenv("TF_WORKSPACE", "another")
    monkeypatch.setattr(folders, "UP", tmp_path / ".local" / "up")
    on_aws(monkeypatch, OUTPUTS)
    on_this_machine(monkeypatch, RUNNING)
    made: list[tuple[Path, dict[str, str]]] = []
    monkeypatch.setattr(deployment, "Terraform", lambda *arguments: made.append(arguments))

    find(cloud)

    ((found, environment),) = made
    assert str(found).endswith(f"/{folder}")
    assert environment["AWS_ACCESS_KEY_ID"] == access_key_id
    assert environment.get("AWS_ENDPOINT_URL") == (
        RUNNING.endpoint_url if cloud == "local" else None
    )
    assert "TF_WORKSPACE" not in environment
