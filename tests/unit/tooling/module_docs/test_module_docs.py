"""The command, on a copy; the real READMEs are as it would write them, and their examples fit."""

import re
from pathlib import Path
from typing import Any

import hcl2
import pytest

from tooling.module_docs.__main__ import main
from tooling.module_docs.readme import BEGIN, END, modules
from tooling.paths import TERRAFORM_SOURCE

OPTIONS = hcl2.SerializationOptions(strip_string_quotes=True, with_comments=False)
EXAMPLE = re.compile(r"^```hcl\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A root module and one below it, each with a README that has no tables yet."""
    for module in (tmp_path, tmp_path / "modules" / "queue"):
        module.mkdir(parents=True, exist_ok=True)
        (module / "variables.tf").write_text(
            'variable "name" {\n  description = "Its name."\n  type = string\n}\n'
        )
        (module / "outputs.tf").write_text("")
        (module / "README.md").write_text(f"# Title\n\n{BEGIN}\n{END}\n\nBelow.\n")
    return tmp_path


def test_tables_are_written_between_the_markers(source: Path) -> None:
    assert main([], source) == 0

    for module in modules(source):
        text = (module / "README.md").read_text(encoding="utf-8")
        assert text.startswith(f"# Title\n\n{BEGIN}\n\n## Inputs\n")
        assert "| `name` | `string` | Its name. | | yes |" in text
        assert text.endswith(f"\n\n{END}\n\nBelow.\n")
    assert len(modules(source)) == 2


def test_a_second_run_changes_nothing(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([], source)
    written = [(module / "README.md").read_bytes() for module in modules(source)]
    capsys.readouterr()

    assert main([], source) == 0

    assert [(module / "README.md").read_bytes() for module in modules(source)] == written
    assert capsys.readouterr().out == ""


def test_check_names_what_is_out_of_date_and_changes_nothing(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([], source)
    variables = source / "modules" / "queue" / "variables.tf"
    variables.write_text(variables.read_text().replace("Its name.", "The queue's name."))
    readme = source / "modules" / "queue" / "README.md"
    before = readme.read_bytes()
    capsys.readouterr()

    assert main(["--check"], source) == 1

    assert readme.read_bytes() == before
    assert capsys.readouterr().err == f"{readme} is out of date: run `make module-docs`\n"


def test_check_is_content_with_what_was_written(source: Path) -> None:
    main([], source)

    assert main(["--check"], source) == 0


def test_a_module_without_a_readme_is_an_error(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = source / "modules" / "queue" / "README.md"
    readme.unlink()

    assert main([], source) == 1
    assert capsys.readouterr().err.startswith(f"error: There is no {readme}: write the module's")


def test_a_readme_without_markers_is_an_error(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = source / "README.md"
    readme.write_text("# Title\n")

    assert main([], source) == 1
    assert capsys.readouterr().err.startswith(f"error: {readme} must have each of these lines once")


# --- the real ones ---


def test_each_readme_has_the_tables_of_its_module(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err


def test_each_module_has_a_readme_with_tables() -> None:
    folders = {path.parent for path in TERRAFORM_SOURCE.glob("modules/*/main.tf")}

    roots = {TERRAFORM_SOURCE, TERRAFORM_SOURCE / "bootstrap"}
    assert set(modules(TERRAFORM_SOURCE)) == folders | roots


def examples(module: Path) -> list[dict[str, Any]]:
    """Blocks in the README that use the module."""
    text = (module / "README.md").read_text(encoding="utf-8")
    return [
        body
        for example in EXAMPLE.findall(text)
        for block in hcl2.loads(example, serialization_options=OPTIONS).get("module", [])
        for label, body in block.items()
        if label != "__is_block__" and body["source"] == f"./modules/{module.name}"
    ]


USED_BY_OTHERS = [path for path in modules(TERRAFORM_SOURCE) if path.parent.name == "modules"]


@pytest.mark.parametrize("module", USED_BY_OTHERS, ids=lambda path: path.name)
def test_the_example_sets_the_required_inputs_and_no_unknown_one(module: Path) -> None:
    text = (module / "variables.tf").read_text(encoding="utf-8")
    variables = {
        name: body
        for block in hcl2.loads(text, serialization_options=OPTIONS)["variable"]
        for name, body in block.items()
        if name != "__is_block__"
    }
    required = {name for name, body in variables.items() if "default" not in body}
    (example,) = examples(module)
    set_here = set(example) - {"source", "__is_block__"}

    assert required <= set_here
    assert set_here <= set(variables)
