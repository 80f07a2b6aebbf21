"""From the folders in lambdas/ and layers/ to the zips and the manifest in the output folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packager.archive import compressor_name
from packager.components import discover
from packager.contents import own_sources
from packager.inputs import builder_identity, file_digest, inputs_digest
from packager.limits import check_limits
from packager.manifest import MANIFEST_NAME, LastBuild, Package, manifest_text, read_manifest
from packager.output import check_output, swap_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from packager.bytecode import Interpreter
    from packager.components import Component
    from packager.install import Installer
    from packager.targets import Target


@dataclass(frozen=True)
class Tools:
    """What a build works with.

    Attributes:
        installer: returns what installs the wheels of a lock; called once, before there are
            threads, and only when something is to be installed.
        uv_version: of the uv behind it.
        interpreter: compiles for the target; None where the machine has none of its version.
        progress: is told, step by step, what is being done.
    """

    installer: Callable[[], Installer]
    uv_version: str
    interpreter: Interpreter | None
    progress: Callable[[str], None]


@dataclass(frozen=True)
class Result:
    """What a build made: every package, and the names of those that were made anew."""

    packages: tuple[Package, ...]
    made: frozenset[str]


def build(root: Path, output: Path, target: Target, tools: Tools) -> Result:
    """Bring `output` up to date with the functions and layers of `root`.

    A zip whose inputs are those of the last build is kept, if it is still as it was written.

    Raises:
        BuildError: something is wrong; `output` is as it was.
        OSError: the disk or a permission; `output` is as it was.
    """
    components = discover(root)
    check_output(output)
    builder = builder_identity(target, tools.interpreter, compressor_name(), tools.uv_version)
    inputs = {
        component.name: inputs_digest(component, own_sources(component), builder)
        for component in components
    }
    last_build = read_manifest(output)
    kept = kept_packages(components, inputs, output, last_build)
    changed = [component for component in components if component.name not in kept]
    if last_build and not changed and len(last_build.files) == len(kept):
        packages = tuple(kept[component.name] for component in components)
        if last_build.text == manifest_text(packages, target, tools.interpreter):
            check_limits(components, packages)
            return Result(packages, frozenset())
    import tempfile  # noqa: PLC0415 - imports are most of the time of a build without changes

    output.parent.mkdir(parents=True, exist_ok=True)
    # Beside the output, so that moving it there is a rename and uv can link from its cache.
    with tempfile.TemporaryDirectory(
        dir=output.parent, prefix=f".{output.name}-", ignore_cleanup_errors=True
    ) as staging:
        finished = Path(staging, "output")
        finished.mkdir()
        made = make_changed(changed, builder, Path(staging), target, tools)
        keep_files((package.file_name for package in kept.values()), output, finished)
        packages = tuple((made | kept)[component.name] for component in components)
        check_limits(components, packages)
        text = manifest_text(packages, target, tools.interpreter)
        (finished / MANIFEST_NAME).write_bytes(text)
        swap_in(finished, output, Path(staging, "previous"))
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
    # Only here, for the same reason.
    from packager.making import make_packages  # noqa: PLC0415

    made = make_packages(changed, builder, staging, target, tools)
    return {package.name: package for package in made}


def keep_files(names: Iterable[str], source: Path, destination: Path) -> None:
    """Put files into another folder on the same disk, without copying where it knows links."""
    for name in names:
        try:
            os.link(source / name, destination / name)
        except OSError:
            (destination / name).write_bytes((source / name).read_bytes())
