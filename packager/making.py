"""Makes zips: install each lock once, select files, compile, compress each content once, write."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packager.archive import Compressor, write_zip
from packager.aws_calls import check_declared_services
from packager.bytecode import Source, bytecode_name, compile_sources
from packager.components import SHARED_PACKAGE
from packager.contents import Contents, component_contents, own_sources, vendored_contents
from packager.errors import BuildError
from packager.inputs import file_digest, inputs_digest
from packager.install import install_component
from packager.manifest import Package
from packager.native import check_linked_libraries, check_native_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from packager.bytecode import Interpreter
    from packager.components import Component
    from packager.install import Installer
    from packager.locks import Pin
    from packager.pipeline import Tools
    from packager.targets import Target

# Where Lambda unpacks functions and layers. Tracebacks name these paths; where a zip is unpacked
# elsewhere, the import system corrects them.
FUNCTION_ROOT = "/var/task"
LAYER_ROOT = "/opt"


@dataclass
class Draft:
    """A zip in the making: its files, their inputs, and which of its sources do not compile."""

    component: Component
    contents: Contents
    inputs: str
    without_bytecode: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Place:
    """A source in a zip; the same source may be in several."""

    draft: Draft
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
    install = tools.installer()
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        tools.progress("installing the locked wheels")
        found = install_locks(pool, components, staging / "installed", target, install)
        drafts = [
            draft_of(component, sources[component.name], found[component.pins], builder, target)
            for component in components
        ]
        compressor = Compressor()
        if tools.interpreter:
            places = places_to_compile(drafts, staging / "bytecode")
            to_compile = list(dict.fromkeys(place.source for place in places))
            tools.progress(f"compiling {len(to_compile)} sources")
            failed = start_compiling(pool, tools.interpreter, to_compile)
            # Meanwhile: the compiler has processes of its own.
            compress_all(drafts, compressor)
            add_bytecode(places, set().union(*(one.result() for one in failed)), target)
        tools.progress(f"writing {len(drafts)} zips")
        output = staging / "output"
        return list(pool.map(lambda draft: written(draft, output, compressor), drafts))


def copied(contents: Contents, folder: Path) -> Contents:
    """Copy files into a new folder; return the copies, which nobody edits during a build."""
    copies = {name: folder / name for name in contents}
    for parent in {path.parent for path in copies.values()}:
        parent.mkdir(parents=True, exist_ok=True)
    for name, path in contents.items():
        shutil.copyfile(path, copies[name])
    return copies


def install_locks(
    pool: ThreadPoolExecutor,
    components: Iterable[Component],
    parent: Path,
    target: Target,
    install: Installer,
) -> dict[tuple[Pin, ...], Contents]:
    """Install each distinct lock into a folder of its own, side by side; return what came."""
    by_pins = {component.pins: component for component in components}
    folders = {pins: parent / str(index) for index, pins in enumerate(by_pins)}
    list(
        pool.map(
            lambda pins: install_component(by_pins[pins], folders[pins], target, install),
            by_pins,
        )
    )
    return {pins: vendored_contents(folder) for pins, folder in folders.items()}


def draft_of(
    component: Component, own: Contents, found: Contents, builder: str, target: Target
) -> Draft:
    """Select and check the files of one component."""
    contents = component_contents(component, own, found, target)
    check_native_files(component, contents, target)
    check_linked_libraries(component, contents, found)
    return Draft(component, contents, inputs_digest(component, own, builder))


def places_to_compile(drafts: Iterable[Draft], folder: Path) -> list[Place]:
    """Return every source in every draft; equal sources of one name are compiled once."""
    folder.mkdir()
    sources: dict[tuple[str, str], Source] = {}
    places = []
    for draft in drafts:
        root = LAYER_ROOT if draft.component.is_layer else FUNCTION_ROOT
        for name in sorted(draft.contents):
            if name.endswith(".py"):
                path = draft.contents[name]
                key = (f"{root}/{name}", file_digest(path))
                source = sources.setdefault(key, Source(path, key[0], folder / str(len(sources))))
                places.append(Place(draft, name, source))
    return places


def start_compiling(
    pool: ThreadPoolExecutor, interpreter: Interpreter, sources: Sequence[Source]
) -> list[Future[set[Path]]]:
    """Start a process for each processor; each answers with the sources that do not compile."""
    count = min(os.cpu_count() or 1, len(sources))
    return [
        pool.submit(compile_sources, interpreter, sources[number::count]) for number in range(count)
    ]


def compress_all(drafts: Iterable[Draft], compressor: Compressor) -> None:
    """Compress what the drafts hold so far."""
    for draft in drafts:
        for path in draft.contents.values():
            compressor.member(path)


def add_bytecode(places: Iterable[Place], failed: set[Path], target: Target) -> None:
    """Add the bytecode to the drafts, and note what has none.

    Raises:
        BuildError: a file of ours does not compile; of a package's, some are not meant to.
    """
    for place in places:
        draft, name = place.draft, place.name
        if place.source.path not in failed:
            draft.contents[bytecode_name(name, target.python_version)] = place.source.bytecode
        elif name.partition("/")[0] in {draft.component.name, SHARED_PACKAGE}:
            raise BuildError(
                f"{draft.component.folder.parent / name}: is not valid Python "
                f"{target.python_version}; correct it"
            )
        else:
            draft.without_bytecode.append(name)


def written(draft: Draft, output: Path, compressor: Compressor) -> Package:
    """Write and measure the zip of one component."""
    members = {name: compressor.member(path) for name, path in draft.contents.items()}
    path = output / f"{draft.component.name}.zip"
    write_zip(path, members)
    return Package(
        name=draft.component.name,
        is_layer=draft.component.is_layer,
        sha256=file_digest(path),
        size_bytes=path.stat().st_size,
        unzipped_bytes=sum(member.size_bytes for member in members.values()),
        inputs=draft.inputs,
        without_bytecode=tuple(draft.without_bytecode),
    )
