"""Reads and writes manifest.json, for Terraform and for the next build."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from packager.bytecode import Interpreter
    from packager.targets import Target

MANIFEST_NAME = "manifest.json"
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Package:
    """A finished zip.

    Attributes:
        name: the component's.
        sha256: the zip's, as hexadecimal digits.
        unzipped_bytes: the size of all its files.
        inputs: the digest of its inputs.
        without_bytecode: paths in the zip of Python files that do not compile.
    """

    name: str
    is_layer: bool
    sha256: str
    size_bytes: int
    unzipped_bytes: int
    inputs: str
    without_bytecode: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """The name of the zip in the output folder."""
        return f"{self.name}.zip"


@dataclass(frozen=True)
class LastBuild:
    """An output folder's manifest: its text, the files that it names, the packages by name."""

    text: bytes
    files: frozenset[str]
    packages: Mapping[str, Package]


def manifest_text(
    packages: Iterable[Package], target: Target, interpreter: Interpreter | None
) -> bytes:
    """Return the content of the manifest; docs/packaging.md describes it."""
    functions = {}
    layers = {}
    for package in packages:
        if package.is_layer:
            layers[package.name] = entry_of(package)
        else:
            handler = {"handler": f"{package.name}.handler.handler"}
            functions[package.name] = handler | entry_of(package)
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "target": {
            "name": target.name,
            "python_version": target.python_version,
            "runtime": target.runtime,
            "architecture": target.architecture,
        },
        "bytecode": interpreter.version if interpreter else False,
        "functions": functions,
        "layers": layers,
    }
    return f"{json.dumps(manifest, indent=2)}\n".encode()


def entry_of(package: Package) -> dict[str, object]:
    """Return a package's entry in the manifest."""
    return {
        "file": package.file_name,
        "sha256": package.sha256,
        "source_code_hash": base64.b64encode(bytes.fromhex(package.sha256)).decode("ascii"),
        "size_bytes": package.size_bytes,
        "unzipped_bytes": package.unzipped_bytes,
        "without_bytecode": list(package.without_bytecode),
        "inputs": package.inputs,
    }


def read_manifest(output: Path) -> LastBuild | None:
    """Read the manifest in `output`; None if there is none or it can't be read."""
    try:
        text = (output / MANIFEST_NAME).read_bytes()
        manifest = json.loads(text)
        functions, layers = manifest["functions"], manifest["layers"]
        files = frozenset(str(entry["file"]) for entry in [*functions.values(), *layers.values()])
        packages = {
            name: package_of(name, entry, is_layer=entries is layers)
            for entries in (functions, layers)
            for name, entry in entries.items()
            # Earlier versions wrote no inputs: their zips are made again.
            if "inputs" in entry
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return LastBuild(text, files, packages)


def package_of(name: str, entry: Mapping[str, object], *, is_layer: bool) -> Package:
    """Return the package that an entry describes; raise KeyError or TypeError if it is wrong."""
    size_bytes, unzipped_bytes = entry["size_bytes"], entry["unzipped_bytes"]
    without_bytecode = entry["without_bytecode"]
    if not (
        isinstance(size_bytes, int)
        and isinstance(unzipped_bytes, int)
        and isinstance(without_bytecode, list)
    ):
        raise TypeError(name)
    return Package(
        name,
        is_layer,
        str(entry["sha256"]),
        size_bytes,
        unzipped_bytes,
        str(entry["inputs"]),
        tuple(map(str, without_bytecode)),
    )
