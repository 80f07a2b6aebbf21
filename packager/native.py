"""Checks that compiled files are for the target, and that their linked libraries are there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from packager.errors import BuildError
from packager.settings import SETTINGS_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from packager.components import Component
    from packager.contents import Contents
    from packager.targets import Target

ELF_MAGIC = b"\x7fELF"
ELF_64_BIT_LITTLE_ENDIAN = b"\x02\x01"
TAGGED_EXTENSION_PATTERN = re.compile(r"\.(cpython|pypy|graalpy)[^./]*\.so$")
SHARED_OBJECT_PATTERN = re.compile(r"\.so(\.\d+)*$")


def check_native_files(component: Component, contents: Contents, target: Target) -> None:
    """Raise a BuildError for a compiled file that the target cannot load, naming it."""
    for name, path in contents.items():
        problem = extension_tag_problem(name, target) or elf_problem(name, path, target)
        if problem:
            raise BuildError(
                f"{component.folder}: `{name}` {problem} and cannot run on {target.name} (Python "
                f"{target.python_version}); lock a version with a right wheel for this target"
            )


def extension_tag_problem(name: str, target: Target) -> str | None:
    """Return what is wrong with an extension module's tag, if anything."""
    if TAGGED_EXTENSION_PATTERN.search(name) and not name.endswith(target.extension_suffix):
        return f"is not tagged `{target.extension_suffix}`"
    return None


def elf_problem(name: str, path: Path, target: Target) -> str | None:
    """Return what is wrong with a shared object's or a program's header, if anything."""
    if target.elf_machine is None:
        return None
    with path.open("rb") as file:
        header = file.read(20)
    if not header.startswith(ELF_MAGIC):
        return "is not an ELF file" if SHARED_OBJECT_PATTERN.search(name) else None
    if header[4:6] != ELF_64_BIT_LITTLE_ENDIAN:
        return "is not a 64-bit little-endian ELF file"
    machine = int.from_bytes(header[18:20], "little")
    return None if machine == target.elf_machine else f"is for ELF machine {machine}"


def check_linked_libraries(component: Component, contents: Contents, found: Contents) -> None:
    """Raise a BuildError for a compiled file that is linked to a library that was left out."""
    libraries = {base_name(name) for name in found if SHARED_OBJECT_PATTERN.search(name)}
    left_out = libraries.difference(map(base_name, contents))
    if not left_out:
        return
    for name, path in contents.items():
        for library in left_out.intersection(needed_libraries(name, path)):
            raise BuildError(
                f"{component.folder / SETTINGS_NAME}: `remove` leaves out {library}, which "
                f"`{name}` is linked to; take it out of `remove`, or remove both"
            )


def base_name(name: str) -> str:
    """Return the last part of a path in a zip."""
    return name.rpartition("/")[2]


def needed_libraries(name: str, path: Path) -> list[str]:
    """Return the file names of the libraries that a file is linked to; none if it isn't ELF."""
    # Only zips from which a pattern removed a library need these imports.
    from elftools.common.exceptions import ELFError  # noqa: PLC0415 - 14 ms together
    from elftools.elf.dynamic import DynamicSegment  # noqa: PLC0415 - as above
    from elftools.elf.elffile import ELFFile  # noqa: PLC0415 - as above

    with path.open("rb") as file:
        if file.read(len(ELF_MAGIC)) != ELF_MAGIC:
            return []
        try:
            dynamic = [s for s in ELFFile(file).iter_segments() if isinstance(s, DynamicSegment)]
            # The library sets `needed` on these tags only, which its types cannot tell.
            tags: list[Any] = [tag for one in dynamic for tag in one.iter_tags("DT_NEEDED")]
        except ELFError as error:
            raise BuildError(
                f"`{name}` of a locked package is a damaged ELF file ({error}); lock another "
                "version"
            ) from error
    return [tag.needed for tag in tags]
