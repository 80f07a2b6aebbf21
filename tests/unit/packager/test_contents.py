"""The files of a zip, and those that are left out."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import build
from packager.contents import without_useless
from tests.unit.packager.project import (
    FakeWheels,
    bytes_in,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def names_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_function_zip_has_its_code_the_shared_code_and_its_packages(
    root: Path, run: Callable[..., str]
) -> None:
    run()
    assert names_in(root / "build" / "greet.zip") == [
        "boto3-1.44.5.dist-info/METADATA",
        "boto3-1.44.5.dist-info/WHEEL",
        "boto3-1.44.5.dist-info/licenses/LICENSE",
        "boto3/__init__.py",
        "greet/__init__.py",
        "greet/handler.py",
        "greet/templates/mail.html",
        "shared/__init__.py",
        "shared/clock.py",
        "six-1.17.0.dist-info/METADATA",
        "six-1.17.0.dist-info/WHEEL",
        "six-1.17.0.dist-info/licenses/LICENSE",
        "six/__init__.py",
    ]


def test_layer_zip_has_its_packages_below_python(root: Path, run: Callable[..., str]) -> None:
    run()
    assert names_in(root / "build" / "pictures.zip") == [
        "python/pillow-13.0.0.dist-info/METADATA",
        "python/pillow-13.0.0.dist-info/WHEEL",
        "python/pillow-13.0.0.dist-info/licenses/LICENSE",
        "python/pillow/__init__.py",
    ]


def test_caches_hidden_files_and_editors_copies_are_left_out(
    root: Path, run: Callable[..., str]
) -> None:
    run()
    before = bytes_in(root / "build")
    write(root / "lambdas" / "greet" / "package.toml", b"")
    for junk in (".env", ".idea/x.xml", "__pycache__/handler.cpython-311.pyc", "old.pyc", "h.py~"):
        write(root / "lambdas" / "greet" / junk, b"junk")
    run("--output", str(root / "again"))
    assert bytes_in(root / "again") == before


def test_requirements_are_left_out_only_where_they_are_ours(
    root: Path, run: Callable[..., str]
) -> None:
    write(root / "lambdas" / "greet" / "templates" / "requirements.txt", b"a template\n")
    run()
    names = names_in(root / "build" / "greet.zip")
    assert [name for name in names if "requirements" in name] == [
        "greet/templates/requirements.txt"
    ]


@pytest.mark.parametrize("package", ["greet", "shared"])
def test_package_that_hides_our_code(
    root: Path, fail: Callable[..., str], wheels: FakeWheels, package: str
) -> None:
    wheels.extra_files = {f"{package}.py": b""}
    error = fail()
    assert f"brings `{package}.py`, which collides" in error
    assert str(root / "lambdas") in error


@pytest.mark.parametrize("name", ["enum/__init__.py", "typing.py", "select.cpython-313-x.so"])
def test_package_that_hides_a_standard_module(
    fail: Callable[..., str], wheels: FakeWheels, name: str
) -> None:
    """As enum34 does: installed it is harmless, as it comes after the standard library."""
    wheels.extra_files = {name: b""}
    error = fail()
    assert f"brings `{name}`, which on Lambda hides Python's own module" in error
    assert "requirements.txt" in error


@pytest.mark.parametrize("name", ["audioop/__init__.py", "typing-1.dist-info/a.py", "enum.json"])
def test_package_that_hides_no_module_of_lambdas_python(
    root: Path, run: Callable[..., str], wheels: FakeWheels, name: str
) -> None:
    wheels.extra_files = {name: b""}
    run()
    assert name in names_in(root / "build" / "greet.zip")


def test_standard_module_of_a_package_may_be_left_out(
    root: Path, run: Callable[..., str], wheels: FakeWheels
) -> None:
    wheels.extra_files = {"typing.py": b""}
    for folder in ("lambdas/greet", "lambdas/count", "layers/pictures"):
        write(root / folder / "package.toml", b'remove = ["typing.py"]')
    run()
    assert "typing.py" not in names_in(root / "build" / "greet.zip")


def test_nothing_that_no_code_reads_is_kept(
    root: Path, run: Callable[..., str], wheels: FakeWheels
) -> None:
    kept = [
        "boto3/data/manual.txt",
        "boto3/testing.py",
        "boto3/tests.py",
        "boto3/template.html",
    ]
    useless = [
        "boto3/py.typed",
        "boto3/__init__.pyi",
        "boto3/_fast.c",
        "boto3/include/fast.h",
        "boto3/_fast.pyx",
        "boto3/tests/test_all.py",
        "boto3/tests/data/big.json",
        "boto3/deep/test/x.py",
        "boto3/examples/s3.rst",
        "tests/__init__.py",
    ]
    wheels.extra_files = dict.fromkeys([*kept, *useless], b"x = 1\n")
    run()
    names = set(names_in(root / "build" / "greet.zip"))
    assert names.issuperset(kept)
    assert names.isdisjoint(useless)


MODEL = gzip.compress(b'{"metadata": {"endpointPrefix": "s3"}, "operations": {}, "shapes": {}}')
SERVICE_DATA = {
    "botocore/data/endpoints.json": b'{"partitions": []}',
    "botocore/data/_retry.json": b"{}",
    "botocore/data/s3/2006-03-01/service-2.json.gz": MODEL,
    "botocore/data/s3/2006-03-01/examples-1.json": b"{}",
    "botocore/data/s3control/2018-08-20/service-2.json.gz": b"s3control",
    "botocore/data/ec2/2016-11-15/service-2.json.gz": b"ec2",
    "boto3/data/s3/2006-03-01/resources-1.json": b"{}",
    "boto3/data/ec2/2016-11-15/resources-1.json": b"{}",
}


def test_only_the_data_of_declared_services_is_kept(
    root: Path, run: Callable[..., str], wheels: FakeWheels
) -> None:
    wheels.extra_files = SERVICE_DATA
    write(root / "lambdas" / "greet" / "package.toml", b'aws_services = ["s3"]\n')
    run()
    assert [name for name in names_in(root / "build" / "greet.zip") if "/data/" in name] == [
        "boto3/data/s3/2006-03-01/resources-1.json",
        "botocore/data/_retry.json",
        "botocore/data/endpoints.json",
        "botocore/data/s3/2006-03-01/service-2.json",
    ]
    assert [name for name in names_in(root / "build" / "count.zip") if "/data/" in name] == [
        "botocore/data/_retry.json",
        "botocore/data/endpoints.json",
    ]


def test_service_data_that_keep_names_is_not_cut(
    root: Path, run: Callable[..., str], wheels: FakeWheels
) -> None:
    wheels.extra_files = SERVICE_DATA
    settings = b'aws_services = ["s3"]\nkeep = ["botocore/data/s3/*"]\n'
    write(root / "lambdas" / "greet" / "package.toml", settings)
    run()
    with zipfile.ZipFile(root / "build" / "greet.zip") as archive:
        assert archive.read("botocore/data/s3/2006-03-01/service-2.json.gz") == MODEL
        assert "botocore/data/s3/2006-03-01/service-2.json" not in archive.namelist()


@pytest.mark.parametrize("files", [SERVICE_DATA, {}])
def test_declared_service_that_botocore_does_not_have(
    root: Path, fail: Callable[..., str], wheels: FakeWheels, files: dict[str, bytes]
) -> None:
    wheels.extra_files = files
    write(root / "lambdas" / "greet" / "package.toml", b'aws_services = ["s4"]\n')
    assert "greet/package.toml: the locked botocore has no service `s4`" in fail()


def test_files_are_removed_by_pattern(
    root: Path, run: Callable[..., str], wheels: FakeWheels
) -> None:
    wheels.extra_files = {"pillow/a/_avif.so.py": b"", "pillow/b.py": b"", "pillow/b.pyi": b""}
    settings = b'remove = ["pillow/a/*", "pillow/b.*", "pillow/*.pyi"]\n'
    write(root / "layers" / "pictures" / "package.toml", settings)
    run()
    names = names_in(root / "build" / "pictures.zip")
    assert [name for name in names if name.endswith(".py")] == ["python/pillow/__init__.py"]


def test_pattern_that_matches_nothing(root: Path, fail: Callable[..., str]) -> None:
    write(root / "layers" / "pictures" / "package.toml", b'remove = ["pillow/_avif.*"]\n')
    assert "pictures/package.toml: `pillow/_avif.*` in `remove` matches no file" in fail()


def test_pattern_may_match_nothing_on_this_machine(root: Path, wheels: FakeWheels) -> None:
    write(root / "layers" / "pictures" / "package.toml", b'remove = ["pillow.libs/*"]\n')
    assert build.main(["--target", "host"], root=root, wheels=wheels) == 0


def test_metadata_and_licences_are_never_useless() -> None:
    names = ["a-1.dist-info/licenses/tests/LICENSE.c", "a-1.dist-info/METADATA"]
    contents = {name: Path(name) for name in names}
    assert without_useless(contents) == contents
