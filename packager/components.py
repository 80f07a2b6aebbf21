"""What there is to build: a function for each folder in lambdas/, a layer for each in layers/."""

from __future__ import annotations

import keyword
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from packager.errors import BuildError
from packager.settings import SETTINGS_NAME, Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from packager.locks import Pin

SHARED_PACKAGE = "shared"
NAME_PATTERN = re.compile(r"[a-z][a-z0-9_]*")
# The running Python's, and what 3.14 has beside those of 3.11.
STANDARD_LIBRARY = sys.stdlib_module_names | {"annotationlib", "compression"}
# What Lambda's runtime imports for itself.
RUNTIME = {"awslambdaric", "bootstrap", "snapshot_restore_py"}


@dataclass(frozen=True)
class Component:
    """A folder that becomes a zip: a function (with source) or a layer (packages only)."""

    folder: Path
    is_layer: bool
    settings: Settings

    @property
    def name(self) -> str:
        """The name of the folder, of the zip and of the entry in the manifest."""
        return self.folder.name

    @property
    def requirements(self) -> Path:
        """What it needs, as people write it."""
        return self.folder / "requirements.in"

    @property
    def lock(self) -> Path:
        """The lock that its packages are taken from."""
        return self.folder / "requirements.txt"

    @cached_property
    def pins(self) -> tuple[Pin, ...]:
        """The packages of its lock; read late, as a build without changes needs none of it.

        Raises:
            BuildError: the lock is out of step, or a layer's is empty.
        """
        # Importing `packaging` takes 15 ms, a seventh of a build without changes.
        from packager.locks import checked_pins  # noqa: PLC0415

        pins = checked_pins(self.folder)
        if self.is_layer and not pins:
            raise BuildError(f"{self.lock}: pins no package, and an empty layer can't be uploaded")
        return pins


def discover(root: Path) -> list[Component]:
    """Find the functions in `root`/lambdas and the layers in `root`/layers, sorted by name.

    Raises:
        BuildError: a folder or file is missing, a name is unfit or used twice, or a lock is out of
            step.
    """
    functions = [
        function_in(folder)
        for folder in component_folders(root / "lambdas")
        if folder.name != SHARED_PACKAGE
    ]
    if not functions:
        raise BuildError(f"{root / 'lambdas'}: there is no function; see docs/adding-a-lambda.md")
    require_file(root / "lambdas" / SHARED_PACKAGE / "__init__.py")
    layers: list[Component] = []
    # git keeps no empty folder, so a project without layers has none to show.
    if (root / "layers").exists():
        layers = [layer_in(folder) for folder in component_folders(root / "layers")]
    for name in {layer.name for layer in layers} & {function.name for function in functions}:
        raise BuildError(f"{root / 'layers' / name}: a function has this name too; rename one")
    return functions + layers


def function_in(folder: Path) -> Component:
    """Return the function in `folder`, checked for its name and the files that each one has."""
    # A zip's files come first on Lambda's path, so this one would hide the other module there.
    for owner, names in (("Python", STANDARD_LIBRARY), ("Lambda's runtime", RUNTIME)):
        if folder.name in names:
            raise BuildError(
                f"{folder}: {owner} has a module `{folder.name}`, which the function's package "
                "would hide; rename the folder"
            )
    require_file(folder / "handler.py")
    require_file(folder / "__init__.py")
    return component_in(folder, is_layer=False)


def layer_in(folder: Path) -> Component:
    """Return the layer in `folder`; a layer has packages and nothing else."""
    return component_in(folder, is_layer=True)


def component_in(folder: Path, *, is_layer: bool) -> Component:
    """Return the component in `folder` with its settings."""
    component = Component(folder, is_layer, read_settings(folder / SETTINGS_NAME))
    require_file(component.lock)
    require_file(component.requirements)
    return component


def require_file(path: Path) -> None:
    """Raise a BuildError unless `path` is a file."""
    if not path.is_file():
        raise BuildError(f"{path}: the file is missing; see docs/adding-a-lambda.md")


def component_folders(parent: Path) -> Iterator[Path]:
    """Yield the folders in `parent` that hold files of ours, sorted by name."""
    if not parent.is_dir():
        raise BuildError(f"{parent}: the folder is missing; restore it or check where you are")
    for folder in visible_children(parent):
        # What a branch switch leaves behind (only __pycache__) is no component.
        if folder.is_dir() and any(visible_files(folder)):
            if not NAME_PATTERN.fullmatch(folder.name) or keyword.iskeyword(folder.name):
                raise BuildError(
                    f"{folder}: the name must be a Python package name of lower-case letters, "
                    "digits and underscores; rename the folder"
                )
            yield folder


def visible_children(folder: Path) -> Iterator[Path]:
    """Yield what `folder` holds but hidden files, caches and editors' copies, sorted by name."""
    for child in sorted(folder.iterdir()):
        if child.name.startswith(".") or child.name.endswith("~"):
            continue
        if child.name == "__pycache__" or child.suffix in {".pyc", ".pyo"}:
            continue
        # Links end outside the checkout, and file systems differ in how they spell an accent.
        if (
            child.is_symlink()
            or not (child.is_dir() or child.is_file())
            or not child.name.isascii()
        ):
            raise BuildError(
                f"{child}: only plain files with ASCII names can be packaged; rename it or put a "
                "copy there"
            )
        yield child


def visible_files(folder: Path) -> Iterator[Path]:
    """Yield the files anywhere below `folder` that belong to the project."""
    for child in visible_children(folder):
        if child.is_dir():
            yield from visible_files(child)
        else:
            yield child
