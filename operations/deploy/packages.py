"""The zips of a build: their names and hashes in its manifest, and what is on the disk."""

import hashlib
import json
import re
from pathlib import Path

from operations.errors import OperationsError

MANIFEST = "manifest.json"
_FILE = re.compile(r"[A-Za-z0-9_-]+\.zip")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def sha256(data: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def read_manifest(build_dir: Path) -> bytes:
    """The manifest of a build.

    Raises:
        OperationsError: There is none.
    """
    try:
        return (build_dir / MANIFEST).read_bytes()
    except FileNotFoundError:
        raise OperationsError(
            f"there is no {build_dir / MANIFEST}: run `make plan` again"
        ) from None


def zips_of(manifest: bytes) -> dict[str, str]:
    """The SHA-256 of each zip that a manifest names, by file name.

    Raises:
        OperationsError: It is no manifest of `make build`.
    """
    try:
        parts = json.loads(manifest)
        entries = [*parts["functions"].values(), *parts["layers"].values()]
        zips = {str(entry["file"]): str(entry["sha256"]) for entry in entries}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise OperationsError("manifest.json is not as `make build` writes it") from None
    # It may come from a bucket: no name may lead out of the folder.
    if not are_zips(zips):
        raise OperationsError("manifest.json names a file that is no zip of `make build`")
    return zips


def are_zips(found: object) -> bool:
    """Whether this is the SHA-256 of each zip by file name, and no name leads out of a folder."""
    return isinstance(found, dict) and all(
        isinstance(name, str) and _FILE.fullmatch(name) and is_sha256(digest)
        for name, digest in found.items()
    )


def is_sha256(found: object) -> bool:
    """Whether this is a SHA-256 in hexadecimal digits."""
    return isinstance(found, str) and _SHA256.fullmatch(found) is not None


def read_zip(file: Path, expected: str) -> bytes:
    """A zip with the SHA-256 that its manifest has.

    Raises:
        OperationsError: It is missing, or another.
    """
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise OperationsError(f"there is no {file}, which manifest.json names") from None
    if sha256(data) != expected:
        raise OperationsError(
            f"{file} does not have the SHA-256 in manifest.json: run `make plan` again"
        )
    return data
