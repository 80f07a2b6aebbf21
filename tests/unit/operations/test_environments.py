"""Which environment a name means, and what is refused before anything is started."""

import argparse
import json
from pathlib import Path

import pytest

from operations import environments
from operations.environments import Environment, environment_of, from_shell, typed
from operations.errors import OperationsError
from tooling import paths


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """terraform/ with two environments."""
    folder = tmp_path / "terraform"
    (folder / "environments").mkdir(parents=True)
    (folder / "backend.tf").touch()
    for name in ("prod", "staging"):
        (folder / "environments" / f"{name}.tfvars").write_text('region = "eu-west-1"\n')
        (folder / "environments" / f"{name}.backend.hcl").touch()
    monkeypatch.setattr(paths, "REPOSITORY", tmp_path)
    monkeypatch.setattr(paths, "TERRAFORM_SOURCE", folder)
    monkeypatch.setattr(paths, "LOCAL", tmp_path / ".local")
    return folder


def initialised(environment: Environment, backend: object) -> None:
    """As after `terraform init` with a backend."""
    environment.data_dir.mkdir(parents=True)
    if backend is not None:
        text = json.dumps({"version": 3, "backend": backend})
        (environment.data_dir / "terraform.tfstate").write_text(text)


def s3(bucket: str, key: str) -> object:
    return {"type": "s3", "config": {"bucket": bucket, "key": key, "region": None}, "hash": 1}


def local(path: str | None) -> object:
    return {"type": "local", "config": {"path": path, "workspace_dir": None}, "hash": 1}


def test_without_a_name_all_is_terraforms_own(source: Path) -> None:
    found = environment_of(None)
    assert found.init_arguments == ["init", "-input=false"]
    assert found.variable_arguments == []
    assert found.data_dir == source / ".terraform"
    assert found.plan_file == source / "onboarding.tfplan"
    assert found.variables_file == source / "terraform.tfvars"
    assert "TF_DATA_DIR" not in found.process_environment({"TF_DATA_DIR": "/elsewhere"})


def test_a_named_environment_has_files_of_its_own(source: Path, tmp_path: Path) -> None:
    found = environment_of("staging")
    own = tmp_path / ".local" / "environments" / "staging"
    files = source / "environments"
    assert found.init_arguments[2:] == [f"-backend-config={files / 'staging.backend.hcl'}"]
    assert found.variable_arguments == [
        *(f"-var-file={files / 'staging.tfvars'}", "-var", "environment=staging")
    ]
    assert (
        found.process_environment({"AWS_PROFILE": "me", "TF_WORKSPACE": "x"}).items()
        >= {
            "AWS_PROFILE": "me",
            "TF_DATA_DIR": str(own / "terraform"),
        }.items()
    )
    assert "TF_WORKSPACE" not in found.process_environment({"TF_WORKSPACE": "x"})
    others = environment_of("prod")
    for name in ("data_dir", "plan_file", "build_record", "rollback_dir"):
        assert getattr(found, name).is_relative_to(own)
        assert getattr(others, name) != getattr(found, name)
    assert {str(found), found.switch} == {"environment staging", " ENV=staging"}


def test_a_person_can_start_terraform_for_an_environment(source: Path) -> None:
    assert Environment(None, source).terraform_command == "terraform -chdir=terraform"
    assert Environment(None, source).init_command == "terraform -chdir=terraform init"
    found = Environment("staging", source)
    assert found.init_command == (
        f'TF_DATA_DIR="{found.data_dir}" terraform -chdir=terraform init '
        f'-backend-config="{found.backend_file}"'
    )


@pytest.mark.parametrize("name", ["staging", "a", "0", "a-b", "eu-2"])
def test_names_that_terraform_takes(name: str) -> None:
    assert typed(name) == name
    assert from_shell(name) == name


BAD_NAMES = ["Staging", "a_b", "-a", "a-", "a b", "a,b", "ä", "a\n", "`touch RAN`"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_other_names_are_refused_wherever_they_come_from(source: Path, name: str) -> None:
    del source
    for take in (typed, from_shell):
        with pytest.raises(argparse.ArgumentTypeError, match="lower-case letters"):
            take(name)
    with pytest.raises(OperationsError, match="can't be the name"):
        environment_of(name)


MISTYPED = [
    "staging.tfvars",
    "environments/staging",
    "./staging",
    "../staging",
    "staging.",
    ".shrc",
]


@pytest.mark.parametrize("name", MISTYPED)
def test_a_mistyped_name_never_means_the_environment_without_one(name: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="lower-case letters"):
        typed(name)
    with pytest.raises(argparse.ArgumentTypeError, match=r"lower-case letters.*ENV= behind"):
        from_shell(name)


@pytest.mark.parametrize("path", ["/home/ada/.shrc", "~/.shrc", "$HOME/.shrc", "${HOME}x"])
def test_a_start_up_file_of_a_shell_is_ignored_and_said(
    path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert from_shell(path) is None
    (line,) = capsys.readouterr().err.splitlines()
    assert repr(path) in line
    assert line.endswith("ignored")
    with pytest.raises(argparse.ArgumentTypeError):
        typed(path)


def test_no_name_is_the_environment_without_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("") is None
    assert from_shell("") is None
    assert capsys.readouterr().err == ""


def test_an_unknown_environment_says_which_there_are_and_what_to_copy(source: Path) -> None:
    with pytest.raises(OperationsError) as error:
        environment_of("dev")
    said = str(error.value)
    assert "(environments: prod, staging)" in said
    assert "cp terraform/terraform.tfvars.example terraform/environments/dev.tfvars" in said
    assert "`make plan ENV=`" in said
    for file in (source / "environments").iterdir():
        file.unlink()
    with pytest.raises(OperationsError, match="none yet"):
        environment_of("dev")


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("environments/staging.backend.hcl", "cp terraform/environments/backend.hcl.example "),
        ("backend.tf", "cp terraform/backend.tf.example terraform/backend.tf"),
    ],
)
def test_a_missing_file_says_what_to_copy(source: Path, missing: str, message: str) -> None:
    (source / missing).unlink()
    with pytest.raises(OperationsError, match=message):
        environment_of("staging")
    assert environment_of(None).name is None


@pytest.mark.parametrize("name", ["terraform.tfvars", "terraform.tfvars.json"])
def test_values_of_every_environment_are_refused(source: Path, name: str) -> None:
    (source / name).touch()
    with pytest.raises(OperationsError, match=f"terraform/{name} for every environment"):
        environment_of("staging")


@pytest.mark.parametrize("line", ['environment = "prod"', '\n\nenvironment="dev" # ours'])
def test_another_environments_name_is_refused(source: Path, line: str) -> None:
    (source / "environments" / "staging.tfvars").write_text(f'region = "x"\n{line}\n')
    with pytest.raises(OperationsError, match=r"remove the line, as ENV=staging sets it"):
        environment_of("staging")


@pytest.mark.parametrize("line", ['environment = "staging"', '# environment = "dev"'])
def test_its_own_name_is_fine(source: Path, line: str) -> None:
    (source / "environments" / "staging.tfvars").write_text(f"{line}\n")
    assert environment_of("staging").name == "staging"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (s3("states", "a"), s3("states", "a")),
        (local("a.tfstate"), local("./b/../a.tfstate")),
        (local(None), local("terraform.tfstate")),
        ({"type": "gcs", "config": {"bucket": "b"}}, {"type": "gcs", "config": {"bucket": "b"}}),
    ],
)
def test_one_state_for_two_environments_is_refused(
    source: Path, one: object, other: object
) -> None:
    del source
    initialised(Environment("prod"), one)
    initialised(Environment("staging"), other)
    message = "environment staging and environment prod keep their state in one place"
    with pytest.raises(OperationsError, match=message):
        environments.refuse_shared_state(Environment("staging"))


@pytest.mark.parametrize("backend", [None, local(None), local("terraform.tfstate")])
def test_the_state_of_the_environment_without_a_name_is_its_own(
    source: Path, backend: object
) -> None:
    del source
    initialised(Environment(None), backend)
    initialised(Environment("staging"), local("terraform.tfstate"))
    for environment in (Environment("staging"), Environment(None)):
        with pytest.raises(OperationsError, match="keep their state in one place") as error:
            environments.refuse_shared_state(environment)
        assert str(error.value).endswith("under a name from now on, remove terraform/.terraform")


def test_a_state_for_each_is_fine(source: Path) -> None:
    del source
    initialised(Environment(None), None)
    initialised(Environment("prod"), s3("states", "a"))
    # Not initialised, or by a version of Terraform that writes something else.
    environments.refuse_shared_state(Environment("staging"))
    initialised(Environment("staging"), s3("states", "b"))
    environments.refuse_shared_state(Environment("staging"))
    (Environment("prod").data_dir / "terraform.tfstate").write_text("{}")
    environments.refuse_shared_state(Environment("staging"))


def test_a_state_with_another_environment_in_it_is_refused(source: Path) -> None:
    del source
    staging = Environment("staging")
    for outputs in ({}, {"environment": "staging"}):
        environments.refuse_other_environment(staging, outputs)
    environments.refuse_other_environment(Environment(None), {"environment": "prod"})
    with pytest.raises(OperationsError, match="holds the environment 'prod'"):
        environments.refuse_other_environment(staging, {"environment": "prod"})


@pytest.mark.parametrize("outputs", [{"region": "x"}, {"environment": None}])
def test_a_state_that_does_not_say_its_environment_is_refused(
    source: Path, outputs: dict[str, object]
) -> None:
    del source
    environments.refuse_other_environment(Environment(None), outputs)
    with pytest.raises(OperationsError, match="apply it once without ENV"):
        environments.refuse_other_environment(Environment("staging"), outputs)
