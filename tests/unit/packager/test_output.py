"""The output folder: replaced as a whole or not at all."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import build
from tests.unit.packager.project import FakeWheels, bytes_in, snapshot, write, write_requirements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from packager.locks import Pin
    from packager.targets import Target
    from packager.tools import Wheel


def test_rebuild_replaces_the_folder_and_drops_zips_of_removed_functions(
    root: Path, run: Callable[..., str]
) -> None:
    run()
    for path in (root / "lambdas" / "count").iterdir():
        path.unlink()
    (root / "lambdas" / "count").rmdir()
    run()
    assert sorted(bytes_in(root / "build")) == ["greet.zip", "manifest.json", "pictures.zip"]


def test_nothing_is_left_beside_the_output(root: Path, run: Callable[..., str]) -> None:
    run()
    run()
    assert sorted(path.name for path in root.iterdir()) == ["build", "lambdas", "layers"]


def test_linked_output_folder_stays_a_link(
    root: Path, tmp_path: Path, run: Callable[..., str]
) -> None:
    (tmp_path / "big_disk").mkdir()
    (root / "build").symlink_to(tmp_path / "big_disk")
    run()
    assert (root / "build").is_symlink()
    assert (tmp_path / "big_disk" / "manifest.json").is_file()


@pytest.mark.parametrize(
    "manifest", [None, b"", b"[]", b"{}", b'{"functions": {"a": 1}, "layers": {}}']
)
def test_folder_with_foreign_files_is_not_replaced(
    root: Path, fail: Callable[..., str], manifest: bytes | None
) -> None:
    write(root / "build" / "precious.zip", b"not ours")
    if manifest is not None:
        write(root / "build" / "manifest.json", manifest)
    before = snapshot(root / "build")
    assert "a build did not make it and would delete it" in fail()
    assert snapshot(root / "build") == before


def test_output_that_is_a_file_is_refused(root: Path, fail: Callable[..., str]) -> None:
    write(root / "out.zip", b"mine")
    assert "out.zip: is not a folder" in fail("--output", str(root / "out.zip"))
    assert (root / "out.zip").read_bytes() == b"mine"


def test_project_folder_as_output_is_refused(root: Path, fail: Callable[..., str]) -> None:
    assert "a build did not make it" in fail("--output", str(root))
    assert (root / "lambdas" / "greet" / "handler.py").is_file()


def test_root_of_the_file_system_as_output_is_refused(fail: Callable[..., str]) -> None:
    assert "/: cannot be replaced as a whole; choose another --output" in fail("--output", "/")


def break_the_swap(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make the replacement of the old folder fail."""
    rename = Path.rename

    def rename_others(self: Path, target: Path) -> Path:
        if self.name == "output":
            raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", rename_others)


def test_failed_swap_puts_the_old_folder_back(
    root: Path,
    run: Callable[..., str],
    fail: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run()
    before = snapshot(root / "build")
    write(root / "lambdas" / "greet" / "new.py")
    break_the_swap(monkeypatch, OSError(28, "No space left on device"))
    error = fail()
    assert "No space left on device" in error
    assert "is as it was" in error
    assert snapshot(root / "build") == before


def test_any_error_leaves_the_output_untouched(
    root: Path, run: Callable[..., str], fail: Callable[..., str], wheels: FakeWheels
) -> None:
    run()
    before = snapshot(root / "build")
    listing = sorted(root.iterdir())
    write(root / "lambdas" / "greet" / "new.py")  # this installation succeeds
    write_requirements(root / "layers" / "pictures", "pillow==13.0.1")
    wheels.missing = {"pillow"}
    fail()
    assert snapshot(root / "build") == before
    assert sorted(root.iterdir()) == listing


@pytest.fixture
def ctrl_c_is_heard() -> Iterator[None]:
    """As in a terminal: what a shell starts in the background is started with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c_is_heard")
def test_interrupted_build_leaves_the_output_untouched(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(pins: Sequence[Pin], target: Target, scratch: Path) -> Mapping[Pin, Wheel]:
        assert pins
        assert scratch.parent.is_dir()
        assert target.name == "arm64"
        signal.raise_signal(signal.SIGINT)
        raise AssertionError

    assert build.main([], root=root, wheels=interrupted) == 130
    assert "interrupted" in capsys.readouterr().err
    assert sorted(path.name for path in root.iterdir()) == ["lambdas", "layers"]


def test_interrupted_swap_puts_the_old_folder_back(
    root: Path, run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    before = snapshot(root / "build")
    write(root / "lambdas" / "greet" / "new.py")
    break_the_swap(monkeypatch, build.Interrupted(signal.SIGINT))
    assert build.main([], root=root, wheels=FakeWheels()) == 130
    assert snapshot(root / "build") == before


@pytest.mark.parametrize(("renamed", "is_swapped"), [("build", False), ("output", True)])
def test_interruption_during_a_rename_of_the_swap_loses_neither_build(
    root: Path,
    run: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    renamed: str,
    is_swapped: bool,
) -> None:
    """A signal that arrives during a call is raised when the call has done its work."""
    run()
    before = snapshot(root / "build")
    write(root / "lambdas" / "greet" / "new.py")
    rename = Path.rename

    def rename_then_hear_the_signal(self: Path, target: Path) -> Path:
        result = rename(self, target)
        if self.name == renamed:
            raise build.Interrupted(signal.SIGTERM)
        return result

    monkeypatch.setattr(Path, "rename", rename_then_hear_the_signal)
    assert build.main([], root=root, wheels=FakeWheels()) == 128 + signal.SIGTERM
    after = snapshot(root / "build")
    assert (after != before) if is_swapped else (after == before)
    assert (root / "build" / "manifest.json").is_file()


def test_unwritable_place_for_the_output(root: Path, fail: Callable[..., str]) -> None:
    write(root / "file")
    error = fail("--output", str(root / "file" / "build"))
    assert str(root / "file") in error
    assert "a part of that path is a file: choose another --output" in error
