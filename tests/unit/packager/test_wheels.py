"""The wheel store, which is never trusted."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
import pytest

from packager.errors import BuildError
from packager.locks import Pin
from packager.targets import aws_target, host_target
from packager.tools import WheelError
from packager.wheels import WheelStore, cache_folder, target_key
from tests.wheel_files import sha256, wheel_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packager.targets import Target

ARM64 = aws_target("arm64")
GOOD = wheel_bytes("speedy", "1.0", {"speedy.py": b"good = 1"})
EVIL = wheel_bytes("speedy", "1.0", {"speedy.py": b"evil = 1"})
PIN = Pin("speedy", "1.0", "", (sha256(GOOD),))
NAME = "speedy-1.0-py3-none-any.whl"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ONBOARDING_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


class FakeIndex:
    """Writes wheels as pip would, and counts its calls."""

    def __init__(self, wheels: dict[str, bytes]) -> None:
        self.wheels = wheels
        self.asked: list[list[str]] = []

    def __call__(self, pins: Sequence[Pin], target: Target, scratch: Path) -> list[Path]:
        self.asked.append([pin.name for pin in pins])
        assert target
        scratch.mkdir(exist_ok=True)
        for name, data in self.wheels.items():
            (scratch / name).write_bytes(data)
        return list(scratch.iterdir())


def wheel_of(
    tmp_path: Path,
    index: FakeIndex,
    *,
    offline: bool = False,
    pin: Pin = PIN,
    target: Target = ARM64,
) -> bytes:
    store = WheelStore(offline=offline, progress=lambda _step: None, download=index)
    return store([pin], target, tmp_path / "scratch")[pin].data


def stored_in(cache: Path, name: str, data: bytes, target: Target = ARM64) -> Path:
    path = cache / "wheels" / target_key(target) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_wheel_is_downloaded_once(tmp_path: Path, cache: Path) -> None:
    index = FakeIndex({NAME: GOOD})
    assert wheel_of(tmp_path, index) == wheel_of(tmp_path, index, offline=True) == GOOD
    assert index.asked == [["speedy"]]
    assert [path.name for path in cache.rglob("*") if path.is_file()] == [NAME]


def test_changed_wheel_in_the_store_is_downloaded_again(tmp_path: Path, cache: Path) -> None:
    path = stored_in(cache, NAME, EVIL)
    assert wheel_of(tmp_path, FakeIndex({NAME: GOOD})) == GOOD
    assert path.read_bytes() == GOOD


def test_offline_changed_wheel_is_named_with_its_remedy(tmp_path: Path, cache: Path) -> None:
    path = stored_in(cache, NAME, EVIL)
    with pytest.raises(WheelError) as error:
        wheel_of(tmp_path, FakeIndex({}), offline=True)
    assert str(error.value).startswith(f"{path} is not the locked file")
    assert error.value.pins == (PIN,)


def test_offline_missing_wheel_is_named(tmp_path: Path) -> None:
    with pytest.raises(WheelError, match=r"^speedy 1\.0 is not in the wheel store; build once"):
        wheel_of(tmp_path, FakeIndex({NAME: GOOD}), offline=True)


@pytest.mark.parametrize(
    "wheels",
    [
        {},
        {NAME: EVIL},
        {"speedy-1.0-cp313-cp313-win_amd64.whl": GOOD},
        {"speedy-2.0-py3-none-any.whl": GOOD},
    ],
    ids=["none", "another content", "another machine", "another version"],
)
def test_what_pip_leaves_is_not_believed_either(
    tmp_path: Path, cache: Path, wheels: dict[str, bytes]
) -> None:
    with pytest.raises(WheelError, match=r"pip downloaded no wheel of speedy 1\.0 that runs on"):
        wheel_of(tmp_path, FakeIndex(wheels))
    assert not list(cache.rglob("*.whl"))


@pytest.mark.parametrize("name", ["notes.whl", "speedy-1.0.whl", "speedy-1.0-cp27-none-any.whl"])
def test_files_of_no_use_in_the_store_are_passed_over(
    tmp_path: Path, cache: Path, name: str
) -> None:
    stored_in(cache, name, GOOD)
    assert wheel_of(tmp_path, FakeIndex({NAME: GOOD})) == GOOD


def test_best_wheel_for_the_target_is_taken(tmp_path: Path, cache: Path) -> None:
    tags = [
        "py3-none-any",
        "cp313-cp313-manylinux_2_17_aarch64",
        "cp313-cp313-manylinux_2_28_aarch64",
    ]
    wheels = {tag: wheel_bytes("speedy", "1.0", {"tag": tag.encode()}) for tag in tags}
    pin = Pin("speedy", "1.0", "", tuple(map(sha256, wheels.values())))
    for tag, data in wheels.items():
        stored_in(cache, f"speedy-1.0-{tag}.whl", data)
    assert wheel_of(tmp_path, FakeIndex({}), pin=pin) == wheels[tags[2]]


@pytest.mark.parametrize(
    ("tag", "runs"),
    [
        ("cp313-cp313-manylinux_2_34_aarch64", True),
        ("cp313-cp313-manylinux2014_aarch64.manylinux_2_17_aarch64", True),
        ("cp39-abi3-manylinux_2_28_aarch64", True),
        ("py2.py3-none-any", True),
        ("cp313-cp313-manylinux_2_35_aarch64", False),
        ("cp313-cp313-manylinux_2_28_x86_64", False),
        ("cp313-cp313-musllinux_1_2_aarch64", False),
        ("cp313-cp313-linux_aarch64", False),
        ("cp313-cp313t-manylinux_2_28_aarch64", False),
        ("cp312-cp312-manylinux_2_28_aarch64", False),
        ("cp314-abi3-manylinux_2_28_aarch64", False),
    ],
)
def test_wheels_that_run_on_lambda(tmp_path: Path, cache: Path, tag: str, *, runs: bool) -> None:
    stored_in(cache, f"speedy-1.0-{tag}.whl", GOOD)
    if runs:
        assert wheel_of(tmp_path, FakeIndex({}), offline=True) == GOOD
    else:
        with pytest.raises(WheelError, match="is not in the wheel store"):
            wheel_of(tmp_path, FakeIndex({}), offline=True)


def test_each_target_has_a_folder_of_its_own(tmp_path: Path) -> None:
    index = FakeIndex({NAME: GOOD})
    for target in (ARM64, aws_target("x86_64"), host_target()):
        assert wheel_of(tmp_path, index, target=target) == GOOD
    assert len(index.asked) == 3


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "free some space on that disk"),
        (errno.EACCES, "correct its permissions"),
        (errno.EROFS, "make that file system writable"),
        (errno.ENOENT, "check HOME"),
    ],
)
def test_store_that_cannot_be_written(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    def refuse(_self: Path, _target: Path) -> Path:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(BuildError) as error:
        wheel_of(tmp_path, FakeIndex({NAME: GOOD}))
    assert str(error.value) == (
        f"{cache / 'wheels' / target_key(ARM64)}: the wheel store cannot be written "
        f"({os.strerror(number)}); {advice}, or name another folder with ONBOARDING_CACHE_DIR"
    )


def test_interrupted_writing_leaves_nothing_in_the_store(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_self: Path, _target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        wheel_of(tmp_path, FakeIndex({NAME: GOOD}))
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_store_is_where_caches_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONBOARDING_CACHE_DIR")
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name: f"/home/ada/.cache/{name}")
    assert cache_folder() == Path("/home/ada/.cache/serverless-user-onboarding")


def test_without_a_home_folder_the_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONBOARDING_CACHE_DIR")
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name: f"~/.cache/{name}")
    with pytest.raises(BuildError, match="set HOME or ONBOARDING_CACHE_DIR"):
        cache_folder()
