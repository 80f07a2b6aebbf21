import json
from pathlib import Path

import pytest

from tooling.errors import ToolingError
from tooling.staging import root_of, stage

PRIVATE = (
    "terraform.tfvars",
    "prod.auto.tfvars",
    "prod.auto.tfvars.json",
    "backend.tf",
    "prod.tfbackend",
    "environments/prod.tfvars",
    "environments/prod.backend.hcl",
    "override.tf",
    "mine_override.tf",
    "mine_override.tf.json",
    "terraform.tfstate",
    "terraform.tfstate.backup",
    "onboarding.tfplan",
    "crash.log",
    ".terraform/terraform.tfstate",
    "tests/root.tftest.hcl",
)
PUBLIC = ("main.tf", "variables.tf", ".terraform.lock.hcl", "modules/a/main.tf", "modules/a/x.json")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "terraform"
    for name in (*PRIVATE, *PUBLIC):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# {name}\n", encoding="utf-8")
    return folder


def files_in(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def test_only_code_is_copied(source: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"

    stage(source, copy, {})

    assert files_in(copy) == {
        *PUBLIC,
        "local_cloud.auto.tfvars.json",
        "local_cloud_override.tf",
    }
    assert (copy / "main.tf").read_text(encoding="utf-8") == "# main.tf\n"


def test_root_module_of_a_copy_is_found_again(source: Path, tmp_path: Path) -> None:
    copy, example = tmp_path / "copy", Path("examples") / "a"
    (source / example).mkdir(parents=True)
    assert root_of(copy) == copy
    stage(source, copy, {}, example)
    assert root_of(copy) == copy / example
    stage(source, copy, {})
    assert root_of(copy) == copy


def test_variables_and_backend_are_those_of_the_root_module(source: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"

    stage(source, copy, {"name": "a"}, Path("modules") / "a")

    written = files_in(copy)
    assert {
        "modules/a/local_cloud.auto.tfvars.json",
        "modules/a/local_cloud_override.tf",
    } <= written
    assert "local_cloud_override.tf" not in written


def test_variables_are_set(source: Path, tmp_path: Path) -> None:
    stage(source, tmp_path / "copy", {"force_destroy": True, "days": None, "name": 'a "b"'})

    written = (tmp_path / "copy" / "local_cloud.auto.tfvars.json").read_text(encoding="utf-8")
    assert json.loads(written) == {"force_destroy": True, "days": None, "name": 'a "b"'}


def test_backend_is_local_wherever_another_is_declared(source: Path, tmp_path: Path) -> None:
    (source / "versions.tf").write_text('terraform {\n  backend "s3" {}\n}\n', encoding="utf-8")

    stage(source, tmp_path / "copy", {})

    override = (tmp_path / "copy" / "local_cloud_override.tf").read_text(encoding="utf-8")
    assert 'backend "local"' in override


def test_second_copy_starts_afresh_but_keeps_the_providers(source: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    stage(source, copy, {})
    provider = copy / ".terraform" / "providers" / "aws"
    provider.parent.mkdir(parents=True)
    provider.write_text("binary", encoding="utf-8")
    (copy / ".terraform" / "terraform.tfstate").write_text("{}", encoding="utf-8")
    (copy / "terraform.tfstate").write_text("{}", encoding="utf-8")
    (source / "modules" / "a" / "x.json").unlink()

    stage(source, copy, {})

    assert provider.exists()
    assert not (copy / ".terraform" / "terraform.tfstate").exists()
    assert not (copy / "terraform.tfstate").exists()
    assert not (copy / "modules" / "a" / "x.json").exists()


def test_source_is_not_touched(source: Path, tmp_path: Path) -> None:
    before = files_in(source)

    stage(source, tmp_path / "copy", {})

    assert files_in(source) == before


def test_folder_without_code_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ToolingError, match="no Terraform code"):
        stage(tmp_path, tmp_path / "copy", {})
