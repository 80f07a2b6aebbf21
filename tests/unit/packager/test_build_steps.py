"""What a build makes again, and what it keeps."""

from __future__ import annotations

import json
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

import build
from packager import archive, inputs
from packager.bytecode import Interpreter
from packager.targets import host_target
from tests.unit.packager.project import FakeWheels, snapshot, write, write_requirements

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from packager.locks import Pin
    from packager.targets import Target
    from packager.tools import Wheel

ZIPS = ["count.zip", "greet.zip", "pictures.zip"]


def unchanged(printed: str) -> list[str]:
    lines = printed.splitlines()
    return [line.split()[0] for line in lines if line.endswith("  unchanged")]


def test_without_changes_nothing_is_touched_or_installed(
    root: Path, run: Callable[..., str], wheels: FakeWheels
) -> None:
    run()
    before = snapshot(root / "build")
    wheels.asked.clear()
    printed = run()
    assert "Nothing changed since the build for arm64" in printed
    assert unchanged(printed) == ZIPS
    assert wheels.asked == []
    assert snapshot(root / "build") == before


@pytest.mark.parametrize(
    ("file", "data", "kept"),
    [
        ("lambdas/greet/handler.py", b"def handler(event, context): ...\n", {"count", "pictures"}),
        ("lambdas/greet/templates/new.txt", b"", {"count", "pictures"}),
        ("lambdas/greet/package.toml", b"max_zip_bytes = 99999\n", {"count", "pictures"}),
        ("lambdas/shared/clock.py", b"import time as t\n", {"pictures"}),
        ("layers/pictures/package.toml", b"max_zip_bytes = 99999\n", {"count", "greet"}),
        ("layers/pictures/README.md", b"Not packaged.\n", {"count", "greet", "pictures"}),
    ],
)
def test_only_what_changed_is_made_again(
    root: Path, run: Callable[..., str], file: str, data: bytes, kept: set[str]
) -> None:
    settings = root / "layers" / "pictures" / "package.toml"
    write(settings, b"max_zip_bytes = 88888\n")
    run()
    write(root / file, data)
    assert {name.removesuffix(".zip") for name in unchanged(run())} == kept


def test_edit_during_a_build_is_in_the_next_zip(
    root: Path, run: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    handler = root / "lambdas" / "greet" / "handler.py"
    first = handler.read_bytes()
    edited = b"def handler(event, context): ...\n"

    class Editor(FakeWheels):
        def __call__(
            self, pins: Sequence[Pin], target: Target, scratch: Path
        ) -> Mapping[Pin, Wheel]:
            write(handler, edited)
            return super().__call__(pins, target, scratch)

    def packaged() -> bytes:
        with zipfile.ZipFile(root / "build" / "greet.zip") as opened:
            return opened.read("greet/handler.py")

    assert build.main([], root=root, wheels=Editor()) == 0
    assert "Built for arm64" in capsys.readouterr().out
    assert packaged() == first
    assert unchanged(run()) == ["count.zip", "pictures.zip"]
    assert packaged() == edited


def test_removed_source_is_a_change(root: Path, run: Callable[..., str]) -> None:
    run()
    (root / "lambdas" / "greet" / "templates" / "mail.html").unlink()
    assert unchanged(run()) == ["count.zip", "pictures.zip"]


def test_new_lock_is_a_change(root: Path, run: Callable[..., str]) -> None:
    run()
    write_requirements(root / "layers" / "pictures", "pillow==13.0.1")
    assert unchanged(run()) == ["count.zip", "greet.zip"]


def test_removed_function_changes_the_manifest_alone(root: Path, run: Callable[..., str]) -> None:
    run()
    (root / "lambdas" / "count").rename(root / "count")
    assert unchanged(run()) == ["greet.zip", "pictures.zip"]
    assert sorted(path.name for path in (root / "build").iterdir()) == [
        "greet.zip",
        "manifest.json",
        "pictures.zip",
    ]


def test_another_target_is_a_change(run: Callable[..., str]) -> None:
    run()
    assert unchanged(run("--target", "x86_64")) == []


def test_another_builder_is_a_change(
    run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    monkeypatch.setattr(archive, "COMPRESSION_LEVEL", 1)
    assert unchanged(run()) == []
    monkeypatch.setattr(inputs, "__file__", __file__)
    assert unchanged(run()) == []


def test_bytecode_is_a_change(
    root: Path, run: Callable[..., str], wheels: FakeWheels, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    running = host_target().python_version
    monkeypatch.setattr(
        build, "find_interpreter", lambda _version: Interpreter(sys.executable, running)
    )
    assert build.main([], root=root, wheels=wheels) == 0
    assert json.loads((root / "build" / "manifest.json").read_bytes())["bytecode"] == running


@pytest.mark.parametrize("data", [b"", b"damaged", None])
def test_damaged_or_missing_zip_is_made_again(
    root: Path, run: Callable[..., str], data: bytes | None
) -> None:
    run()
    before = (root / "build" / "greet.zip").read_bytes()
    (root / "build" / "greet.zip").unlink()
    if data is not None:
        write(root / "build" / "greet.zip", data)
    assert unchanged(run()) == ["count.zip", "pictures.zip"]
    assert (root / "build" / "greet.zip").read_bytes() == before


@pytest.mark.parametrize(
    "damage",
    [{"size_bytes": "1"}, {"unzipped_bytes": None}, {"without_bytecode": 3}, {"inputs": "0"}],
)
def test_entry_that_is_not_ours_is_made_again(
    root: Path, run: Callable[..., str], fail: Callable[..., str], damage: dict[str, object]
) -> None:
    run()
    path = root / "build" / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["functions"]["greet"].update(damage)
    path.write_text(json.dumps(manifest), "utf-8")
    if "inputs" in damage:
        assert unchanged(run()) == ["count.zip", "pictures.zip"]
    else:
        assert "a build did not make it" in fail()


def test_manifest_of_an_earlier_version_is_replaced(root: Path, run: Callable[..., str]) -> None:
    run()
    path = root / "build" / "manifest.json"
    manifest = json.loads(path.read_bytes())
    for entry in [*manifest["functions"].values(), *manifest["layers"].values()]:
        del entry["inputs"], entry["unzipped_bytes"], entry["without_bytecode"]
    path.write_text(json.dumps(manifest), "utf-8")
    assert unchanged(run()) == []


def test_kept_zips_are_copied_where_files_cannot_be_linked(
    root: Path, run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_source: Path, _destination: Path) -> None:
        raise OSError(95, "Operation not supported")

    run()
    before = (root / "build" / "count.zip").read_bytes()
    write(root / "lambdas" / "greet" / "new.py")
    monkeypatch.setattr("os.link", refuse)
    assert unchanged(run()) == ["count.zip", "pictures.zip"]
    assert (root / "build" / "count.zip").read_bytes() == before
