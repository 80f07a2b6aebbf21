"""Compiled files: for the right machine and Python, and with their linked libraries."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from packager.components import Component
from packager.errors import BuildError
from packager.native import check_linked_libraries, check_native_files, needed_libraries
from packager.settings import Settings
from packager.targets import Target, aws_target

if TYPE_CHECKING:
    from pathlib import Path

ARM64 = aws_target("arm64")


def elf_header(machine: int, layout: bytes = b"\x02\x01") -> bytes:
    return b"\x7fELF" + layout + bytes(12) + machine.to_bytes(2, "little")


def problem_with(tmp_path: Path, name: str, data: bytes, target: Target = ARM64) -> str:
    """Return the error that this file causes, or an empty text."""
    path = tmp_path / "file"
    path.write_bytes(data)
    component = Component(tmp_path / "lambdas" / "greet", is_layer=False, settings=Settings())
    try:
        check_native_files(component, {name: path}, target)
    except BuildError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("PIL/_imaging.cpython-313-aarch64-linux-gnu.so", elf_header(183)),
        ("fast/_speed.abi3.so", elf_header(183)),
        ("fast/_speed.so", elf_header(183)),
        ("pillow.libs/libjpeg-1234.so.62.4.0", elf_header(183)),
        ("tool/program", elf_header(183)),
        ("readme.txt", b"short"),
        ("empty", b""),
    ],
)
def test_files_that_the_target_can_load(tmp_path: Path, name: str, data: bytes) -> None:
    assert problem_with(tmp_path, name, data) == ""


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("a/_x.cpython-311-aarch64-linux-gnu.so", elf_header(183), "is not tagged"),
        ("a/_x.cpython-313-x86_64-linux-gnu.so", elf_header(62), "is not tagged"),
        ("a/_x.cpython-313t-aarch64-linux-gnu.so", elf_header(183), "is not tagged"),
        ("a/_x.cpython-313-darwin.so", b"\xcf\xfa\xed\xfe", "is not tagged"),
        ("a/_x.pypy311-pp73-aarch64-linux-gnu.so", elf_header(183), "is not tagged"),
        ("a/_x.abi3.so", elf_header(62), "is for ELF machine 62"),
        ("a.libs/libz.so.1.3", elf_header(62), "is for ELF machine 62"),
        ("a/program", elf_header(62), "is for ELF machine 62"),
        ("a/_x.so", b"\xcf\xfa\xed\xfe\x0c\x00\x00\x01", "is not an ELF file"),
        ("a/_x.so", elf_header(183, b"\x01\x01"), "is not a 64-bit little-endian ELF file"),
        ("a/_x.so", b"\x7fELF", "is not a 64-bit little-endian ELF file"),
        ("a/_x.so", b"\x7fELF\x02\x01", "is for ELF machine 0"),
    ],
)
def test_files_that_the_target_cannot_load(
    tmp_path: Path, name: str, data: bytes, problem: str
) -> None:
    error = problem_with(tmp_path, name, data)
    assert error.startswith(f"{tmp_path / 'lambdas' / 'greet'}: `{name}` {problem}")
    assert "cannot run on arm64 (Python 3.13)" in error


def test_on_macos_only_the_tag_can_be_checked(tmp_path: Path) -> None:
    macos = Target(
        "host", "3.13", "python3.13", "arm64", ".cpython-313-darwin.so", elf_machine=None
    )
    mach_o = b"\xcf\xfa\xed\xfe"
    assert problem_with(tmp_path, "a/_x.cpython-313-darwin.so", mach_o, macos) == ""
    assert "is not tagged" in problem_with(tmp_path, "a/_x.cpython-311-darwin.so", mach_o, macos)


# Libraries


LIBRARY_NEEDED = "libneeded.so.1"


def linked_elf(needed: str) -> bytes:
    """A minimal AArch64 shared object whose dynamic section names one library."""
    strings = b"\0" + needed.encode() + b"\0"
    headers = 64 + 2 * 56
    dynamic_at = headers + 16 * ((len(strings) + 15) // 16)
    dynamic = struct.pack("<6Q", 1, 1, 5, headers, 0, 0)  # DT_NEEDED, DT_STRTAB, DT_NULL
    size = dynamic_at + len(dynamic)
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 3, 183, 1, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 4, 0, 0, 0, size, size, 4096)
    segment = struct.pack(
        "<IIQQQQQQ", 2, 4, dynamic_at, dynamic_at, dynamic_at, len(dynamic), len(dynamic), 8
    )
    return (header + load + segment + strings).ljust(dynamic_at, b"\0") + dynamic


@pytest.fixture
def picture_layer(tmp_path: Path) -> tuple[Component, Path]:
    """A layer, and a folder with a module that is linked to a library in it."""
    installed = tmp_path / "installed"
    (installed / "pillow.libs").mkdir(parents=True)
    (installed / "module.so").write_bytes(linked_elf(LIBRARY_NEEDED))
    (installed / "pillow.libs" / LIBRARY_NEEDED).write_bytes(elf_header(183))
    (installed / "readme.txt").write_text("text", "utf-8")
    return Component(tmp_path / "layers" / "pictures", True, Settings()), installed


def test_linked_libraries_are_read_from_the_file(picture_layer: tuple[Component, Path]) -> None:
    _layer, installed = picture_layer
    assert needed_libraries("module.so", installed / "module.so") == [LIBRARY_NEEDED]
    assert needed_libraries("readme.txt", installed / "readme.txt") == []


def test_library_that_is_linked_to_must_stay(picture_layer: tuple[Component, Path]) -> None:
    layer, installed = picture_layer
    library = f"pillow.libs/{LIBRARY_NEEDED}"
    found = {name: installed / name for name in ("module.so", "readme.txt", library)}
    contents = {f"python/{name}": path for name, path in found.items()}
    check_linked_libraries(layer, contents, found)
    del contents[f"python/{library}"]
    message = f"`remove` leaves out {LIBRARY_NEEDED}, which `python/module.so` is linked to"
    with pytest.raises(BuildError, match=message):
        check_linked_libraries(layer, contents, found)
    del contents["python/module.so"]
    check_linked_libraries(layer, contents, found)


def test_damaged_elf_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.so").write_bytes(b"\x7fELF\x09")
    with pytest.raises(BuildError, match=r"`a/x\.so` of a locked package is a damaged"):
        needed_libraries("a/x.so", tmp_path / "x.so")
