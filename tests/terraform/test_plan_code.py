"""The code inside a plan file, as Terraform itself writes it."""

from pathlib import Path

from operations.deploy import plan_code
from operations.environments import Environment
from tooling.terraform import Terraform


def test_a_plan_holds_the_code_that_it_was_made_from(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    source = tmp_path / "terraform"
    files = {
        "main.tf": 'module "a" {\n  source = "./modules/a"\n}\n',
        "backend.tf": 'terraform {\n  backend "local" {}\n}\n',
        ".terraform.lock.hcl": (
            '# This file is maintained automatically by "terraform init".\n'
            "# Manual edits may be lost in future updates.\n"
        ),
        "tests/plan.tftest.hcl": "",
        "modules/a/README.md": "",
        "modules/a/.hidden.tf": "",
        "modules/a/more.tf.json": '{"locals": {"one": 1}}',
        "modules/a/main.tf": 'module "b" {\n  source = "./b"\n}\n',
        "modules/a/b/main.tf": 'resource "terraform_data" "this" {}\n',
    }
    for name, text in files.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text, "utf-8")
    terraform = Terraform(source, settings)
    terraform.run(["init", "-input=false"])
    terraform.run(["plan", "-input=false", f"-out={tmp_path / 'plan'}"])
    plan = (tmp_path / "plan").read_bytes()
    environment = Environment(None, source)
    assert plan_code.differences(environment, plan) == []

    (source / "modules" / "a" / "b" / "main.tf").write_text("# nothing\n", "utf-8")
    assert plan_code.differences(environment, plan) == ["'tfconfig/m-a.b/main.tf'"]
