"""S3's event, parsed into uploads."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from set_profile_image.upload import Upload, upload_of
from shared.errors import InvalidEventError
from tests.unit.builders import BUCKET, event, first_record, upload_record
from tests.unit.hostile import ANY_TEXT, changed, tried

ANY_KEY = st.text(st.characters(exclude_categories=["Cs"]))


def parsed(record: Mapping[str, Any]) -> Upload:
    upload = upload_of(record)
    assert upload is not None
    return upload


def test_an_upload_is_parsed() -> None:
    assert parsed(first_record("s3_put")) == Upload(
        bucket=BUCKET,
        key="original/cat.jpg",
        version_id="3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY",
        event_time="2026-11-22T10:00:00.123+00:00",
        sequencer="0A1B2C3D4E5F678901" + "0" * 14,
    )


def test_a_key_is_decoded() -> None:
    assert parsed(first_record("s3_put_encoded_key")).key == "original/München café/a+b.jpg"


@given(ANY_KEY)
def test_any_key_is_decoded(name: str) -> None:
    key = f"original/{name}"
    assert parsed(upload_record(quote_plus(key))).key == key
    assert parsed(upload_record(quote(key))).key == key


def test_only_what_was_created_under_original_counts() -> None:
    uploads = [upload_of(record) for record in event("s3_several_records")["Records"]]
    keys = [upload.key if upload else None for upload in uploads]
    assert keys == ["original/cat.jpg", "original/multipart.jpg", None, None, "original/folder/"]


@pytest.mark.parametrize(
    "key", ["thumbnails/cat.jpg", "thumbnails/original/cat.jpg", "Original/cat.jpg", "/original/a"]
)
def test_another_prefix_never_starts_the_chain(key: str) -> None:
    assert upload_of(upload_record(key)) is None


def test_a_bucket_without_versions_has_none() -> None:
    assert parsed(upload_record(versionId=None)).version_id is None


@pytest.mark.parametrize(
    ("record", "named"),
    [
        ({}, "eventName"),
        ("record", "eventName"),
        (None, "eventName"),
        ({"eventName": 5}, "eventName"),
        ({"eventName": "ObjectCreated:Put"}, "s3.object.key"),
        ({"eventName": "ObjectCreated:Put", "s3": []}, "s3.object.key"),
        ({"eventName": "ObjectCreated:Put", "s3": {"object": "x"}}, "s3.object.key"),
        ({"eventName": "ObjectCreated:Put", "s3": {"object": {"key": ""}}}, "s3.object.key"),
        (
            {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": "original/a"}}},
            "s3.bucket.name",
        ),
        (upload_record(eventTime=None), "eventTime"),
        (upload_record(eventTime="yesterday"), "eventTime"),
        (upload_record(eventTime="2026-11-22T10:00:00.123"), "eventTime"),
        (upload_record(sequencer=None), "s3.object.sequencer"),
        (upload_record(sequencer="0xAB"), "s3.object.sequencer"),
        (upload_record(sequencer="AB\n"), "s3.object.sequencer"),
    ],
)
def test_a_field_that_is_missing_or_wrong_is_named(record: Any, named: str) -> None:  # noqa: ANN401 - anything may arrive
    with pytest.raises(InvalidEventError, match=f"^{named}: "):
        upload_of(record)


@given(st.lists(st.text("0123456789abcdefABCDEF", min_size=1, max_size=32), min_size=2, max_size=2))
def test_sequencers_are_ordered_as_padded_numbers(sequencers: list[str]) -> None:
    width = max(len(text) for text in sequencers)
    numbers = [int(text.ljust(width, "0"), 16) for text in sequencers]
    first, second = (parsed(upload_record(sequencer=text)).sequencer for text in sequencers)
    assert (first < second, first == second) == (numbers[0] < numbers[1], numbers[0] == numbers[1])


@given(
    st.lists(
        st.datetimes(
            min_value=datetime(2006, 3, 14),  # noqa: DTZ001 - the zone is drawn beside it
            max_value=datetime(2100, 1, 1),  # noqa: DTZ001 - hypothesis wants it without a zone
            timezones=st.sampled_from(
                [UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-11))]
            ),
        ).map(lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000)),
        min_size=2,
        max_size=5,
    )
)
def test_event_times_are_ordered_as_text(times: list[datetime]) -> None:
    times.sort()
    texts = [parsed(upload_record(eventTime=time.isoformat())).event_time for time in times]
    for (earlier, later), (first, second) in zip(pairwise(times), pairwise(texts), strict=True):
        assert (first < second, first == second) == (earlier < later, earlier == later)


@pytest.mark.parametrize("key", ["original/%FF.jpg", "original/%ED%A0%80", "original/\ud800"])
def test_a_key_that_is_not_utf8_is_an_error_and_never_another_objects(key: str) -> None:
    with pytest.raises(InvalidEventError, match=r"^s3\.object\.key: not in UTF-8$"):
        upload_of(upload_record(key))


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"])
def test_a_time_that_utc_does_not_have_is_an_error(time: str) -> None:
    with pytest.raises(InvalidEventError, match=r"^eventTime: "):
        upload_of(upload_record(eventTime=time))


@given(changed(first_record("s3_put")))
def test_any_record_is_an_upload_or_none_or_invalid(record: Any) -> None:  # noqa: ANN401 - any JSON
    upload, refusal = tried(lambda: upload_of(record), InvalidEventError)
    if refusal:
        fields = r"(eventName|eventTime|s3\.bucket\.name|s3\.object\.(key|sequencer))"
        assert re.match(rf"{fields}: ", refusal)
    if upload is not None:
        assert upload.key.startswith("original/")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", upload.event_time)
        assert re.fullmatch("[0-9A-F]{32,}", upload.sequencer)


@given(ANY_TEXT, ANY_TEXT)
def test_any_key_and_time_are_taken_or_refused_by_name(key: str, time: str) -> None:
    for record in (upload_record(f"original/{key}"), upload_record(eventTime=time)):
        _, refusal = tried(lambda: upload_of(record), InvalidEventError)  # noqa: B023 - called at once
        assert refusal == "" or refusal.startswith(("s3.object.key: ", "eventTime: "))
