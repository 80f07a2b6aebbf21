"""From the folders in lambdas/ and layers/ to the zips and the manifest in the output folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packager.archive import compressor_name
from packager.components import discover
from packager.contents import own_sources
from packager.inputs import builder_identity, file_digest, inputs_digest
from packager.limits import check_limits
from packager.manifest import MANIFEST_NAME, LastBuild, Package, manifest_text, read_manifest
from packager.output import check_output, only_build, staging_folder, swap_in
from packager.programs import programs_among

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from packager.components import Component
    from packager.targets import Target
    from packager.tools import Tools


@dataclass(frozen=True)
class Result:
    """What a build made: every package, and the names of those that were made anew."""

    packages: tuple[Package, ...]
    made: frozenset[str]


def build(root: Path, output: Path, target: Target, tools: Tools) -> Result:
    """Bring `output` up to date with the functions and layers of `root`.

    A zip whose inputs are those of the last build is kept, if it is still as it was written.
    Another build of the same output waits.

    Raises:
        BuildError: something is wrong; `output` is as it was.
        OSError: the disk or a permission; `output` is as it was.
    """
    components = discover(root)
    with only_build(output, tools.progress):
        return build_alone(components, output, target, tools)


def build_alone(components: list[Component], output: Path, target: Target, tools: Tools) -> Result:
    """Bring `output` up to date, while no other build changes it."""
    check_output(output)
    builder = builder_identity(target, tools.interpreter, compressor_name())
    inputs = {}
    for component in components:
        own = own_sources(component)
        inputs[component.name] = inputs_digest(component, own, programs_among(own), builder)
    last_build = read_manifest(output)
    kept = kept_packages(components, inputs, output, last_build)
    changed = [component for component in components if component.name not in kept]
    if last_build and not changed and len(last_build.files) == len(kept):
        packages = tuple(kept[component.name] for component in components)
        if last_build.text == manifest_text(packages, target, tools.interpreter):
            check_limits(components, packages)
            return Result(packages, frozenset())
    with staging_folder(output) as staging:
        finished = staging / "output"
        finished.mkdir()
        made = make_changed(changed, builder, staging, target, tools)
        keep_files((package.file_name for package in kept.values()), output, finished)
        packages = tuple((made | kept)[component.name] for component in components)
        check_limits(components, packages)
        text = manifest_text(packages, target, tools.interpreter)
        (finished / MANIFEST_NAME).write_bytes(text)
        swap_in(finished, output, staging / "previous")
    return Result(packages, frozenset(made))


def kept_packages(
    components: Iterable[Component],
    inputs: Mapping[str, str],
    output: Path,
    last_build: LastBuild | None,
) -> dict[str, Package]:
    """Return the packages of the last build that are still right, by name."""
    last = last_build.packages if last_build else {}
    return {
        component.name: package
        for component in components
        if (package := last.get(component.name))
        and package.is_layer == component.is_layer
        and package.inputs == inputs[component.name]
        and is_unchanged(output / package.file_name, package.sha256)
    }


def is_unchanged(path: Path, sha256: str) -> bool:
    """Tell whether a file is there and has this sha256."""
    try:
        return file_digest(path) == sha256
    except OSError:
        return False


def make_changed(
    changed: list[Component],
    builder: str,
    staging: Path,
    target: Target,
    tools: Tools,
) -> dict[str, Package]:
    """Make the zips of these components in `staging`/output and return their packages by name."""
    if not changed:
        return {}
    # It imports what fetches, parses and compiles: 80 ms, most of a build without changes.
    from packager.zips import make_packages  # noqa: PLC0415

    made = make_packages(changed, builder, staging, target, tools)
    return {package.name: package for package in made}


def keep_files(names: Iterable[str], source: Path, destination: Path) -> None:
    """Put files into another folder on the same disk, without copying where it knows links."""
    for name in names:
        try:
            os.link(source / name, destination / name)
        except OSError:
            (destination / name).write_bytes((source / name).read_bytes())
