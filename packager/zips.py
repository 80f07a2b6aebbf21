"""Makes zips: unpack each wheel once, select files, compile, compress each content once, write."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from packager.archive import Compressor, write_zip
from packager.bytecode import Source, bytecode_name, compile_sources
from packager.components import SHARED_PACKAGE
from packager.contents import Contents, component_contents, own_sources
from packager.declared_services import check_declared_services
from packager.errors import BuildError, FetchError
from packager.inputs import file_digest, inputs_digest
from packager.manifest import Package
from packager.native import check_linked_libraries, check_native_files
from packager.programs import programs_among
from packager.unpack import Unpacked, unpack
from packager.wheels import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from packager.bytecode import Interpreter
    from packager.components import Component
    from packager.locks import Pin
    from packager.targets import Target
    from packager.tools import Tools, WheelSource

# Where Lambda unpacks functions and layers. Tracebacks name these paths; where a zip is unpacked
# elsewhere, the import system corrects them.
FUNCTION_ROOT = "/var/task"
LAYER_ROOT = "/opt"


@dataclass
class PendingZip:
    """A zip before it is written.

    Attributes:
        component: what it is of.
        contents: its files.
        programs: the names of those that are marked as programs.
        inputs: the digest of what it is made from.
        without_bytecode: its sources that do not compile.
    """

    component: Component
    contents: Contents
    programs: frozenset[str]
    inputs: str
    without_bytecode: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class SourceLocation:
    """A source in a zip; the same source may be in several."""

    pending: PendingZip
    name: str
    source: Source


def make_packages(
    components: Sequence[Component],
    builder: str,
    staging: Path,
    target: Target,
    tools: Tools,
) -> list[Package]:
    """Write the zip of each component into `staging`/output.

    Sources are copied first, and inputs are those of the copies: a file that somebody edits
    meanwhile is in a zip as it was, or it is in the next one.

    Raises:
        BuildError: naming the file and the remedy.
    """
    for component in components:
        check_declared_services(component)
    sources = {
        component.name: copied(own_sources(component), staging / "sources" / component.name)
        for component in components
    }
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        tools.progress("fetching the locked wheels")
        unpacked = unpack_wheels(pool, components, staging / "wheels", target, tools.wheels)
        pending = [
            pending_zip(component, sources[component.name], unpacked, builder, target)
            for component in components
        ]
        compressor = Compressor()
        if tools.interpreter:
            locations = sources_to_compile(pending, staging / "bytecode")
            to_compile = list(dict.fromkeys(location.source for location in locations))
            tools.progress(f"compiling {len(to_compile)} sources")
            failed = start_compiling(pool, tools.interpreter, to_compile)
            # Meanwhile: the compiler has processes of its own.
            compress_all(pending, compressor)
            add_bytecode(locations, set().union(*(one.result() for one in failed)), target)
        tools.progress(f"writing {len(pending)} zips")
        output = staging / "output"
        return list(pool.map(lambda one: written(one, output, compressor), pending))


def copied(contents: Contents, folder: Path) -> Contents:
    """Copy files into a new folder; return the copies, which nobody edits during a build."""
    copies = {name: folder / name for name in contents}
    for parent in {path.parent for path in copies.values()}:
        parent.mkdir(parents=True, exist_ok=True)
    for name, path in contents.items():
        shutil.copyfile(path, copies[name])
    return copies


def unpack_wheels(
    pool: ThreadPoolExecutor,
    components: Iterable[Component],
    parent: Path,
    target: Target,
    source: WheelSource,
) -> dict[Pin, Unpacked]:
    """Fetch and unpack each locked wheel once, each into a folder of its own, side by side.

    Raises:
        BuildError: naming a lock, the reason and the remedy.
    """
    locks = {pin: component.lock for component in components for pin in component.pins}
    if not locks:
        return {}
    try:
        wheels = source(locks.keys(), target)
    except FetchError as error:
        named = [lock for pin, lock in locks.items() if pin.name in str(error)]
        raise BuildError(
            f"{(named or list(locks.values()))[0]}: cannot be installed for {target.name} "
            f"(Python {target.python_version}); {remedy(str(error))}\n{error}"
        ) from error
    folders = {pin: parent / str(number) for number, pin in enumerate(wheels)}
    done = pool.map(lambda pin: unpack(pin, wheels[pin], folders[pin]), wheels)
    return dict(zip(wheels, done, strict=True))


def pending_zip(
    component: Component,
    own: Contents,
    unpacked: Mapping[Pin, Unpacked],
    builder: str,
    target: Target,
) -> PendingZip:
    """Select and check the files of one component."""
    wheels = [unpacked[pin] for pin in component.pins if pin in unpacked]
    found = merged(component, wheels)
    contents = component_contents(component, own, found, target)
    check_native_files(component, contents, target)
    check_linked_libraries(component, contents, found)
    prefix = "python/" if component.is_layer else ""
    programs = {f"{prefix}{name}" for wheel in wheels for name in wheel.programs}
    own_programs = programs_among(own_sources(component))
    inputs = inputs_digest(component, own, own_programs, builder)
    return PendingZip(component, contents, frozenset(programs | own_programs), inputs)


def merged(component: Component, wheels: Iterable[Unpacked]) -> Contents:
    """Return the files of several wheels in one folder.

    Raises:
        BuildError: two wheels bring a file of one name with different contents.
    """
    found: Contents = {}
    for wheel in wheels:
        for name in found.keys() & wheel.contents.keys():
            if found[name].read_bytes() != wheel.contents[name].read_bytes():
                raise BuildError(
                    f"{component.lock}: two of its packages bring `{name}`, and one would hide the "
                    "other; lock only one of them"
                )
        found |= wheel.contents
    return found


def sources_to_compile(pending: Iterable[PendingZip], folder: Path) -> list[SourceLocation]:
    """Return every source in every pending; equal sources of one name are compiled once."""
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
    """Start a process for each processor; each answers with the sources that do not compile."""
    count = min(os.cpu_count() or 1, len(sources))
    return [
        pool.submit(compile_sources, interpreter, sources[number::count]) for number in range(count)
    ]


def compress_all(pending: Iterable[PendingZip], compressor: Compressor) -> None:
    """Compress what the zips hold so far."""
    for one in pending:
        for path in one.contents.values():
            compressor.member(path)


def add_bytecode(locations: Iterable[SourceLocation], failed: set[Path], target: Target) -> None:
    """Add the bytecode to the pending, and note what has none.

    Raises:
        BuildError: a file of ours does not compile; of a package's, some are not meant to.
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
    members = {
        name: replace(compressor.member(path), is_program=name in pending.programs)
        for name, path in pending.contents.items()
    }
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
