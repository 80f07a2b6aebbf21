"""Makes zips: unpack each wheel once, select files, compile, compress each content once, write."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packager.archive import Compressor, write_zip
from packager.bytecode import Source, bytecode_name, compile_sources
from packager.components import SHARED_PACKAGE
from packager.contents import Contents, Found, component_contents, found_in, matches
from packager.declared_services import check_declared_services
from packager.errors import BuildError
from packager.imports import ImportIndex
from packager.inputs import file_digest, inputs_digest
from packager.manifest import Package
from packager.native import check_linked_libraries, check_native_files
from packager.programs import worker_pool
from packager.service_data import SourceWords, cut_service_data
from packager.targets import marker_environment
from packager.tools import WheelError
from packager.unpack import Unpacked, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from concurrent.futures import Future, ThreadPoolExecutor
    from pathlib import Path

    from packager.bytecode import Interpreter
    from packager.components import Component
    from packager.locks import Pin
    from packager.sources import OwnSources
    from packager.targets import Target
    from packager.tools import Tools

# Where Lambda unpacks functions and layers. Tracebacks name these paths; if a zip is unpacked
# elsewhere, the import system corrects them.
FUNCTION_ROOT = "/var/task"
LAYER_ROOT = "/opt"


@dataclass
class PendingZip:
    """A zip to be written: its files, its digest of inputs, and its sources that don't compile."""

    component: Component
    contents: Contents
    inputs: str
    without_bytecode: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class SourceLocation:
    """A source's location in a zip; the same source may be in several zips."""

    pending: PendingZip
    name: str
    source: Source


@dataclass(frozen=True)
class Job:
    """What a build makes: the components, with their sources, target and tools."""

    components: Sequence[Component]
    sources: OwnSources
    builder: str
    target: Target
    tools: Tools


def make_packages(job: Job, staging: Path) -> list[Package]:
    """Write the zip of each component into `staging`/output.

    Sources are copied first, and the inputs are the copies: an edit meanwhile goes into the next
    build.

    Raises:
        BuildError: names the file and the remedy.
    """
    for component in job.components:
        check_declared_services(component)
    pins = {one.name: pins_for(one, job.target) for one in job.components}
    own = {
        one.name: job.sources.copied(one, staging / "sources" / one.name) for one in job.components
    }
    with worker_pool(os.cpu_count() or 1) as pool:
        job.tools.progress("unpacking the locked wheels")
        wheels = unpacked_wheels(pool, job, pins, staging)
        found = {key: found_in({pin: wheels[pin] for pin in key}) for key in set(pins.values())}
        index, words = ImportIndex(), SourceWords()
        pending = []
        for one in job.components:
            paths = {name: file.path for name, file in own[one.name].items()}
            contents = selected(one, paths, found[pins[one.name]], job.target, index)
            to_cut = {name for name in contents if not matches(name, one.settings.keep)}
            folder = staging / "service-data" / one.name
            contents = cut_service_data(contents, to_cut, words, folder)
            pending.append(
                PendingZip(one, contents, inputs_digest(one, own[one.name], job.builder))
            )
        scripts = {file.path for files in own.values() for file in files.values() if file.is_script}
        compressor = Compressor(scripts.union(*(wheel.scripts for wheel in wheels.values())))
        if job.tools.interpreter:
            locations = sources_to_compile(pending, staging / "bytecode")
            to_compile = list(dict.fromkeys(location.source for location in locations))
            job.tools.progress(f"compiling {len(to_compile)} sources")
            failed = start_compiling(pool, job.tools.interpreter, to_compile)
            # Meanwhile, as the compiler has its own processes.
            compress_all(pending, compressor)
            add_bytecode(locations, set().union(*(one.result() for one in failed)), job.target)
        job.tools.progress(f"writing {len(pending)} zips")
        output = staging / "output"
        return list(pool.map(lambda one: written(one, output, compressor), pending))


def pins_for(component: Component, target: Target) -> tuple[Pin, ...]:
    """Return the pins whose markers hold for the target."""
    environment = marker_environment(target)
    return tuple(pin for pin in component.pins if pin.applies(environment))


def unpacked_wheels(
    pool: ThreadPoolExecutor, job: Job, pins: Mapping[str, tuple[Pin, ...]], staging: Path
) -> Mapping[Pin, Unpacked]:
    """Unpack the wheel of each pin, once for all components with it.

    Raises:
        BuildError: names the lock, the reason and the remedy.
    """
    distinct = list(dict.fromkeys(pin for one in job.components for pin in pins[one.name]))
    if not distinct:
        return {}
    try:
        wheels = job.tools.wheels(distinct, job.target, staging / "downloads")
    except WheelError as error:
        locks = [one.lock for one in job.components if set(error.pins) & set(pins[one.name])]
        raise BuildError(
            f"{locks[0]}: its wheels are not available for {job.target.name} (Python "
            f"{job.target.python_version}); {error}"
        ) from error
    folders = [staging / "wheels" / str(number) for number in range(len(distinct))]
    unpacked = pool.map(lambda pin, folder: unpack(wheels[pin], folder), distinct, folders)
    return dict(zip(distinct, unpacked, strict=True))


def selected(
    component: Component, own: Contents, found: Found, target: Target, index: ImportIndex
) -> Contents:
    """Select and check the files of one component."""
    contents = component_contents(component, own, found, target, index)
    check_native_files(component, contents, target)
    check_linked_libraries(component, contents, found.contents)
    return contents


def sources_to_compile(pending: Iterable[PendingZip], folder: Path) -> list[SourceLocation]:
    """Return every source in every zip; equal sources with one name are compiled once."""
    folder.mkdir()
    sources: dict[tuple[str, str], Source] = {}
    locations = []
    for one in pending:
        root = LAYER_ROOT if one.component.is_layer else FUNCTION_ROOT
        for name in sorted(one.contents):
            if name.endswith(".py"):
                path = one.contents[name]
                key = (f"{root}/{name}", file_digest(path))
                source = sources.setdefault(key, Source(path, key[0], folder / str(len(sources))))
                locations.append(SourceLocation(one, name, source))
    return locations


def start_compiling(
    pool: ThreadPoolExecutor, interpreter: Interpreter, sources: Sequence[Source]
) -> list[Future[set[Path]]]:
    """Start a process for each processor; each returns the sources that do not compile."""
    count = min(os.cpu_count() or 1, len(sources))
    return [
        pool.submit(compile_sources, interpreter, sources[number::count]) for number in range(count)
    ]


def compress_all(pending: Iterable[PendingZip], compressor: Compressor) -> None:
    """Compress the files that the zips hold so far."""
    for one in pending:
        for path in one.contents.values():
            compressor.member(path)


def add_bytecode(locations: Iterable[SourceLocation], failed: set[Path], target: Target) -> None:
    """Add the bytecode to the zips, and note the sources without it.

    Raises:
        BuildError: one of our files does not compile. In packages, some files are not meant to.
    """
    for location in locations:
        pending, name = location.pending, location.name
        if location.source.path not in failed:
            pending.contents[bytecode_name(name, target.python_version)] = location.source.bytecode
        elif name.partition("/")[0] in {pending.component.name, SHARED_PACKAGE}:
            raise BuildError(
                f"{pending.component.folder.parent / name}: is not valid Python "
                f"{target.python_version}; correct it"
            )
        else:
            pending.without_bytecode.append(name)


def written(pending: PendingZip, output: Path, compressor: Compressor) -> Package:
    """Write and measure the zip of one component."""
    members = {name: compressor.member(path) for name, path in pending.contents.items()}
    path = output / f"{pending.component.name}.zip"
    write_zip(path, members)
    return Package(
        name=pending.component.name,
        is_layer=pending.component.is_layer,
        sha256=file_digest(path),
        size_bytes=path.stat().st_size,
        unzipped_bytes=sum(member.size_bytes for member in members.values()),
        inputs=pending.inputs,
        without_bytecode=tuple(pending.without_bytecode),
    )
