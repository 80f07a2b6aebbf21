"""The command line of build.py."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import json
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import ANY

import pytest

import build
from packager.archive import compressed, write_zip
from packager.errors import BuildError
from packager.verify import compare_zips
from tests.unit.packager.project import FakeWheels, snapshot, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from packager.locks import Pin
    from packager.targets import Target
    from packager.tools import Wheel


def manifest_in(folder: Path) -> dict[str, object]:
    manifest: dict[str, object] = json.loads((folder / "manifest.json").read_bytes())
    return manifest


def test_manifest_describes_target_and_zips(root: Path, run: Callable[..., str]) -> None:
    run()
    output = root / "build"

    def unzipped_bytes(path: Path) -> int:
        with zipfile.ZipFile(path) as opened:
            return sum(entry.file_size for entry in opened.infolist())

    def entry(name: str) -> dict[str, object]:
        data = (output / f"{name}.zip").read_bytes()
        digest = hashlib.sha256(data)
        return {
            "file": f"{name}.zip",
            "sha256": digest.hexdigest(),
            "source_code_hash": base64.b64encode(digest.digest()).decode(),
            "size_bytes": len(data),
            "unzipped_bytes": unzipped_bytes(output / f"{name}.zip"),
            "without_bytecode": [],
            "inputs": ANY,
        }

    assert manifest_in(output) == {
        "schema_version": 1,
        "target": {
            "name": "arm64",
            "python_version": "3.13",
            "runtime": "python3.13",
            "architecture": "arm64",
        },
        "bytecode": False,
        "functions": {
            "count": {"handler": "count.handler.handler", **entry("count")},
            "greet": {"handler": "greet.handler.handler", **entry("greet")},
        },
        "layers": {"pictures": entry("pictures")},
    }


def test_table_has_sizes_and_hash_of_each_zip(root: Path, run: Callable[..., str]) -> None:
    lines = run("--target", "x86_64").splitlines()
    digest = hashlib.sha256((root / "build" / "greet.zip").read_bytes()).hexdigest()
    assert lines[:2] == ["unpacking the locked wheels", "writing 3 zips"]
    assert lines[2].split() == ["package", "zip", "unzipped", "sha256"]
    assert [line.split()[0] for line in lines[3:6]] == ["count.zip", "greet.zip", "pictures.zip"]
    assert lines[4].split() == ["greet.zip", *["0.00", "MiB", "0.00", "MiB"], digest[:12]]
    assert lines[6] == f"Built for x86_64 (python3.13, x86_64) in {root / 'build'}"
    for line in run("--target", "x86_64").splitlines()[1:4]:
        assert line.endswith("  unchanged")


def test_steps_share_a_line_on_a_terminal(
    root: Path, run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    first, *others = run().rstrip("\n").split("\n")
    assert first.count("\r\x1b[2K") == 3
    assert first.endswith("sha256      ")
    assert len(others) == 4
    assert root.name not in first


def test_verified_build_prints_every_hash_and_leaves_the_output_alone(
    root: Path, run: Callable[..., str]
) -> None:
    run()
    before = snapshot(root / "build")
    manifest = json.loads((root / "build" / "manifest.json").read_bytes())
    printed = run("--verify").splitlines()
    assert printed[-1] == "Built twice for arm64, with the same bytes"
    for entry in [*manifest["functions"].values(), *manifest["layers"].values()]:
        assert f"{entry['sha256']}  {entry['file']}" in printed
    assert snapshot(root / "build") == before


def test_builds_that_differ_are_told_apart(
    root: Path, wheels: FakeWheels, capsys: pytest.CaptureFixture[str]
) -> None:
    def changing(pins: Sequence[Pin], target: Target, scratch: Path) -> Mapping[Pin, Wheel]:
        wheels.extra_files = {"data/builder.txt": str(scratch).encode()}
        return wheels(pins, target, scratch)

    assert build.main(["--verify", "--target", "host"], root=root, wheels=changing) == 1
    error = capsys.readouterr().err
    assert error == "error: count.zip: two builds differ, first in `data/builder.txt`\n"
    assert not (root / "build").exists()


def test_first_difference_of_two_builds_is_named(tmp_path: Path) -> None:
    for name, data in (("one", b"1"), ("other", b"2")):
        members = {"a": compressed(b"same"), "b": compressed(data), "c": compressed(data)}
        write(tmp_path / name / "x.zip")
        write_zip(tmp_path / name / "x.zip", members)
    with pytest.raises(BuildError, match=r"^x\.zip: two builds differ, first in `b`$"):
        compare_zips(tmp_path / "one" / "x.zip", tmp_path / "other" / "x.zip")
    write_zip(tmp_path / "other" / "x.zip", {"a": compressed(b"same"), "b": compressed(b"1")})
    with pytest.raises(BuildError, match="first in `c`"):
        compare_zips(tmp_path / "one" / "x.zip", tmp_path / "other" / "x.zip")
    with zipfile.ZipFile(tmp_path / "one" / "x.zip", "a") as opened:
        opened.comment = b"a comment"
    write_zip(
        tmp_path / "other" / "x.zip",
        {"a": compressed(b"same"), "b": compressed(b"1"), "c": compressed(b"1")},
    )
    with pytest.raises(BuildError, match="though their members have the same content"):
        compare_zips(tmp_path / "one" / "x.zip", tmp_path / "other" / "x.zip")


def test_unknown_target_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        build.main(["--target", "sparc"])
    assert exit_info.value.code == 2
    assert "sparc" in capsys.readouterr().err


def test_this_is_our_build_and_not_the_package_of_that_name() -> None:
    # pip-tools installs PyPA's `build`, and our output folder is build/.
    assert importlib.metadata.version("build")
    assert Path(build.__file__).name == "build.py"
