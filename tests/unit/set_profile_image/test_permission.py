"""The permission of an upload, read from its metadata and times."""

from datetime import UTC, datetime

import pytest

from set_profile_image.permission import Permission, permission_of
from set_profile_image.upload import Upload
from tests.unit.builders import BUCKET

AT_TEN = datetime(2026, 11, 22, 10, tzinfo=UTC)  # 1795341600


def upload(event_time: str) -> Upload:
    return Upload(BUCKET, "original/a.jpg", "v", event_time, "A")


@pytest.mark.parametrize(
    ("event_time", "begun_by"),
    [
        # A quick upload had ended when S3 says so; a slow one had begun within that second.
        ("2026-11-22T10:00:00.250+00:00", "1795341600.250"),
        ("2026-11-22T10:00:01.000+00:00", "1795341601.000"),
        ("2026-11-22T10:05:00.000+00:00", "1795341601.000"),
    ],
)
def test_an_upload_had_begun_by_its_end_and_by_the_end_of_its_second(
    event_time: str, begun_by: str
) -> None:
    metadata = {"user-profile-id": "42", "upload-permitted-at": "1795341599.123456"}
    expected = Permission("1795341599.123456", begun_by)
    assert permission_of(upload(event_time), metadata, AT_TEN) == expected


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"upload-permitted-at": ""},
        {"upload-permitted-at": "soon"},
        {"upload-permitted-at": "1e99"},
        {"upload-permitted-at": "-1.0"},
        {"upload-permitted-at": "1795341599.123456\n"},
        {"upload-permitted-at": "٣.٣"},
    ],
)
def test_other_uploads_have_no_permission(metadata: dict[str, str]) -> None:
    assert permission_of(upload("2026-11-22T10:00:00.250+00:00"), metadata, AT_TEN) is None
