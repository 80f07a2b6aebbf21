"""Builds the zips and the manifest in the output folder from lambdas/ and layers/."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packager.archive import compressor_name
from packager.components import discover
from packager.inputs import builder_identity, file_digest, inputs_digest
from packager.limits import check_limits
from packager.manifest import MANIFEST_NAME, LastBuild, Package, manifest_text, read_manifest
from packager.output import check_output, locked, staging_prefix, swap_in
from packager.sources import OwnSources

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from packager.components import Component
    from packager.targets import Target
    from packager.tools import Tools


@dataclass(frozen=True)
class Result:
    """All packages, and the names of those that this build made."""

    packages: tuple[Package, ...]
    made: frozenset[str]


def build(root: Path, output: Path, target: Target, tools: Tools) -> Result:
    """Bring `output` up to date with the functions and layers of `root`.

    A zip is kept if its inputs and its content are those of the last build.

    Raises:
        BuildError: an input or the machine is wrong; `output` is unchanged.
        OSError: from the disk or a permission; `output` is unchanged.
    """
    components = discover(root)
    sources = OwnSources(root / "lambdas")
    with locked(output, tools.progress):
        check_output(output)
        builder = builder_identity(target, tools.interpreter, compressor_name())
        inputs = {one.name: inputs_digest(one, sources.of(one), builder) for one in components}
        last_build = read_manifest(output)
        kept = kept_packages(components, inputs, output, last_build)
        if last_build and len(components) == len(last_build.files) == len(kept):
            packages = tuple(kept[one.name] for one in components)
            if last_build.text == manifest_text(packages, target, tools.interpreter):
                check_limits(components, packages)
                return Result(packages, frozenset())
        changed = [one for one in components if one.name not in kept]
        return made(components, changed, kept, output, Builder(sources, builder, target, tools))


@dataclass(frozen=True)
class Builder:
    """What a build makes its zips from, and with which tools."""

    sources: OwnSources
    identity: str
    target: Target
    tools: Tools


def made(
    components: list[Component],
    changed: list[Component],
    kept: dict[str, Package],
    output: Path,
    builder: Builder,
) -> Result:
    """Make the zips of `changed`, keep the others, and replace `output`."""
    import tempfile  # noqa: PLC0415 - 4 ms, a thirtieth of a build without changes

    # Beside the output, so that a rename moves it there.
    with tempfile.TemporaryDirectory(
        dir=output.parent, prefix=staging_prefix(output), ignore_cleanup_errors=True
    ) as staging:
        finished = Path(staging, "output")
        finished.mkdir()
        new = make_changed(changed, builder, Path(staging))
        keep_files((package.file_name for package in kept.values()), output, finished)
        packages = tuple((kept | new)[one.name] for one in components)
        check_limits(components, packages)
        text = manifest_text(packages, builder.target, builder.tools.interpreter)
        (finished / MANIFEST_NAME).write_bytes(text)
        swap_in(finished, output, Path(staging, "previous"))
    return Result(packages, frozenset(new))


def kept_packages(
    components: Iterable[Component],
    inputs: Mapping[str, str],
    output: Path,
    last_build: LastBuild | None,
) -> dict[str, Package]:
    """Return the packages of the last build that are up to date, by name."""
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
    """Return whether a file exists and has this sha256."""
    try:
        return file_digest(path) == sha256
    except OSError:
        return False


def make_changed(changed: list[Component], builder: Builder, staging: Path) -> dict[str, Package]:
    """Make the zips of these components in `staging`/output and return their packages by name."""
    if not changed:
        return {}
    # 29 ms, a quarter of a build without changes.
    from packager.zips import Job, make_packages  # noqa: PLC0415 - 60 ms

    job = Job(changed, builder.sources, builder.identity, builder.target, builder.tools)
    return {package.name: package for package in make_packages(job, staging)}


def keep_files(names: Iterable[str], source: Path, destination: Path) -> None:
    """Link files into another folder on the same disk; copy them if it has no links."""
    for name in names:
        try:
            os.link(source / name, destination / name)
        except OSError:
            (destination / name).write_bytes((source / name).read_bytes())
