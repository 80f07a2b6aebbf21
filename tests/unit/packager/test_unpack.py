"""Files are unpacked from a wheel only if they agree with its RECORD, and only to safe paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from packager import unpack as unpacking
from packager.errors import BuildError
from packager.tools import Wheel
from packager.unpack import unpack
from tests.wheel_files import record_hash, wheel_bytes, zip_bytes

STORED = Path("store", "speedy-1.0-py3-none-any.whl")
RECORD = "speedy-1.0.dist-info/RECORD"


def names_of(data: bytes, folder: Path) -> set[str]:
    contents = unpack(Wheel(STORED, data), folder).contents
    return {name for name in contents if ".dist-info/" not in name}


def error_of(data: bytes, folder: Path) -> str:
    with pytest.raises(BuildError) as error:
        unpack(Wheel(STORED, data), folder)
    text = str(error.value)
    assert text.startswith(f"{STORED}: ")
    assert text.endswith("; it is the file that was locked, so lock another version")
    return text


def test_files_are_written_as_they_are_in_the_wheel(tmp_path: Path) -> None:
    files = {"speedy/__init__.py": b"import os\n", "speedy/data/x.json": b"{}"}
    unpacked = unpack(Wheel(STORED, wheel_bytes("speedy", "1.0", files)), tmp_path / "new")
    assert {name: unpacked.contents[name].read_bytes() for name in files} == files


def test_of_the_data_folder_only_packages_are_installed(tmp_path: Path) -> None:
    schemes = ("purelib", "platlib", "scripts", "headers", "data")
    files = {f"speedy-1.0.data/{scheme}/{scheme}.py": b"" for scheme in schemes}
    data = wheel_bytes("speedy", "1.0", files)
    assert names_of(data, tmp_path / "new") == {"purelib.py", "platlib.py"}


def test_only_scripts_that_are_executable_in_the_wheel_are_so(tmp_path: Path) -> None:
    script, program = b"#!/bin/sh\n", b"MZ"
    files = {"a/run": script, "a/plain": script, "a/tool.exe": program}
    data = wheel_bytes("speedy", "1.0", files, executable={"a/run", "a/tool.exe"})
    unpacked = unpack(Wheel(STORED, data), tmp_path / "new")
    assert unpacked.scripts == {unpacked.contents["a/run"]}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (f"a.py,{record_hash(b'other')},1", "holds `a.py` with another content than its RECORD"),
        (f"a.py,{record_hash(b'1')},2", "holds `a.py` with another content than its RECORD"),
        ("a.py,md5=xMpCOKC5I4INzFCab3WEmw,1", "has no usable hash of `a.py` in its RECORD"),
        ("a.py,,", "has no usable hash of `a.py` in its RECORD"),
        ("", "holds `a.py`, which its RECORD does not list"),
        ("a.py", "has a RECORD with lines that are not path, hash and size"),
        (
            f"a.py,{record_hash(b'1')},1\nb.py,{record_hash(b'')},0",
            "lacks `b.py`, which its RECORD",
        ),
    ],
)
def test_file_that_is_not_as_recorded(tmp_path: Path, line: str, problem: str) -> None:
    data = wheel_bytes("speedy", "1.0", {"a.py": b"1"}, record={"a.py": line})
    assert problem in error_of(data, tmp_path / "new")


@pytest.mark.parametrize("hashed", ["sha256", "sha384", "sha512"])
def test_better_hashes_than_sha256_are_known(tmp_path: Path, hashed: str) -> None:
    line = f"a.py,{record_hash(b'1', hashed)},"
    data = wheel_bytes("speedy", "1.0", {"a.py": b"1"}, record={"a.py": line})
    assert names_of(data, tmp_path / "new") == {"a.py"}


@pytest.mark.parametrize(
    "name",
    [
        "../evil.py",
        "a/../../evil.py",
        "/etc/evil",
        "a//b.py",
        "./a.py",
        "a\\..\\b.py",
        "C:/evil.py",
    ],
)
def test_unsafe_path(tmp_path: Path, name: str) -> None:
    data = wheel_bytes("speedy", "1.0", {name: b""})
    assert "has a file with the unsafe path" in error_of(data, tmp_path / "new")
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (("a.py", "a.py"), "has `a.py` twice"),
        (("speedy-1.0.data/purelib/a.py", "a.py"), "has two files for `a.py`"),
    ],
)
def test_two_files_for_one_path(tmp_path: Path, names: tuple[str, str], problem: str) -> None:
    data = zip_bytes([*((name, b"") for name in names), (RECORD, b"")])
    assert problem in error_of(data, tmp_path / "new")


@pytest.mark.parametrize("count", [0, 2])
def test_wheel_needs_one_record(tmp_path: Path, count: int) -> None:
    data = zip_bytes([("a.py", b""), *((f"{n}.dist-info/RECORD", b"") for n in range(count))])
    assert f"has {count} files `*.dist-info/RECORD` and needs one" in error_of(data, tmp_path / "n")


def test_wheel_that_unpacks_to_more_than_lambda_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "LAMBDA_UNZIPPED_BYTES", 2**20)
    data = wheel_bytes("speedy", "1.0", {"a.bin": bytes(2**20)})
    assert "unpacks to 1.00 MiB, and Lambda takes 1.00 MiB" in error_of(data, tmp_path / "new")


def test_wheel_that_is_no_zip(tmp_path: Path) -> None:
    assert "is a damaged zip" in error_of(b"<html>not found</html>", tmp_path / "new")


def test_wheel_whose_content_is_damaged(tmp_path: Path) -> None:
    data = wheel_bytes("speedy", "1.0", {"a.py": b"the content"})
    assert "is a damaged zip" in error_of(
        data.replace(b"the content", b"The content"), tmp_path / "n"
    )
