"""Which files a zip holds: sources of ours and installed packages, without what nothing imports."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from packager.components import SHARED_PACKAGE, visible_files
from packager.errors import BuildError
from packager.imports import importers, module_of
from packager.settings import SETTINGS_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packager.components import Component
    from packager.targets import Target

# The path in the zip, with / between the parts, and the file to take.
Contents = dict[str, Path]

# Ours, at the top of a folder: they say how to build it and are not part of it.
BUILD_FILES = ("requirements.in", "requirements.txt", SETTINGS_NAME)

# They say how a package was packed and installed, not what it is.
RECORDS = {"INSTALLER", "RECORD", "RECORD.jws", "RECORD.p7s", "REQUESTED", "direct_url.json"}

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
        found: the files of its locked wheels.
        target: what it is built for.

    Raises:
        BuildError: a package hides our code, a declared AWS service does not exist, a pattern of
            package.toml matches nothing, or kept code imports what was left out.
    """
    vendored = without_useless(component, found, target)
    vendored = without_undeclared_services(component, vendored)
    vendored = without_removed(component, vendored, found, target)
    if not component.is_layer:
        check_names(component.folder, vendored)
    check_imports(component, vendored | own, found)
    if component.is_layer:
        return {f"python/{name}": path for name, path in vendored.items()}
    return vendored | own


def is_record(name: str) -> bool:
    """Tell what says how a package was packed or compiled, and not what it is."""
    path = PurePosixPath(name)
    return (
        "__pycache__" in path.parts
        or path.suffix in {".pyc", ".pyo"}
        or (path.parts[0].endswith(".dist-info") and "/".join(path.parts[1:]) in RECORDS)
    )


def without_useless(component: Component, found: Contents, target: Target) -> Contents:
    """Leave out stubs, headers, sources in C, and tests that nothing imports.

    Metadata and licences stay whole, and so does what `keep` in package.toml names.
    """
    check_patterns(component, "keep", component.settings.keep, found, target)
    found = {name: path for name, path in found.items() if not is_record(name)}
    kept = {
        name: path
        for name, path in found.items()
        if matches(name, component.settings.keep) or not (is_useless(name) or test_folder(name))
    }
    return kept | imported_tests(kept, found)


def is_useless(name: str) -> bool:
    """Tell a file of a package that is of no use when its code runs."""
    path = PurePosixPath(name)
    return not path.parts[0].endswith(".dist-info") and (
        path.name in USELESS_NAMES
        or path.suffix in USELESS_SUFFIXES
        or name.startswith("boto3/examples/")
    )


def test_folder(name: str) -> str:
    """Return the folder of tests that a file of a package lies in, or an empty text."""
    parts = PurePosixPath(name).parts
    if parts[0].endswith(".dist-info"):
        return ""
    for count, part in enumerate(parts[:-1], start=1):
        if part in TEST_FOLDERS:
            return "/".join(parts[:count])
    return ""


def imported_tests(kept: Contents, found: Contents) -> Contents:
    """Return the folders of tests that kept code imports from, and what these import, in turn."""
    folders: dict[str, Contents] = {}
    for name, path in found.items():
        folder = test_folder(name)
        if folder and not is_useless(name):
            folders.setdefault(folder, {})[name] = path
    wanted: Contents = {}
    news = kept
    while news and folders:
        modules = {module_of(name): folder for folder in folders for name in folders[folder]}
        modules |= {folder.replace("/", "."): folder for folder in folders}
        modules.pop("", None)
        # An import within a function is a reason, too.
        reached = {modules[imported.module] for _, imported in importers(news, modules)}
        news = {}
        for folder in sorted(reached):
            news |= folders.pop(folder)
        wanted |= news
    return wanted


def check_imports(component: Component, contents: Contents, found: Contents) -> None:
    """Raise a BuildError for code that imports, of a locked package, what was left out.

    Of our own code every import counts, and of a package's those without which it can't be
    imported: what it imports within a function, or can do without, may be what `remove` is for.
    """
    left_out = {module_of(name) for name in found.keys() - contents.keys()}
    left_out -= {module_of(name) for name in contents}
    left_out.discard("")
    own = {component.folder.name, SHARED_PACKAGE}
    for name, imported in importers(contents, left_out):
        is_own = name.partition("/")[0] in own and not component.is_layer
        if imported.is_needed or (is_own and not imported.is_caught):
            raise BuildError(
                f"{component.folder}: `{name}`, line {imported.line}, imports `{imported.module}`, "
                f"which was left out of the zip; keep it by `keep` in {SETTINGS_NAME} (or take it "
                f"out of `remove`), or leave out `{name}` as well"
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
    """Leave out what `remove` in package.toml names; other rules may have left it out already."""
    check_patterns(component, "remove", component.settings.remove, found, target)
    return {
        name: path for name, path in kept.items() if not matches(name, component.settings.remove)
    }


def check_patterns(
    component: Component, key: str, patterns: Iterable[str], found: Contents, target: Target
) -> None:
    """Raise a BuildError for a pattern of package.toml that matches no file.

    Libraries have other names and places on other systems, so only for AWS is that a mistake.
    """
    for pattern in patterns:
        if target.name != "host" and not any(fnmatchcase(name, pattern) for name in found):
            raise BuildError(
                f"{component.folder / SETTINGS_NAME}: `{pattern}` in `{key}` matches no file; "
                "correct it or take it out"
            )


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Tell whether a file is meant by one of the patterns; `*` also matches `/`."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def check_names(folder: Path, vendored: Contents) -> None:
    """Raise a BuildError if a package would hide the function's code or be hidden by it."""
    own = {folder.name, SHARED_PACKAGE}
    for name in vendored:
        if name.partition("/")[0].partition(".")[0] in own:
            raise BuildError(
                f"{folder}: a locked package brings `{name}`, which collides with the code of "
                f"that name in {folder.parent.name}/; rename the folder"
            )
