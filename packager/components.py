"""Finds what to build: a function for each folder in lambdas/, a layer for each in layers/."""

from __future__ import annotations

import keyword
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from packager.errors import BuildError
from packager.requirement_files import require_file, requirement_lines
from packager.settings import SETTINGS_NAME, Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from packager.locks import Pin

SHARED_PACKAGE = "shared"
NAME_PATTERN = re.compile(r"[a-z][a-z0-9_]*")

# A function's folder comes first on Python's path, so it hides a module of the same name. Refused
# are standard modules of any Python from 3.11 to 3.14, so that every Python refuses the same names.
# Removed in 3.12 or 3.13:
REMOVED_STANDARD_MODULES = frozenset(
    {
        *("aifc", "asynchat", "asyncore", "audioop", "cgi", "cgitb", "chunk", "crypt"),
        *("distutils", "imghdr", "imp", "lib2to3", "mailcap", "msilib", "nis", "nntplib"),
        *("ossaudiodev", "pipes", "smtpd", "sndhdr", "spwd", "sunau", "telnetlib", "uu"),
        "xdrlib",
    }
)
# New in 3.14:
NEW_STANDARD_MODULES = frozenset({"annotationlib", "compression"})
STANDARD_MODULES = sys.stdlib_module_names | REMOVED_STANDARD_MODULES | NEW_STANDARD_MODULES
# The modules of Lambda's runtime: its start script, its client, and what that imports.
RUNTIME_MODULES = frozenset(
    {"awslambdaric", "bootstrap", "runtime_client", "simplejson", "snapshot_restore_py"}
)


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
    def lock(self) -> Path:
        """The lock that its packages are installed from."""
        return self.folder / "requirements.txt"

    @cached_property
    def requirements(self) -> dict[str, list[str]]:
        """The lines of requirements.in and of the lock, without comments."""
        files = (self.folder / "requirements.in", self.lock)
        return {path.name: list(requirement_lines(path)) for path in files}

    @cached_property
    def pins(self) -> tuple[Pin, ...]:
        """The pins of the lock, checked at the first use.

        Raises:
            BuildError: the lock is out of step, or a layer's has no pin.
        """
        # An unchanged build doesn't need it: `packaging` would be a fifth of its time.
        from packager.locks import checked_pins  # noqa: PLC0415 - 24 ms

        pins = checked_pins(self.folder)
        if self.is_layer and not pins:
            raise BuildError(
                f"{self.lock}: pins no package, and an empty layer cannot be uploaded; name one in "
                "requirements.in and run `make lock`, or remove the folder"
            )
        return pins


def discover(root: Path) -> list[Component]:
    """Find the functions in `root`/lambdas and the layers in `root`/layers, sorted by name.

    Raises:
        BuildError: a folder or file is missing, or a name is unfit or used twice.
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
    # git keeps no empty folder, so a project without layers has no layers/.
    if (root / "layers").exists():
        layers = [
            component_in(folder, is_layer=True) for folder in component_folders(root / "layers")
        ]
    for name in {layer.name for layer in layers} & {function.name for function in functions}:
        raise BuildError(f"{root / 'layers' / name}: a function has this name too; rename one")
    return functions + layers


def function_in(folder: Path) -> Component:
    """Return the function in `folder`, after checking its name and its required files."""
    if folder.name in STANDARD_MODULES | RUNTIME_MODULES:
        owner = "Lambda's runtime" if folder.name in RUNTIME_MODULES else "Python"
        raise BuildError(
            f"{folder}: hides {owner}'s own module `{folder.name}` from all code; rename the folder"
        )
    require_file(folder / "handler.py")
    require_file(folder / "__init__.py")
    return component_in(folder, is_layer=False)


def component_in(folder: Path, *, is_layer: bool) -> Component:
    """Return the component in `folder` with its settings, after checking that it has a lock."""
    component = Component(folder, is_layer, read_settings(folder / SETTINGS_NAME))
    require_file(component.lock)
    require_file(folder / "requirements.in")
    return component


def component_folders(parent: Path) -> Iterator[Path]:
    """Yield the folders in `parent` that hold files of ours, sorted by name."""
    if not parent.is_dir():
        raise BuildError(f"{parent}: the folder is missing; restore it or check where you are")
    for folder in visible_children(parent):
        # A switch of branches may leave a folder with nothing but __pycache__.
        if folder.is_dir() and any(visible_files(folder)):
            if not NAME_PATTERN.fullmatch(folder.name) or keyword.iskeyword(folder.name):
                raise BuildError(
                    f"{folder}: the name must be a Python package name of lower-case letters, "
                    "digits and underscores; rename the folder"
                )
            yield folder


def visible_children(folder: Path) -> Iterator[Path]:
    """Yield what is in `folder`, sorted, without hidden files, caches and editors' copies."""
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
