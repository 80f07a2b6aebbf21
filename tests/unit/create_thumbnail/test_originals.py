"""Reading originals and putting thumbnails."""

from email.header import decode_header
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from create_thumbnail.engine import ImageRefusedError, Thumbnail
from create_thumbnail.originals import (
    Original,
    put_thumbnail,
    read_original,
    required_thumbnail_keys,
    writable_metadata,
)
from tests.unit.builders import BUCKET, fail
from tests.unit.hostile import STORABLE_TEXT, tried

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@pytest.mark.parametrize(
    ("original", "thumbnail"),
    [
        ("original/cat.jpg", "thumbnails/cat.jpg"),
        ("original/a/x.jpg", "thumbnails/a/x.jpg"),
        ("original/b/x.jpg", "thumbnails/b/x.jpg"),
        ("original/original/x.jpg", "thumbnails/original/x.jpg"),
        ("original/München café/a+b.jpg", "thumbnails/München café/a+b.jpg"),
        ("original/" + "ü" * 506, "thumbnails/" + "ü" * 506),
    ],
)
def test_the_path_is_kept(original: str, thumbnail: str) -> None:
    further = thumbnail.replace("thumbnails/", "thumbnails-300/", 1)
    expected = {150: thumbnail} | ({300: further} if len(further.encode()) <= 1024 else {})
    assert required_thumbnail_keys(original, (150, 300)) == expected


@pytest.mark.parametrize(
    "key",
    ["original/", "original", "cat.jpg", "/original/cat.jpg", "thumbnails/cat.jpg", "Original/a"],
)
def test_a_key_that_is_not_under_original_is_refused(key: str) -> None:
    with pytest.raises(ImageRefusedError, match=r"^image: the key does not lie under original/$"):
        required_thumbnail_keys(key, (150, 300))


def test_a_key_whose_thumbnail_s3_would_not_take_is_refused() -> None:
    key = "original/" + "a" * 1014
    assert len(key) <= 1024  # an object may have it
    with pytest.raises(ImageRefusedError, match="longer than S3 allows") as caught:
        required_thumbnail_keys(key, (150, 300))
    assert len(str(caught.value)) < 120


def test_a_size_whose_key_s3_would_not_take_is_left_out() -> None:
    key = "original/" + "a" * 1012
    assert required_thumbnail_keys(key, (300, 150)) == {150: "thumbnails/" + "a" * 1012}


def test_an_original_is_read_with_its_metadata(s3: "S3Client") -> None:
    put = s3.put_object(Bucket=BUCKET, Key="original/a", Body=b"12345", Metadata={"a": "b"})
    original = read_original(s3, BUCKET, "original/a", max_bytes=5)
    assert original == Original(b"12345", {"a": "b"}, put["VersionId"])
    assert "12345" not in repr(original)


def test_an_original_above_the_limit_is_not_read(
    s3: "S3Client", monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.put_object(Bucket=BUCKET, Key="original/a", Body=b"12345")
    monkeypatch.setattr("botocore.response.StreamingBody.read", pytest.fail)
    with pytest.raises(ImageRefusedError, match=r"^too large: 5 bytes, 4 are allowed$"):
        read_original(s3, BUCKET, "original/a", max_bytes=4)


def test_a_deleted_original_is_refused(s3: "S3Client") -> None:
    s3.put_object(Bucket=BUCKET, Key="original/a", Body=b"12345")
    s3.delete_object(Bucket=BUCKET, Key="original/a")
    with pytest.raises(ImageRefusedError, match="deleted"):
        read_original(s3, BUCKET, "original/a", max_bytes=5)


@pytest.mark.parametrize(("code", "status"), [("AccessDenied", 403), ("InternalError", 500)])
def test_what_may_be_mended_is_not_taken_for_a_refusal(
    s3: "S3Client", code: str, status: int
) -> None:
    fail(s3, "GetObject", code, status=status)
    with pytest.raises(ClientError, match=code):
        read_original(s3, BUCKET, "original/a", max_bytes=5)


def test_a_thumbnail_has_type_metadata_and_tag(s3: "S3Client") -> None:
    metadata = {"user-profile-id": "42", "photographer": "anna"}
    thumbnail = Thumbnail(b"bytes", "image/webp")
    version_id = put_thumbnail(s3, BUCKET, "thumbnails/a", thumbnail, metadata)
    found = s3.get_object(Bucket=BUCKET, Key="thumbnails/a")
    assert found["Body"].read() == b"bytes"
    assert found["ContentType"] == "image/webp"
    assert found["Metadata"] == metadata
    assert found["VersionId"] == version_id
    tags = s3.get_object_tagging(Bucket=BUCKET, Key="thumbnails/a")["TagSet"]
    assert tags == [{"Key": "Thumbnail", "Value": "true"}]


@given(st.sampled_from(["original/", "", "thumbnails/", "original"]), STORABLE_TEXT)
def test_any_key_has_a_thumbnail_of_its_own_or_is_refused(prefix: str, name: str) -> None:
    key = prefix + name
    keys, refusal = tried(lambda: required_thumbnail_keys(key, (150, 16)), ImageRefusedError)
    if keys is None:
        assert refusal.startswith("image: ")
        return
    # One of each size for each original, and none where it could start the chain again.
    for size, thumbnail_key in keys.items():
        folder = {150: "thumbnails/", 16: "thumbnails-16/"}[size]
        assert thumbnail_key.startswith(folder)
        assert "original/" + thumbnail_key.removeprefix(folder) == key
        assert len(thumbnail_key.encode()) <= 1024


def test_metadata_beyond_ascii_is_encoded_as_s3_returns_it(s3: "S3Client") -> None:
    metadata = {"title": "Zoë 🐈", "encoded": "=?UTF-8?B?Wm/Dqw==?="}
    put_thumbnail(s3, BUCKET, "thumbnails/a", Thumbnail(b"bytes", "image/png"), metadata)
    found = s3.get_object(Bucket=BUCKET, Key="thumbnails/a")["Metadata"]
    assert found["encoded"] == metadata["encoded"]
    ((text, charset),) = decode_header(found["title"])
    assert (text, charset) == ("Zoë 🐈".encode(), "utf-8")


def test_metadata_whose_name_is_not_ascii_is_refused_with_its_reason(s3: "S3Client") -> None:
    thumbnail = Thumbnail(b"bytes", "image/png")
    with pytest.raises(
        ImageRefusedError, match=r"^metadata: the name 't\\xeftle' is not in ASCII$"
    ):
        put_thumbnail(s3, BUCKET, "thumbnails/a", thumbnail, {"tïtle": "x"})


def test_metadata_that_s3_finds_too_large_is_refused_with_its_reason(s3: "S3Client") -> None:
    fail(s3, "PutObject", "MetadataTooLarge", status=400)
    with pytest.raises(ImageRefusedError, match=r"^metadata: more than S3 takes on a thumbnail$"):
        put_thumbnail(s3, BUCKET, "thumbnails/a", Thumbnail(b"bytes", "image/png"), {"a": "b"})


@pytest.mark.parametrize(("code", "status"), [("AccessDenied", 403), ("InternalError", 500)])
def test_a_thumbnail_that_may_be_put_later_is_not_refused(
    s3: "S3Client", code: str, status: int
) -> None:
    fail(s3, "PutObject", code, status=status)
    with pytest.raises(ClientError, match=code):
        put_thumbnail(s3, BUCKET, "thumbnails/a", Thumbnail(b"bytes", "image/png"), {})


@given(st.dictionaries(st.text(st.characters(codec="ascii")), STORABLE_TEXT))
def test_any_metadata_becomes_ascii(metadata: dict[str, str]) -> None:
    written = writable_metadata(metadata)
    assert written.keys() == metadata.keys()
    assert all(value.isascii() for value in written.values())
