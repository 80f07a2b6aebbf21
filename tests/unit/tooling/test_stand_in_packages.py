"""Stand-ins for zips: one for each function and layer there is, in a manifest as the build's."""

import hashlib
import json
from pathlib import Path

import pytest

from tooling import stand_in_packages
from tooling.paths import REPOSITORY


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for file in (
        "lambdas/greet/handler.py",
        "lambdas/shared/log.py",
        "layers/fonts/requirements.in",
    ):
        path = tmp_path / "repository" / file
        path.parent.mkdir(parents=True)
        path.touch()
    return tmp_path / "repository"


def test_each_function_and_layer_has_a_stand_in(repository: Path, tmp_path: Path) -> None:
    stand_in_packages.write(tmp_path, repository)

    folder = tmp_path / stand_in_packages.FOLDER
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert list(manifest["functions"]) == ["greet"]
    assert list(manifest["layers"]) == ["fonts"]
    assert manifest["functions"]["greet"]["handler"] == "greet.handler.handler"
    for entry in (manifest["functions"]["greet"], manifest["layers"]["fonts"]):
        data = (folder / entry["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]


def test_what_was_there_before_goes(repository: Path, tmp_path: Path) -> None:
    stand_in_packages.write(tmp_path, repository)
    (repository / "lambdas" / "greet" / "handler.py").unlink()

    stand_in_packages.write(tmp_path, repository)

    names = {path.name for path in (tmp_path / stand_in_packages.FOLDER).iterdir()}
    assert names == {"manifest.json", "fonts.zip"}


def test_stand_ins_of_this_project_are_all_its_functions(tmp_path: Path) -> None:
    stand_in_packages.write(tmp_path)

    text = (tmp_path / stand_in_packages.FOLDER / "manifest.json").read_text(encoding="utf-8")
    functions = {path.parent.name for path in REPOSITORY.glob("lambdas/*/handler.py")}
    assert set(json.loads(text)["functions"]) == functions
