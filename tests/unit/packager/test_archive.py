"""The zip writer and its compressor."""

from __future__ import annotations

import hashlib
import shutil
import stat
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packager import archive
from packager.archive import DEFLATED, STORED, Compressor, compressed, compressor_name, write_zip
from packager.errors import BuildError

if TYPE_CHECKING:
    from pathlib import Path

ARM64_HEADER = b"\x7fELF\x02\x01" + bytes(12) + (183).to_bytes(2, "little")
# Every other implementation of deflate, and every other level, gives other bytes.
KNOWN_INPUT = b"".join(f"{number * number} Lambda functions\n".encode() for number in range(4000))
KNOWN_SHA256 = "7c17cfdde58b3e32aead1d1c11b938eb92e5f05cad092df10b3869b636709e2b"


def test_zip_entries_are_sorted_dated_and_readable_by_all(tmp_path: Path) -> None:
    text, code = compressed(b"print()\n" * 1000), compressed(ARM64_HEADER)
    write_zip(tmp_path / "x.zip", {"b/z.py": text, "b.py": text, "a.so": code})
    with zipfile.ZipFile(tmp_path / "x.zip") as opened:
        assert opened.testzip() is None
        entries = opened.infolist()
    assert [entry.filename for entry in entries] == ["a.so", "b.py", "b/z.py"]
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.create_system for entry in entries} == {3}
    modes = [entry.external_attr >> 16 for entry in entries]
    assert modes == [stat.S_IFREG | mode for mode in (0o755, 0o644, 0o644)]
    assert [entry.compress_type for entry in entries] == [STORED, DEFLATED, DEFLATED]
    assert entries[1].compress_size < entries[1].file_size / 20


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,2}\.x", fullmatch=True),
        st.binary(max_size=200) | st.binary(max_size=20).map(lambda data: data * 50),
        max_size=6,
    )
)
def test_whatever_is_put_in_comes_out(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    path = tmp_path_factory.mktemp("zip") / "x.zip"
    write_zip(path, {name: compressed(data) for name, data in files.items()})
    with zipfile.ZipFile(path) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == files


def test_other_programs_can_read_it(tmp_path: Path) -> None:
    write_zip(tmp_path / "x.zip", {"a/b.txt": compressed(KNOWN_INPUT), "empty": compressed(b"")})
    programs = {"unzip": ["-tqq"], "bsdtar": ["-tf"], "7z": ["t"]}
    found = {name: path for name in programs if (path := shutil.which(name))}
    for name, program in found.items():
        # The machine's program tests our file.
        subprocess.run(  # noqa: S603 - the fixed programs above
            [program, *programs[name], str(tmp_path / "x.zip")], check=True, capture_output=True
        )
    # Python's own reader uses the central directory; this one uses the local headers too.
    with zipfile.ZipFile(tmp_path / "x.zip") as opened, opened.open("a/b.txt") as member:
        assert member.read() == KNOWN_INPUT


def test_compressed_bytes_are_those_of_the_pinned_compressor() -> None:
    member = compressed(KNOWN_INPUT)
    assert compressor_name() == "deflate 0.9.0, level 7"
    assert hashlib.sha256(member.data).hexdigest() == KNOWN_SHA256


def test_content_is_compressed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def record(data: bytes, *, is_script: bool) -> archive.Member:
        calls.append(data)
        return compressed(data, is_script=is_script)

    monkeypatch.setattr(archive, "compressed", record)
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(KNOWN_INPUT)
    compressor = Compressor()
    members = [compressor.member(tmp_path / name) for name in ("a", "b", "a")]
    assert calls == [KNOWN_INPUT]
    assert members[0] is members[1] is members[2]


def test_same_content_can_be_a_script_and_a_plain_file(tmp_path: Path) -> None:
    paths = [tmp_path / "script", tmp_path / "plain"]
    for path in paths:
        path.write_bytes(b"#!/bin/sh\n")
    compressor = Compressor({paths[0]})
    assert [compressor.member(path).mode for path in paths] == [0o755, 0o644]


@pytest.mark.parametrize(
    ("limit", "value", "files"), [("MAX_FILES", 1, 2), ("MAX_BYTES", 100, 1), ("MAX_FILES", 3, 1)]
)
def test_more_than_a_zip_can_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, files: int
) -> None:
    monkeypatch.setattr(archive, limit, value)
    members = {f"name{number}": compressed(bytes(200)) for number in range(files)}
    with pytest.raises(BuildError, match=r"x\.zip: has more files or bytes than a zip can hold"):
        write_zip(tmp_path / "x.zip", members)


def test_without_the_compressor_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "deflate", None)
    with pytest.raises(
        BuildError, match="deflate is missing in this Python environment; run `make setup`"
    ):
        compressor_name()


def test_name_that_is_not_ascii_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"x\.zip: `six/t\\xe4st\.txt` of a locked package is not"):
        write_zip(tmp_path / "x.zip", {"six/t\xe4st.txt": compressed(b"")})
