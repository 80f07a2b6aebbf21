"""Selects the files of a zip: our sources and installed packages, without what nothing imports."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from packager.components import (
    NEW_STANDARD_MODULES,
    REMOVED_STANDARD_MODULES,
    SHARED_PACKAGE,
    STANDARD_MODULES,
)
from packager.errors import BuildError
from packager.imports import is_loaded, last_parts, module_of, modules_in, outermost
from packager.settings import SETTINGS_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from packager.components import Component
    from packager.imports import Import, ImportIndex
    from packager.locks import Pin
    from packager.targets import Target
    from packager.unpack import Unpacked

# The path in the zip, with / between the parts, and the file to take.
Contents = dict[str, Path]

# These describe an installation, not the package.
INSTALLER_FILES = {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"}

# For type checkers, compilers and tests. Nothing reads them when the code runs.
USELESS_NAMES = {"py.typed"}
USELESS_SUFFIXES = {".pyi", ".pyx", ".pxd", ".c", ".cc", ".cpp", ".h", ".hh", ".hpp"}
TEST_FOLDERS = {"test", "tests"}

# botocore's description of every AWS service is most of its size.
SERVICE_DATA = ("botocore/data", "boto3/data")


@dataclass(frozen=True)
class Found:
    """The files of a lock's wheels.

    Attributes:
        contents: the file for each path below site-packages.
        clashes: paths for which two wheels have different files, with both pins.
    """

    contents: Contents
    clashes: Mapping[str, tuple[Pin, Pin]]


def found_in(wheels: Mapping[Pin, Unpacked]) -> Found:
    """Return the files of wheels, without those that only installers need."""
    contents: Contents = {}
    owners: dict[str, Pin] = {}
    clashes = {}
    for pin, wheel in wheels.items():
        for name, path in wheel.contents.items():
            if is_installer_file(name):
                continue
            if name in contents and contents[name].read_bytes() != path.read_bytes():
                clashes[name] = (owners[name], pin)
            contents[name], owners[name] = path, pin
    return Found(contents, clashes)


def component_contents(
    component: Component, own: Contents, found: Found, target: Target, index: ImportIndex
) -> Contents:
    """Return the files of the component's zip, without bytecode.

    Raises:
        BuildError: a package hides our code, a declared AWS service does not exist, a pattern of
            package.toml matches nothing, or a file that is left out is needed.
    """
    check_patterns(component, found.contents, target)
    kept = {n: p for n, p in found.contents.items() if matches(n, component.settings.keep)}
    vendored = without_useless(found.contents)
    vendored = without_undeclared_services(component, vendored)
    vendored = {n: p for n, p in vendored.items() if not matches(n, component.settings.remove)}
    vendored = without_unused_tests(vendored, kept | own, index) | kept
    check_clashes(component, vendored, found)
    check_standard_modules(component, vendored)
    check_imports(component, vendored, own, found.contents, index)
    if component.is_layer:
        return {f"python/{name}": path for name, path in vendored.items()}
    check_names(component.folder, vendored)
    return vendored | own


def is_installer_file(name: str) -> bool:
    """Return whether installers write or replace this file: records, bytecode."""
    path = PurePosixPath(name)
    return (
        "__pycache__" in path.parts
        or path.suffix in {".pyc", ".pyo"}
        or (path.parts[0].endswith(".dist-info") and "/".join(path.parts[1:]) in INSTALLER_FILES)
    )


def check_clashes(component: Component, vendored: Contents, found: Found) -> None:
    """Raise a BuildError for a file that two packages bring with different contents."""
    for name in sorted(found.clashes.keys() & vendored.keys()):
        one, other = (f"{pin.name} {pin.version}" for pin in found.clashes[name])
        raise BuildError(
            f"{component.lock}: {one} and {other} bring different files `{name}`; lock versions of "
            "which only one has it, or leave it out with `remove` in package.toml"
        )


def check_standard_modules(component: Component, vendored: Contents) -> None:
    """Raise a BuildError for a package that hides a standard module, such as enum34's `enum`.

    Where packages are installed, they come after the standard library; on Lambda they come before.
    What Python 3.13 no longer has, packages such as audioop-lts may bring.
    """
    standard = STANDARD_MODULES - REMOVED_STANDARD_MODULES - NEW_STANDARD_MODULES
    for name in vendored:
        module = (module_of(name) or "").partition(".")[0]
        if module in standard:
            raise BuildError(
                f"{component.lock}: a locked package brings `{name}`, which on Lambda hides "
                f"Python's own module `{module}`; do without the package, or leave the file out by "
                f"`remove` in {SETTINGS_NAME}"
            )


def without_useless(contents: Contents) -> Contents:
    """Leave out stubs, headers, C sources and examples. Metadata and licences stay."""
    return {name: path for name, path in contents.items() if not is_useless(name)}


@cache
def is_useless(name: str) -> bool:
    """Return whether a package's file is useless when its code runs."""
    path = PurePosixPath(name)
    if path.parts[0].endswith(".dist-info"):
        return False
    return (
        path.name in USELESS_NAMES
        or path.suffix in USELESS_SUFFIXES
        or name.startswith("boto3/examples/")
    )


def without_undeclared_services(component: Component, contents: Contents) -> Contents:
    """Leave out botocore's and boto3's data of AWS services that package.toml doesn't declare."""
    declared = set(component.settings.aws_services)
    existing = services_in(contents, "botocore/data")
    for missing in sorted(declared - existing):
        raise BuildError(
            f"{component.folder / SETTINGS_NAME}: the locked botocore has no service `{missing}`, "
            "named in `aws_services`; correct the name or lock a newer botocore"
        )
    undeclared = {
        f"{folder}/{service}"
        for folder in SERVICE_DATA
        for service in services_in(contents, folder) - declared
    }
    return {
        name: path
        for name, path in contents.items()
        # Examples are only for botocore's documentation.
        if "/".join(name.split("/", 3)[:3]) not in undeclared
        and not (name.startswith("botocore/data/") and name.endswith("/examples-1.json"))
    }


def services_in(contents: Iterable[str], folder: str) -> set[str]:
    """Return the names of the folders in `folder`; files there belong to no service."""
    depth = folder.count("/") + 1
    parts = (name.split("/") for name in contents if name.startswith(f"{folder}/"))
    return {path[depth] for path in parts if len(path) > depth + 1}


def without_unused_tests(contents: Contents, others: Contents, index: ImportIndex) -> Contents:
    """Leave out the tests in packages, unless something that is kept imports them.

    `others` are files that are kept in any case.
    """
    folder_of = {name: folder for name in contents if (folder := tests_folder(name))}
    unused = set(folder_of.values())
    kept = {name: path for name, path in contents.items() if name not in folder_of}
    examined = kept | others
    while unused and examined:
        modules = {folder.replace("/", "."): folder for folder in unused}
        reached = {
            folder
            for name, path in examined.items()
            for one in index.imports_naming(last_parts(modules), name, path)
            for module, folder in modules.items()
            if one.loads(module)
        }
        # What they import in their turn is needed too.
        examined = {name: contents[name] for name in folder_of if folder_of[name] in reached}
        kept |= examined
        unused -= reached
    return kept


@cache
def tests_folder(name: str) -> str | None:
    """Return the outermost folder of tests that a package's file is in."""
    parts = name.split("/")
    if parts[0].endswith(".dist-info"):
        return None
    for depth, part in enumerate(parts[:-1], start=1):
        if part in TEST_FOLDERS:
            return "/".join(parts[:depth])
    return None


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Return whether a file's name matches one of the patterns; `*` also matches `/`."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def check_patterns(component: Component, found: Contents, target: Target) -> None:
    """Raise a BuildError for a pattern of package.toml that matches no file of a package.

    Libraries have other names on other systems, so only for AWS is that a mistake. A pattern may
    match files that other rules leave out.
    """
    if target.name == "host":
        return
    for key in ("remove", "keep"):
        for pattern in getattr(component.settings, key):
            if not any(fnmatchcase(name, pattern) for name in found):
                raise BuildError(
                    f"{component.folder / SETTINGS_NAME}: `{pattern}` in `{key}` matches no file; "
                    "correct or remove it"
                )


def check_imports(
    component: Component, vendored: Contents, own: Contents, found: Contents, index: ImportIndex
) -> None:
    """Raise a BuildError if code that runs imports a module that was left out.

    Our code runs, with all that it loads; of a layer, every module may run. A module may be missing
    where an ImportError is caught, and in functions of packages.
    """
    contents = vendored | own
    left_out = modules_in(found) - modules_in(contents)
    words = last_parts(outermost(left_out))
    for name, path in contents.items() if left_out else ():
        for one in index.imports_naming(words, name, path):
            missing = left_out.intersection(one.modules)
            if (
                missing
                and one.is_needed(is_own=name in own)
                and (component.is_layer or is_loaded(index, name, contents, own))
            ):
                raise BuildError(left_out_message(component, name, one, min(missing), own))


def left_out_message(
    component: Component, name: str, one: Import, missing: str, own: Contents
) -> str:
    """Return the error for an import of a module that was left out."""
    if name in own:
        file = str(component.folder.parent / name)
        remedy = "import something else, or take its files out of `remove` or add them to `keep`"
    else:
        file = name
        remedy = (
            "take its files out of `remove` or add them to `keep`; or, if nothing needs "
            f"`{name}` itself, add that to `remove`"
        )
    return (
        f"{component.folder / SETTINGS_NAME}: {file}:{one.line} imports `{missing}`, which is left "
        f"out; {remedy}"
    )


def check_names(folder: Path, vendored: Contents) -> None:
    """Raise a BuildError if a package and the function's code would hide each other."""
    own = {folder.name, SHARED_PACKAGE}
    for name in vendored:
        if name.partition("/")[0].partition(".")[0] in own:
            raise BuildError(
                f"{folder}: a locked package brings `{name}`, which collides with the code of "
                f"that name in {folder.parent.name}/; rename the folder"
            )
