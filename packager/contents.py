"""Which files a zip holds: sources of ours and installed packages, without what nothing imports."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from packager.components import SHARED_PACKAGE, visible_files
from packager.errors import BuildError
from packager.settings import SETTINGS_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packager.components import Component
    from packager.targets import Target

# The path in the zip, with / between the parts, and the file to take.
Contents = dict[str, Path]

# Ours, at the top of a folder: they say how to build it and are not part of it.
BUILD_FILES = ("requirements.in", "requirements.txt", SETTINGS_NAME)

# Beside a package's metadata these say how and where it was installed, not what it is; RECORD
# also has the hashes of the scripts in bin/, which carry the builder's path.
INSTALLER_FILES = {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_cache.json"}

# For type checkers, compilers and tests. Nothing reads them when the code runs.
USELESS_NAMES = {"py.typed"}
USELESS_SUFFIXES = {".pyi", ".pyx", ".pxd", ".c", ".cc", ".cpp", ".h", ".hh", ".hpp"}
TEST_FOLDERS = {"test", "tests"}

# botocore's description of every AWS service is most of its size.
SERVICE_DATA = ("botocore/data", "boto3/data")


def own_sources(component: Component) -> Contents:
    """Return a function's own files and the shared ones; of a layer, none."""
    if component.is_layer:
        return {}
    return source_contents(component.folder.parent / SHARED_PACKAGE) | source_contents(
        component.folder
    )


def source_contents(package: Path) -> Contents:
    """Return the files of one of our packages by their path in the zip."""
    build_files = {package / name for name in BUILD_FILES}
    return {
        path.relative_to(package.parent).as_posix(): path
        for path in visible_files(package)
        if path not in build_files
    }


def component_contents(
    component: Component, own: Contents, found: Contents, target: Target
) -> Contents:
    """Return what the component's zip holds, bytecode apart.

    Args:
        component: what is built.
        own: its own sources.
        found: what was installed.
        target: what it is built for.

    Raises:
        BuildError: a package hides our code, a declared AWS service does not exist, or a pattern of
            package.toml matches nothing.
    """
    vendored = without_useless(found)
    vendored = without_undeclared_services(component, vendored)
    vendored = without_removed(component, vendored, found, target)
    if component.is_layer:
        return {f"python/{name}": path for name, path in vendored.items()}
    check_names(component.folder, vendored)
    return vendored | own


def vendored_contents(installed: Path) -> Contents:
    """Return the files of the installed packages by relative path, without the installer's own."""
    return {
        name: path
        for path in installed.rglob("*")
        if path.is_file() and not is_installer_file(name := path.relative_to(installed).as_posix())
    }


def is_installer_file(name: str) -> bool:
    """Tell what the installer made for the builder's machine: scripts, records, bytecode, locks."""
    path = PurePosixPath(name)
    top = path.parts[0]
    return (
        top in {"bin", ".lock"}
        or "__pycache__" in path.parts
        or path.suffix in {".pyc", ".pyo"}
        or (top.endswith(".dist-info") and "/".join(path.parts[1:]) in INSTALLER_FILES)
    )


def without_useless(contents: Contents) -> Contents:
    """Leave out tests, stubs, headers and sources in C. Metadata and licences stay whole."""
    return {name: path for name, path in contents.items() if not is_useless(name)}


def is_useless(name: str) -> bool:
    """Tell a file of a package that is of no use when its code runs."""
    path = PurePosixPath(name)
    if path.parts[0].endswith(".dist-info"):
        return False
    return (
        path.name in USELESS_NAMES
        or path.suffix in USELESS_SUFFIXES
        or not TEST_FOLDERS.isdisjoint(path.parts[:-1])
        or name.startswith("boto3/examples/")
    )


def without_undeclared_services(component: Component, contents: Contents) -> Contents:
    """Leave out botocore's and boto3's data of AWS services that package.toml does not name."""
    declared = set(component.settings.aws_services)
    existing = services_in(contents, "botocore/data")
    for missing in sorted(declared - existing):
        raise BuildError(
            f"{component.folder / SETTINGS_NAME}: `{missing}` in `aws_services` is no service of "
            "the locked botocore; correct the name or lock a newer botocore"
        )
    undeclared = {
        f"{folder}/{service}"
        for folder in SERVICE_DATA
        for service in services_in(contents, folder) - declared
    }
    return {
        name: path
        for name, path in contents.items()
        # Examples are for the documentation that botocore can print.
        if "/".join(name.split("/", 3)[:3]) not in undeclared
        and not (name.startswith("botocore/data/") and name.endswith("/examples-1.json"))
    }


def services_in(contents: Iterable[str], folder: str) -> set[str]:
    """Return the names of the folders in `folder`; files there belong to no service."""
    depth = folder.count("/") + 1
    parts = (name.split("/") for name in contents if name.startswith(f"{folder}/"))
    return {path[depth] for path in parts if len(path) > depth + 1}


def without_removed(
    component: Component, kept: Contents, found: Contents, target: Target
) -> Contents:
    """Leave out what matches a pattern of package.toml; `*` also matches `/`.

    Libraries have other names and places on other systems, so only for AWS is a pattern that
    matches nothing a mistake. What other rules have left out already may be matched too.
    """
    for pattern in component.settings.remove:
        if target.name != "host" and not any(fnmatchcase(name, pattern) for name in found):
            raise BuildError(
                f"{component.folder / SETTINGS_NAME}: `{pattern}` in `remove` matches no file; "
                "correct it or take it out"
            )
    return {
        name: path
        for name, path in kept.items()
        if not any(fnmatchcase(name, pattern) for pattern in component.settings.remove)
    }


def check_names(folder: Path, vendored: Contents) -> None:
    """Raise a BuildError if a package would hide the function's code or be hidden by it."""
    own = {folder.name, SHARED_PACKAGE}
    for name in vendored:
        if name.partition("/")[0].partition(".")[0] in own:
            raise BuildError(
                f"{folder}: a locked package brings `{name}`, which collides with the code of "
                f"that name in {folder.parent.name}/; rename the folder"
            )
