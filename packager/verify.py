"""Builds twice, in different folders, and compares the results."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from packager.build_steps import build
from packager.errors import BuildError
from packager.manifest import MANIFEST_NAME

if TYPE_CHECKING:
    from packager.manifest import Package
    from packager.targets import Target
    from packager.tools import Tools


def verify(root: Path, target: Target, tools: Tools) -> tuple[Package, ...]:
    """Build `root` twice from scratch, in two temporary folders; return the packages.

    Raises:
        BuildError: a build failed, or the two differ; it names the first file that differs.
    """
    with (
        tempfile.TemporaryDirectory(prefix="first-") as first_parent,
        tempfile.TemporaryDirectory(prefix="the-second-") as second_parent,
    ):
        first, second = Path(first_parent, "a"), Path(second_parent, "another name")
        packages = build(root, first, target, tools).packages
        build(root, second, target, tools)
        for package in packages:
            compare_zips(first / package.file_name, second / package.file_name)
        if (first / MANIFEST_NAME).read_bytes() != (second / MANIFEST_NAME).read_bytes():
            raise BuildError(f"{MANIFEST_NAME}: two builds differ")
    return packages


def compare_zips(first: Path, second: Path) -> None:
    """Raise a BuildError that names the first member in which two zips differ."""
    if first.read_bytes() == second.read_bytes():
        return
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as other:
        for name in sorted({*one.namelist(), *other.namelist()}):
            if content_of(one, name) != content_of(other, name):
                raise BuildError(f"{first.name}: two builds differ, first in `{name}`")
    raise BuildError(f"{first.name}: two builds differ, though their members have the same content")


def content_of(archive: zipfile.ZipFile, name: str) -> bytes | None:
    """Return a member's content, or None without one of this name."""
    return archive.read(name) if name in archive.namelist() else None
