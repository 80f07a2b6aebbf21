"""Which folders are functions or layers, and which are refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.unit.packager.project import (
    write,
    write_function,
    write_requirements,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def manifest_in(folder: Path) -> dict[str, object]:
    manifest: dict[str, object] = json.loads((folder / "manifest.json").read_bytes())
    return manifest


def test_project_without_layers_needs_no_layers_folder(root: Path, run: Callable[..., str]) -> None:
    (root / "layers" / "pictures" / "requirements.in").unlink()
    (root / "layers" / "pictures" / "requirements.txt").unlink()
    (root / "layers" / "pictures").rmdir()
    (root / "layers").rmdir()
    run()
    assert manifest_in(root / "build")["layers"] == {}


def test_loose_files_and_what_a_branch_switch_left_are_no_functions(
    root: Path, run: Callable[..., str]
) -> None:
    write(root / "lambdas" / "py.typed")
    write(root / "lambdas" / "removed" / "__pycache__" / "handler.cpython-311.pyc")
    run()
    assert "removed" not in str(manifest_in(root / "build"))


def test_missing_lambdas_folder(root: Path, fail: Callable[..., str]) -> None:
    (root / "lambdas").rename(root / "functions")
    assert f"{root / 'lambdas'}: the folder is missing" in fail()


def test_no_function_at_all(root: Path, fail: Callable[..., str]) -> None:
    for name in ("greet", "count"):
        (root / "lambdas" / name).rename(root / name)
    assert "there is no function" in fail()


@pytest.mark.parametrize(
    "path",
    [
        "lambdas/greet/handler.py",
        "lambdas/greet/__init__.py",
        "lambdas/greet/requirements.in",
        "lambdas/greet/requirements.txt",
        "lambdas/shared/__init__.py",
        "layers/pictures/requirements.in",
        "layers/pictures/requirements.txt",
    ],
)
def test_missing_file_is_named(root: Path, fail: Callable[..., str], path: str) -> None:
    (root / path).rename(root / "away")
    # A folder without any file is not a component, so something must stay in it.
    write(root / Path(path).parent / "README.md")
    assert f"{root / path}: the file is missing" in fail()


@pytest.mark.parametrize("name", ["Greet", "say-hello", "2fast", "import", "grüße"])
def test_folder_name_that_cannot_be_imported(
    root: Path, fail: Callable[..., str], name: str
) -> None:
    write_function(root, name)
    assert f"{root / 'lambdas' / name}: " in fail()


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("email", "Python's own module `email`"),
        ("secrets", "Python's own module `secrets`"),
        ("imp", "Python's own module `imp`"),  # removed in 3.12
        ("compression", "Python's own module `compression`"),  # new in 3.14
        ("runtime_client", "Lambda's runtime's own module `runtime_client`"),
    ],
)
def test_function_named_like_a_module_that_all_code_needs(
    root: Path, fail: Callable[..., str], name: str, owner: str
) -> None:
    folder = write_function(root, name)
    error = fail()
    assert error.startswith(f"error: {folder}: hides {owner}")
    assert "rename the folder" in error


def test_names_are_refused_whole(root: Path, run: Callable[..., str]) -> None:
    for name in ("b", "emails", "email_sender"):
        write_function(root, name)
    run()


def test_layer_may_be_named_like_a_standard_module(root: Path, run: Callable[..., str]) -> None:
    write_requirements(root / "layers" / "email", "six==1.17.0")
    run()


def test_layer_named_as_a_function(root: Path, fail: Callable[..., str]) -> None:
    write_requirements(root / "layers" / "greet", "six==1.17.0")
    assert "layers/greet: a function has this name too" in fail()


def test_layer_without_packages(root: Path, fail: Callable[..., str]) -> None:
    write_requirements(root / "layers" / "pictures")
    assert "pins no package" in fail()


def test_symlink_among_the_sources(root: Path, fail: Callable[..., str]) -> None:
    (root / "lambdas" / "greet" / "secrets.py").symlink_to("/etc/hostname")
    assert "greet/secrets.py: only plain files" in fail()


def test_pipe_among_the_sources(root: Path, fail: Callable[..., str]) -> None:
    os.mkfifo(root / "lambdas" / "greet" / "pipe")
    assert "greet/pipe: only plain files" in fail()


def test_source_name_that_file_systems_spell_differently(
    root: Path, fail: Callable[..., str]
) -> None:
    write(root / "lambdas" / "greet" / "templates" / "café.html")
    assert "café.html: only plain files with ASCII names" in fail()
