"""Setting a profile's image in the order of the uploads."""

import itertools

import pytest
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from create_thumbnail.image_change import ImageChange, image_change_of
from create_thumbnail.profile import record_thumbnails
from set_profile_image.permission import Permission
from set_profile_image.profile import ProfileNotFoundError, set_image
from set_profile_image.upload import Upload
from shared.errors import ServiceUnavailableError
from tests.unit.builders import BUCKET, Item, Profiles, fail, profile_record


def upload(key: str, *, second: int = 0, sequencer: str = "A") -> Upload:
    return Upload(
        bucket=BUCKET,
        key=key,
        version_id=f"version-{sequencer}",
        event_time=f"2026-11-22T10:00:{second:02}.000+00:00",
        sequencer=sequencer.ljust(32, "0"),
    )


def put(profiles: Profiles, one: Upload, profile_id: int = 42) -> str:
    return set_image(profiles.table, profile_id, one)


def item(profiles: Profiles) -> Item:
    """The profile as the stream would write it."""
    return profiles.dynamodb.get_item(TableName=profiles.name, Key={"id": {"N": "42"}})["Item"]


def set_attribute(profiles: Profiles, name: str, value: str) -> None:
    """Set an attribute of the profile as CreateThumbnail would."""
    profiles.dynamodb.update_item(
        TableName=profiles.name,
        Key={"id": {"N": "42"}},
        UpdateExpression=f"SET {name} = :value",
        ExpressionAttributeValues={":value": {"S": value}},
    )


def test_the_image_is_set_and_nothing_else_touched(profiles: Profiles) -> None:
    profiles.put(42, "original/set-by-the-application.jpg", nickname="kitty")
    assert put(profiles, upload("original/cat.jpg", second=1, sequencer="B")) == "set"
    assert profiles.get(42) == {
        "id": "42",
        "nickname": "kitty",
        "image": "original/cat.jpg",
        "imageSequencer": "B" + "0" * 31,
        "imageEventTime": "2026-11-22T10:00:01.000+00:00",
        "imageVersionId": "version-B",
    }


@pytest.mark.parametrize("key", ["original/cat.jpg", "original/dog.jpg"])
@pytest.mark.parametrize(
    "recorded",
    [
        {"thumbnailStatus": "DONE", "thumbnail": "thumbnails/cat.jpg"},
        {"thumbnailStatus": "FAILED", "thumbnailError": "corrupt"},
    ],
)
def test_what_came_of_the_former_image_goes_with_it(
    profiles: Profiles, key: str, recorded: dict[str, str]
) -> None:
    profiles.put(42, nickname="kitty")
    put(profiles, upload("original/cat.jpg", second=1, sequencer="A"))
    for name, value in recorded.items():
        set_attribute(profiles, name, value)
    put(profiles, upload(key, second=2, sequencer="B"))
    assert profiles.get(42) == {
        "id": "42",
        "nickname": "kitty",
        "image": key,
        "imageSequencer": "B" + "0" * 31,
        "imageEventTime": "2026-11-22T10:00:02.000+00:00",
        "imageVersionId": "version-B",
    }


@pytest.mark.parametrize(
    ("one", "outcome"),
    [(upload("original/cat.jpg"), "known"), (upload("original/old.jpg"), "superseded")],
)
def test_a_duplicate_or_late_event_leaves_the_thumbnail_alone(
    profiles: Profiles, one: Upload, outcome: str
) -> None:
    profiles.put(42)
    put(profiles, upload("original/cat.jpg"))
    set_attribute(profiles, "thumbnailStatus", "DONE")
    set_attribute(profiles, "thumbnail", "thumbnails/cat.jpg")
    before = profiles.get(42)
    assert put(profiles, one) == outcome
    assert profiles.get(42) == before


def test_a_slow_thumbnail_of_the_former_image_is_not_recorded(profiles: Profiles) -> None:
    profiles.put(42)
    put(profiles, upload("original/cat.jpg", sequencer="A"))
    slow = ImageChange("42", "original/cat.jpg", "A".ljust(32, "0"))
    put(profiles, upload("original/cat.jpg", second=1, sequencer="B"))
    before = profiles.get(42)
    assert record_thumbnails(profiles.table, slow, {150: "thumbnails/cat.jpg"}, "1")
    assert profiles.get(42) == before
    assert "thumbnailStatus" not in before


def test_the_new_image_asks_for_a_thumbnail_and_loses_the_former_one_in_one_change(
    profiles: Profiles,
) -> None:
    profiles.put(42)
    put(profiles, upload("original/cat.jpg", sequencer="A"))
    set_attribute(profiles, "thumbnail", "thumbnails/cat.jpg")
    before = item(profiles)
    put(profiles, upload("original/cat.jpg", second=1, sequencer="B"))
    record = profile_record(item(profiles), before)
    assert image_change_of(DynamoDBRecord(record)) == ImageChange(
        "42", "original/cat.jpg", "B".ljust(32, "0"), has_key_again=True
    )


def test_a_missing_profile_is_named_and_not_created(profiles: Profiles) -> None:
    with pytest.raises(ProfileNotFoundError, match=r"^id: no profile 42$"):
        put(profiles, upload("original/cat.jpg"))
    assert profiles.count() == 0


@pytest.mark.parametrize("profile_id", [0, -7, int("9" * 38)])
def test_any_whole_number_is_an_id(profiles: Profiles, profile_id: int) -> None:
    profiles.put(str(profile_id))
    assert put(profiles, upload("original/cat.jpg"), profile_id) == "set"
    assert profiles.get(str(profile_id))["image"] == "original/cat.jpg"


def test_a_duplicate_changes_nothing(profiles: Profiles) -> None:
    profiles.put(42)
    put(profiles, upload("original/cat.jpg"))
    before = profiles.get(42)
    assert put(profiles, upload("original/cat.jpg")) == "known"
    assert profiles.get(42) == before


# In the order in which they were made: the same key by its sequencer whatever the times say,
# another key by the time, and by the sequencer within a millisecond.
SERIES = {
    "one key": [
        upload("original/a.jpg", second=5, sequencer="0A"),
        upload("original/a.jpg", second=5, sequencer="0A1"),
        upload("original/a.jpg", second=4, sequencer="0B"),
    ],
    "different keys": [
        upload("original/a.jpg", second=1, sequencer="FF"),
        upload("original/b.jpg", second=2, sequencer="0A"),
        upload("original/c.jpg", second=3, sequencer="BB"),
    ],
    "one millisecond": [
        upload("original/a.jpg", sequencer="0A"),
        upload("original/b.jpg", sequencer="0A01"),
        upload("original/c.jpg", sequencer="0B"),
    ],
}


@pytest.mark.parametrize("series", SERIES.values(), ids=SERIES.keys())
def test_the_last_upload_wins_in_whatever_order_events_arrive(
    profiles: Profiles, series: list[Upload]
) -> None:
    for profile_id, arrived in enumerate(itertools.permutations(series)):
        profiles.put(profile_id)
        for one in (*arrived, *arrived):  # and each of them twice
            put(profiles, one, profile_id)
        assert profiles.get(profile_id)["image"] == series[-1].key
        assert profiles.get(profile_id)["imageSequencer"] == series[-1].sequencer


def test_an_old_event_does_not_undo_what_the_application_set(profiles: Profiles) -> None:
    profiles.put(42)
    put(profiles, upload("original/a.jpg", second=5))
    profiles.put(
        42,
        "original/theirs.jpg",
        imageSequencer="A".ljust(32, "0"),
        imageEventTime="2026-11-22T10:00:05.000+00:00",
    )
    assert put(profiles, upload("original/a.jpg", second=5)) == "superseded"
    assert profiles.get(42)["image"] == "original/theirs.jpg"


def test_a_new_upload_counts_after_the_application_removed_the_image(profiles: Profiles) -> None:
    profiles.put(
        42, imageSequencer="F".ljust(32, "0"), imageEventTime="2026-11-22T10:00:05.000+00:00"
    )
    assert put(profiles, upload("original/a.jpg", second=5, sequencer="E")) == "superseded"
    assert put(profiles, upload("original/a.jpg", second=6, sequencer="E")) == "set"


def test_another_error_of_the_table_is_not_mistaken_for_an_answer(profiles: Profiles) -> None:
    fail(profiles.dynamodb, "UpdateItem", "ThrottlingException", status=400)
    with pytest.raises(ServiceUnavailableError, match=r"^table user-profile: Throttling"):
        put(profiles, upload("original/cat.jpg"))


# --- uploads that the web API permitted ---


def permitted(given_at: str, *, begun_by: str = "0.000") -> Permission:
    return Permission(given_at, begun_by)


def close_at(profiles: Profiles, time: str) -> None:
    """Close uploads as a sign-out does."""
    profiles.dynamodb.update_item(
        TableName=profiles.name,
        Key={"id": {"N": "42"}},
        UpdateExpression="SET uploadsClosedAt = :time",
        ExpressionAttributeValues={":time": {"N": time}},
    )


def test_a_permission_is_noted_with_the_image_that_it_set(profiles: Profiles) -> None:
    profiles.put(42)
    one = upload("original/a.jpg")
    assert set_image(profiles.table, 42, one, permitted("100.5")) == "set"
    assert profiles.get(42)["imagePermittedAt"] == "100.5"
    assert set_image(profiles.table, 42, one, permitted("100.5")) == "known"  # delivered again


def test_a_permission_sets_one_image(profiles: Profiles) -> None:
    profiles.put(42)
    first, second = permitted("100.5"), permitted("101.5")
    set_image(profiles.table, 42, upload("original/a.jpg", second=1), first)
    again = upload("original/a.jpg", second=2, sequencer="B")
    assert set_image(profiles.table, 42, again, first) == "refused"
    set_image(profiles.table, 42, upload("original/b.jpg", second=3), second)
    # The former picture is gone by now, so that S3 takes another one under its key.
    again = upload("original/a.jpg", second=4, sequencer="C")
    assert set_image(profiles.table, 42, again, first) == "refused"
    assert profiles.get(42)["image"] == "original/b.jpg"


@pytest.mark.parametrize(
    ("given_at", "begun_by", "outcome"),
    [
        ("99.999999", "100.001", "refused"),
        ("99.999999", "100.000", "refused"),  # not certainly before
        ("99.999999", "99.999", "set"),
        ("100.000001", "160.000", "set"),  # signed in again
    ],
)
def test_after_the_sign_out_an_upload_counts_only_if_it_had_begun(
    profiles: Profiles, given_at: str, begun_by: str, outcome: str
) -> None:
    profiles.put(42)
    close_at(profiles, "100")
    one = upload("original/a.jpg")
    assert set_image(profiles.table, 42, one, permitted(given_at, begun_by=begun_by)) == outcome
    assert ("image" in profiles.get(42)) == (outcome == "set")


def test_times_are_compared_as_numbers(profiles: Profiles) -> None:
    profiles.put(42)
    close_at(profiles, "999999999.5")
    late = permitted("1000000000.5", begun_by="1000000001.000")
    assert set_image(profiles.table, 42, upload("original/a.jpg"), late) == "set"


def test_a_permitted_upload_that_a_later_one_overtook_is_refused(profiles: Profiles) -> None:
    profiles.put(42)
    put(profiles, upload("original/b.jpg", second=2))  # of another application
    late = upload("original/a.jpg", second=1)
    assert set_image(profiles.table, 42, late, permitted("100.5")) == "refused"


def test_other_applications_need_no_permission(profiles: Profiles) -> None:
    profiles.put(42)
    set_image(profiles.table, 42, upload("original/a.jpg", second=1), permitted("100.5"))
    close_at(profiles, "200")
    assert put(profiles, upload("original/b.jpg", second=2)) == "set"
    assert put(profiles, upload("original/b.jpg", second=3, sequencer="B")) == "set"
    assert profiles.get(42)["imagePermittedAt"] == "100.5"
