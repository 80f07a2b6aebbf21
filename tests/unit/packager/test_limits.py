"""Sizes that are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packager import limits
from tests.unit.packager.project import FakeWheels, write, write_requirements

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def test_function_too_big_to_upload(
    fail: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LAMBDA_ZIPPED_BYTES", 100)
    assert "count: 0.00 MiB zipped, and Lambda takes 0.00 MiB" in fail()


def test_function_too_big_unzipped_together_with_the_layers(
    root: Path,
    run: Callable[..., str],
    fail: Callable[..., str],
    wheels: FakeWheels,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "LAMBDA_UNZIPPED_BYTES", 5 * 2**20)
    wheels.extra_files = {"data": bytes(2 * 2**20)}
    run()
    write(root / "lambdas" / "greet" / "new.py")
    write_requirements(root / "layers" / "pictures", "pillow==13.0.1")
    wheels.extra_files = {"data": bytes(3 * 2**20)}
    assert "5.00 MiB unzipped with the layers, and Lambda takes 5.00 MiB" in fail()


def test_zip_above_its_own_limit(
    root: Path, run: Callable[..., str], fail: Callable[..., str]
) -> None:
    settings = root / "lambdas" / "greet" / "package.toml"
    write(settings, b"max_zip_bytes = 100000\n")
    run()
    write(settings, b"max_zip_bytes = 100\n")
    error = fail()
    assert f"{settings}: the zip has " in error
    assert "bytes, and 100 are allowed" in error
