"""The records of deployments, in the artifacts bucket beside Terraform's own objects.

    deployments/<time>-<commit>/manifest.json   the manifest of the packages
    deployments/<time>-<commit>/record.json     written last: without it there is no record
    deployments/zips/<sha256>.zip               each zip once

Two people may record at the same moment: Terraform's lock ends with the apply, before the
recording. So `prune` leaves what was written in the last hour, and `add` uploads a zip again that
only an older record names.
"""

import base64
import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from operations.deploy import packages
from operations.deploy.build_record import UNKNOWN_COMMIT, BuildRecord
from operations.errors import OperationsError

KEPT = 10
_TOP = "deployments/"
_ZIPS = "deployments/zips/"
_RECORD = "record.json"
_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-z]{1,40}")
_COMMIT = re.compile(rf"[0-9a-f]{{7,64}}|{UNKNOWN_COMMIT}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SHORT = 12
# Of record.json. A field that is only added leaves it; records without it are of format 1.
_FORMAT = 1
# Longer than a recording takes: it uploads some zips.
_MAY_BE_IN_USE = timedelta(hours=1)
# Another person's prune keeps the zips of these, if not many deployments are recorded meanwhile.
_SURELY_KEPT = KEPT // 2


@dataclass(frozen=True)
class Record:
    """One deployment, as it was applied.

    Attributes:
        id: `<UTC time>-<short commit>`; ids sort by time.
        commit: The commit that its packages were built from.
        dirty: Whether files differed from that commit.
        manifest_sha256: Its manifest's.
        zips: The SHA-256 of each zip, by file name.
        variables: As in the build record.
        code_sha256: As in the build record.
        rollback_to: The earlier deployment whose packages these are; None for a build's.
    """

    id: str
    commit: str
    dirty: bool
    manifest_sha256: str
    zips: Mapping[str, str]
    variables: Mapping[str, str]
    code_sha256: str
    rollback_to: str | None = None

    def __str__(self) -> str:
        dirty = ", with changes" if self.dirty else ""
        rollback = f"  rollback to {self.rollback_to}" if self.rollback_to else ""
        return f"{self.id}  commit {self.commit[:_SHORT]}{dirty}{rollback}"


@dataclass(frozen=True)
class UnreadableRecord:
    """A record that another version of the project wrote, or that was changed.

    Attributes:
        id: Its folder.
        reason: What is wrong with it, without anything that the record says.
    """

    id: str
    reason: str

    def __str__(self) -> str:
        return f"{self.id}  unreadable: {self.reason}"


class Records:
    """The records of one deployment.

    Args:
        s3: A client for S3.
        bucket: The artifacts bucket.
    """

    def __init__(self, s3: Any, bucket: str) -> None:  # noqa: ANN401 - a client made by name
        self._s3 = s3
        self._bucket = bucket

    def add(self, planned: BuildRecord, now: datetime) -> Record:
        """Record a deployment that was applied: its zips first, the record itself last.

        Raises:
            OperationsError: The packages are not those of the plan any more.
        """
        folder = Path(planned.build_dir)
        manifest = packages.read_manifest(folder)
        zips = packages.zips_of(manifest)
        stored = self._lasting_zips()
        for name, digest in zips.items():
            data = packages.read_zip(folder / name, digest)
            if _zip_key(digest) not in stored:
                self._put(_zip_key(digest), data)
        time = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        record = Record(
            id=f"{time}-{planned.commit[:_SHORT]}",
            commit=planned.commit,
            dirty=planned.dirty,
            manifest_sha256=planned.manifest_sha256,
            zips=zips,
            variables=planned.variables,
            code_sha256=planned.code_sha256,
            rollback_to=planned.rollback_to,
        )
        self._put(f"{_TOP}{record.id}/manifest.json", manifest)
        fields = {"format": _FORMAT, **dataclasses.asdict(record)}
        text = json.dumps(fields, indent=2) + "\n"
        self._put(f"{_TOP}{record.id}/{_RECORD}", text.encode())
        return record

    def all(self) -> tuple[list[Record], list[UnreadableRecord]]:
        """All records, the oldest first, and those that this version can't read."""
        found = [self._read(folder) for folder in self._recorded()]
        return (
            [record for record in found if isinstance(record, Record)],
            [record for record in found if isinstance(record, UnreadableRecord)],
        )

    def prune(self, now: datetime) -> None:
        """Keep the last records; remove older ones, and old zips and half records of none.

        An unreadable record stays, and all zips with it, as it may name each.
        """
        readable, unreadable = self.all()
        kept = readable[-KEPT:]
        ids = {record.id for record in kept} | {record.id for record in unreadable}
        surplus = {record.id for record in readable} - ids
        zips = {_zip_key(digest) for record in kept for digest in record.zips.values()}
        # In this order a record goes before its manifest.
        for key, modified in sorted(self._objects(_TOP), reverse=True):
            folder = key.split("/")[1]
            if key.startswith(_ZIPS):
                is_unused = not unreadable and key not in zips
            else:
                is_unused = _ID.fullmatch(folder) is not None and folder not in ids
            if folder in surplus or (is_unused and now - modified > _MAY_BE_IN_USE):
                self._s3.delete_object(Bucket=self._bucket, Key=key)

    def fetch(self, record: Record, folder: Path) -> None:
        """Fetch a record's manifest and zips into a folder, each with its hash checked.

        Raises:
            OperationsError: One is missing, or not what the record says.
        """
        folder.mkdir(parents=True, exist_ok=True)
        manifest = self._get(f"{_TOP}{record.id}/manifest.json")
        if packages.sha256(manifest) != record.manifest_sha256:
            raise OperationsError(f"the manifest of {record.id} is not the one that was applied")
        for name, digest in packages.zips_of(manifest).items():
            data = self._get(_zip_key(digest))
            if packages.sha256(data) != digest:
                raise OperationsError(f"{_zip_key(digest)} in the bucket does not have this hash")
            (folder / name).write_bytes(data)
        (folder / packages.MANIFEST).write_bytes(manifest)

    def _recorded(self) -> list[str]:
        """The folders that have a record, the oldest first."""
        parts = [key.split("/") for key, _ in self._objects(_TOP)]
        return sorted(
            part[1]
            for part in parts
            if len(part) == 3 and part[2] == _RECORD and _ID.fullmatch(part[1])
        )

    def _read(self, folder: str) -> Record | UnreadableRecord:
        try:
            fields = json.loads(self._get(f"{_TOP}{folder}/{_RECORD}"))
            if fields.get("format", _FORMAT) != _FORMAT:
                return UnreadableRecord(folder, "written by another version of this project")
            known = {field.name for field in dataclasses.fields(Record)}
            return _checked(
                Record(**{name: fields[name] for name in fields.keys() & known}), folder
            )
        except OperationsError:
            return UnreadableRecord(folder, "record.json is missing")
        except (ValueError, TypeError, AttributeError):
            return UnreadableRecord(folder, "not as this project writes it")

    def _lasting_zips(self) -> set[str]:
        """The keys of the zips that no prune of another person removes during a recording."""
        last = [self._read(folder) for folder in self._recorded()[-_SURELY_KEPT:]]
        digests = {
            digest
            for record in last
            if isinstance(record, Record)
            for digest in record.zips.values()
        }
        stored = {key for key, _ in self._objects(_ZIPS)}
        return stored & {_zip_key(digest) for digest in digests}

    def _objects(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """Each object's key, and when it was written."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        for page in pages:
            for found in page.get("Contents", []):
                yield found["Key"], found["LastModified"]

    def _get(self, key: str) -> bytes:
        try:
            return bytes(self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read())
        except self._s3.exceptions.NoSuchKey:
            raise OperationsError(f"s3://{self._bucket}/{key} is missing") from None

    def _put(self, key: str, data: bytes) -> None:
        # S3 refuses what arrives with another hash.
        digest = base64.b64encode(bytes.fromhex(packages.sha256(data))).decode()
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=data, ChecksumSHA256=digest)


def _zip_key(digest: str) -> str:
    return f"{_ZIPS}{digest}.zip"


def _checked(record: Record, folder: str) -> Record:
    """A record from the bucket: its id becomes a path, and most of it is printed.

    Raises:
        ValueError: A field is not as it was written.
    """
    is_whole = (
        record.id == folder
        and _is(_COMMIT, record.commit)
        and isinstance(record.dirty, bool)
        and packages.is_sha256(record.manifest_sha256)
        and packages.are_zips(record.zips)
        and _are_variables(record.variables)
        and packages.is_sha256(record.code_sha256)
        and (record.rollback_to is None or _is(_ID, record.rollback_to))
    )
    if not is_whole:
        raise ValueError(folder)
    return record


def _are_variables(found: object) -> bool:
    return isinstance(found, dict) and all(
        _is(_VARIABLE, name) and packages.is_sha256(digest) for name, digest in found.items()
    )


def _is(pattern: re.Pattern[str], found: object) -> bool:
    return isinstance(found, str) and pattern.fullmatch(found) is not None
