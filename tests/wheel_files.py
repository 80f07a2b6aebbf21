"""Makes wheels for tests."""

from __future__ import annotations

import base64
import hashlib
import io
import warnings
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


def wheel_bytes(
    name: str,
    version: str,
    files: Mapping[str, bytes],
    *,
    executable: Collection[str] = (),
    record: Mapping[str, str] | None = None,
) -> bytes:
    """Return a wheel with these files and its metadata; `record` replaces lines of its RECORD."""
    metadata = f"{name}-{version}.dist-info"
    headers = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    contents = {
        **files,
        f"{metadata}/METADATA": headers.encode(),
        f"{metadata}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: false\n",
    }
    lines = {path: f"{path},{record_hash(data)},{len(data)}" for path, data in contents.items()}
    lines |= {f"{metadata}/RECORD": f"{metadata}/RECORD,,"} | dict(record or {})
    text = "".join(f"{line}\n" for line in lines.values() if line)
    contents[f"{metadata}/RECORD"] = text.encode()
    return zip_bytes(contents.items(), executable)


def zip_bytes(contents: Iterable[tuple[str, bytes]], executable: Collection[str] = ()) -> bytes:
    """Return a zip of these files, also with invalid and repeated names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a name that is there already
        for path, data in contents:
            member = zipfile.ZipInfo(path)
            member.external_attr = (0o100755 if path in executable else 0o100644) << 16
            wheel.writestr(member, data)
    return buffer.getvalue()


def record_hash(data: bytes, algorithm: str = "sha256") -> str:
    digest = base64.urlsafe_b64encode(hashlib.new(algorithm, data).digest()).rstrip(b"=").decode()
    return f"{algorithm}={digest}"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
