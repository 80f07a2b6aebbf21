"""The records of deployments: what is kept, in which order it is written, what is checked."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from operations.deploy import packages
from operations.deploy.build_record import BuildRecord
from operations.deploy.records import KEPT, Record, Records
from operations.errors import OperationsError
from tests.unit.builders import fail
from tests.unit.operations.deploy.conftest import BUCKET, build, keys

pytestmark = pytest.mark.usefixtures("bucket")
START = datetime(2026, 11, 30, 16, 4, 13, tzinfo=UTC)


@pytest.fixture
def s3() -> Any:  # noqa: ANN401 - a client made by name
    return boto3.client("s3")


@pytest.fixture
def records(s3: Any) -> Records:  # noqa: ANN401 - a client made by name
    return Records(s3, BUCKET)


def planned(checkout: Path, content: str) -> BuildRecord:
    """The build record of a build with this content."""
    build(checkout, content)
    folder = checkout / "build"
    return BuildRecord(
        plan_sha256="",
        build_dir=str(folder),
        manifest_sha256=packages.sha256(packages.read_manifest(folder)),
        commit="a5edfbc9fcabcdef",
        dirty=True,
        account_id="123456789012",
        region="eu-central-1",
        environment="staging",
        variables={"region": packages.sha256(b"region")},
        code_sha256=packages.sha256(b"code"),
        has_changes=True,
    )


def add(records: Records, checkout: Path, content: str, minute: int) -> Record:
    return records.add(planned(checkout, content), START + timedelta(minutes=minute))


def later() -> datetime:
    """A time at which nothing in the bucket can be part of a recording."""
    return datetime.now(UTC) + timedelta(minutes=61)


def zip_key(content: str) -> str:
    return f"deployments/zips/{hashlib.sha256(content.encode()).hexdigest()}.zip"


def test_a_record_has_all_that_a_rollback_needs(records: Records, checkout: Path) -> None:
    record = add(records, checkout, "first", 0)
    assert record.id == "20261130T160413Z-a5edfbc9fcab"
    assert records.all() == ([record], [])
    assert str(record) == f"{record.id}  commit a5edfbc9fcab, with changes"
    assert set(keys()) == {
        "functions/web_api/0.zip",
        zip_key("first"),
        zip_key("always the same"),
        f"deployments/{record.id}/manifest.json",
        f"deployments/{record.id}/record.json",
    }
    folder = checkout / "fetched"
    records.fetch(record, folder)
    for file in (checkout / "build").iterdir():
        assert (folder / file.name).read_bytes() == file.read_bytes()


@pytest.mark.parametrize("written", range(4))
def test_a_recording_that_stops_leaves_no_half_record(
    s3: Any,  # noqa: ANN401 - a client made by name
    records: Records,
    checkout: Path,
    written: int,
) -> None:
    first = add(records, checkout, "first", 0)
    # Two zips of which one is there, manifest, record.
    for _ in range(min(written, 2)):
        s3.meta.events.register_first("before-call.s3.PutObject", lambda **_: None)
    count = {"put": 0}

    def stop(**_: object) -> None:
        count["put"] += 1
        if count["put"] > written:
            raise ConnectionError

    s3.meta.events.register("before-call.s3.PutObject", stop)
    if written < 3:
        with pytest.raises(ConnectionError):
            add(records, checkout, "second", 1)
        assert records.all() == ([first], [])
    else:
        assert add(records, checkout, "second", 1).id == records.all()[0][-1].id


def test_a_zip_is_uploaded_once(records: Records, s3: Any, checkout: Path) -> None:  # noqa: ANN401 - a client made by name
    add(records, checkout, "first", 0)
    sent: list[str] = []
    s3.meta.events.register(
        "provide-client-params.s3.PutObject", lambda params, **_: sent.append(params["Key"])
    )
    add(records, checkout, "second", 1)
    assert [key for key in sent if "zips" in key] == [zip_key("second")]


def test_another_zip_than_the_planned_one_is_not_recorded(records: Records, checkout: Path) -> None:
    record = planned(checkout, "first")
    (checkout / "build" / "web_api.zip").write_bytes(b"another")
    with pytest.raises(OperationsError, match="does not have the SHA-256"):
        records.add(record, START)
    assert records.all() == ([], [])


def test_the_last_records_are_kept_with_what_they_name(records: Records, checkout: Path) -> None:
    for minute in range(KEPT + 2):
        add(records, checkout, f"content {minute % (KEPT + 1)}", minute)
    records.prune(later())
    kept, _ = records.all()
    assert len(kept) == KEPT
    assert kept[0].id.startswith("20261130T160613Z")
    there_are = keys()
    # The first content is the last one's too.
    assert zip_key("content 0") in there_are
    assert zip_key("content 1") not in there_are
    assert zip_key("content 2") in there_are
    assert len([key for key in there_are if key.endswith(("record.json", "manifest.json"))]) == 20
    assert "functions/web_api/0.zip" in there_are


def test_what_a_failed_recording_left_is_removed(records: Records, s3: Any, checkout: Path) -> None:  # noqa: ANN401 - a client made by name
    half = "deployments/20261130T100000Z-a5edfbc9fcab/manifest.json"
    s3.put_object(Bucket=BUCKET, Key=half, Body=b"")
    s3.put_object(Bucket=BUCKET, Key=zip_key("of a failed recording"), Body=b"")
    add(records, checkout, "first", 0)
    records.prune(later())
    assert half not in keys()
    assert zip_key("of a failed recording") not in keys()


def test_what_another_person_may_be_recording_stays(
    records: Records,
    s3: Any,  # noqa: ANN401 - a client made by name
    checkout: Path,
) -> None:
    half = "deployments/20261130T100000Z-a5edfbc9fcab/manifest.json"
    for key in (half, zip_key("being recorded"), "deployments/notes/ours.txt"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
    add(records, checkout, "first", 0)
    records.prune(datetime.now(UTC) + timedelta(minutes=59))
    assert {half, zip_key("being recorded")} <= set(keys())
    records.prune(later())
    assert not {half, zip_key("being recorded")} & set(keys())
    # Nobody's record.
    assert "deployments/notes/ours.txt" in keys()


def test_a_zip_that_a_prune_may_remove_is_uploaded_again(
    records: Records,
    s3: Any,  # noqa: ANN401 - a client made by name
    checkout: Path,
) -> None:
    add(records, checkout, "first", 0)
    for minute in range(1, KEPT):
        add(records, checkout, "other", minute)
    sent: list[str] = []
    s3.meta.events.register(
        "provide-client-params.s3.PutObject", lambda params, **_: sent.append(params["Key"])
    )
    # It is there, and only the oldest record names it.
    add(records, checkout, "first", KEPT)
    assert [key for key in sent if "zips" in key] == [zip_key("first")]


@pytest.mark.parametrize("key", [zip_key("first"), "deployments/{id}/manifest.json"])
@pytest.mark.parametrize("data", [None, b"another"])
def test_what_is_fetched_must_be_what_was_recorded(
    records: Records,
    s3: Any,  # noqa: ANN401 - a client made by name
    checkout: Path,
    key: str,
    data: bytes | None,
) -> None:
    record = add(records, checkout, "first", 0)
    key = key.replace("{id}", record.id)
    if data is None:
        s3.delete_object(Bucket=BUCKET, Key=key)
    else:
        s3.put_object(Bucket=BUCKET, Key=key, Body=data)
    with pytest.raises(OperationsError, match=r"is missing|not the one|does not have this hash"):
        records.fetch(record, checkout / "fetched")
    assert not (checkout / "fetched" / "manifest.json").exists()


def put_record(s3: Any, folder: str, fields: object) -> None:  # noqa: ANN401 - a client made by name
    key = f"deployments/{folder}/record.json"
    s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(fields).encode())


def fields_of(s3: Any, record: Record) -> dict[str, Any]:  # noqa: ANN401 - a client made by name
    key = f"deployments/{record.id}/record.json"
    found: dict[str, Any] = json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    return found


def test_a_field_of_a_newer_version_is_ignored(records: Records, s3: Any, checkout: Path) -> None:  # noqa: ANN401 - a client made by name
    record = add(records, checkout, "first", 0)
    fields = fields_of(s3, record)
    assert fields["format"] == 1
    put_record(s3, record.id, {**fields, "new": [1]})
    assert records.all() == ([record], [])
    # As written before there was a format.
    del fields["format"]
    put_record(s3, record.id, fields)
    assert records.all() == ([record], [])


UNREADABLE = "20261130T160513Z-0123456789ab"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ("", "not as this project writes it"),
        ([], "not as this project writes it"),
        ({"id": UNREADABLE}, "not as this project writes it"),
        ({"format": 2}, "another version"),
    ],
)
def test_an_unreadable_record_is_named_and_hides_no_other(
    records: Records,
    s3: Any,  # noqa: ANN401 - a client made by name
    checkout: Path,
    fields: object,
    reason: str,
) -> None:
    record = add(records, checkout, "first", 0)
    put_record(s3, UNREADABLE, fields)
    readable, (unreadable,) = records.all()
    assert readable == [record]
    assert unreadable.id == UNREADABLE
    assert reason in str(unreadable)


def test_an_unreadable_record_stays_with_all_zips(
    records: Records,
    s3: Any,  # noqa: ANN401 - a client made by name
    checkout: Path,
) -> None:
    put_record(s3, UNREADABLE, {"format": 2})
    s3.put_object(Bucket=BUCKET, Key=zip_key("of the unreadable one"), Body=b"")
    for minute in range(10, KEPT + 12):
        add(records, checkout, f"content {minute}", minute)
    records.prune(later())
    readable, unreadable = records.all()
    assert len(readable) == KEPT
    assert [record.id for record in unreadable] == [UNREADABLE]
    assert {zip_key("of the unreadable one"), zip_key("content 10")} <= set(keys())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "../../../elsewhere"),
        ("id", "20261130T160413Z-another"),
        ("id", None),
        ("commit", "\x1b[2J"),
        ("commit", 1),
        ("dirty", "yes"),
        ("manifest_sha256", "0"),
        ("zips", None),
        ("zips", ["web_api.zip"]),
        ("zips", {"../web_api.zip": "0" * 64}),
        ("zips", {"web_api.zip": None}),
        ("variables", None),
        ("variables", {"a\nb": "0" * 64}),
        ("variables", {"region": 1}),
        ("code_sha256", None),
        ("rollback_to", "\x1b[2J"),
    ],
)
def test_a_record_that_was_changed_is_not_trusted(
    records: Records,
    s3: Any,  # noqa: ANN401 - a client made by name
    checkout: Path,
    field: str,
    value: object,
) -> None:
    record = add(records, checkout, "first", 0)
    put_record(s3, record.id, {**fields_of(s3, record), field: value})
    readable, (unreadable,) = records.all()
    assert readable == []
    assert str(unreadable) == f"{record.id}  unreadable: not as this project writes it"


def test_an_error_of_s3_is_passed_on(records: Records, s3: Any) -> None:  # noqa: ANN401 - a client made by name
    fail(s3, "ListObjectsV2", "AccessDenied", status=403)
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        records.all()


ENTRY = {"file": "web_api.zip", "sha256": "0" * 64}


@pytest.mark.parametrize(
    "manifest",
    [
        [],
        {},
        {"functions": {"web_api": {}}, "layers": {}},
        {"functions": {"web_api": {**ENTRY, "file": "../web_api.zip"}}, "layers": {}},
        {"functions": {}, "layers": {"pillow": {**ENTRY, "file": "/etc/passwd"}}},
        {"functions": {"web_api": {**ENTRY, "sha256": "../0"}}, "layers": {}},
    ],
)
def test_an_unknown_manifest_is_an_error(manifest: object) -> None:
    with pytest.raises(OperationsError, match=r"manifest\.json"):
        packages.zips_of(json.dumps(manifest).encode())
