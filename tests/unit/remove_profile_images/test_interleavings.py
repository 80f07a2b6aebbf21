"""Uploads, removals, thumbnails and their removal at the same time, in every order, with deaths.

docs/adr/0022-removing-pictures.md argues why it comes out right; here it is tried.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from unittest import mock

import pytest
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from create_thumbnail import handler as create_thumbnail
from create_thumbnail.config import Config, config
from create_thumbnail.engine import ImageRefusedError, Thumbnail
from remove_profile_images import handler as remove_profile_images
from remove_profile_images.removal import UnknownThumbnailSizeError
from set_profile_image import handler as set_profile_image
from set_profile_image.profile import ProfileNotFoundError
from set_profile_image.upload import Upload
from shared.edge import Edge
from shared.profile_table import ProfileTable
from shared.stored_pictures import StoredPictures
from shared.thumbnail_sizes import ThumbnailSizes
from tests.unit.builders import BUCKET, USER_PROFILE_TABLE
from tests.unit.interleavings import Actor, Client, State, World, explore

# Coverage makes them slower by two thirds, and other tests run the same lines.
pytestmark = pytest.mark.no_cover

ID = "42"
A, B = "original/a.jpg", "original/b.jpg"
Step = Callable[[World], bool]
CORRUPT = b"corrupt"
# Two sizes take ten times as long as one, and behave as two pictures do: so not in every test.
ONE, TWO = ThumbnailSizes((150,)), ThumbnailSizes((150, 300))
# The large one was made before, and perhaps still is.
LESS, BEFORE = ThumbnailSizes((150,), (300,)), ThumbnailSizes((150, 300))
EACH = (150, 300)


class Engine:
    """Makes a thumbnail that tells which picture it is of."""

    def make_sizes(self, data: bytes, sizes: Iterable[int]) -> dict[int, Thumbnail]:
        if data == CORRUPT:
            raise ImageRefusedError("not a picture")
        return {size: Thumbnail(thumbnail(data, size), "image/jpeg") for size in sizes}


def thumbnail(data: bytes, size: int) -> bytes:
    return b"%d of %b" % (size, data)


@pytest.fixture
def client(
    monkeypatch: pytest.MonkeyPatch,
) -> Client:
    """The client of all functions."""
    made = Client()
    monkeypatch.setenv("USER_PROFILE_TABLE_NAME", USER_PROFILE_TABLE)
    monkeypatch.setenv("PROFILE_IMAGES_BUCKET_NAME", BUCKET)
    for name, value in {
        "THUMBNAIL_ENGINE": "pillow",
        "THUMBNAIL_FIT": "fit",
        "MAX_IMAGE_BYTES": "1000",
        "MAX_DECODE_BYTES": "1000",
        "THUMBNAIL_SIZES": "150",
    }.items():
        monkeypatch.setenv(name, value)
    for module in (create_thumbnail, set_profile_image):
        monkeypatch.setattr(module, "s3", lambda: made)
        monkeypatch.setattr(module, "dynamodb", lambda: made)
    monkeypatch.setattr(create_thumbnail, "thumbnail_engine", Engine)
    use(monkeypatch, ONE)
    profiles = ProfileTable(made, USER_PROFILE_TABLE)  # type: ignore[arg-type] # a fake client
    pictures = StoredPictures(made, BUCKET, profiles)  # type: ignore[arg-type] # a fake client
    monkeypatch.setattr(remove_profile_images, "pictures", lambda: pictures)
    for module in (create_thumbnail, set_profile_image, remove_profile_images):
        monkeypatch.setattr(module.logger, "info", lambda *_, **__: None)
        monkeypatch.setattr(module.logger, "warning", lambda *_, **__: None)
    return made


def use(monkeypatch: pytest.MonkeyPatch, sizes: ThumbnailSizes) -> None:
    """Configure the functions."""
    monkeypatch.setattr(create_thumbnail, "config", configuration(sizes))
    monkeypatch.setattr(remove_profile_images, "sizes", lambda: sizes)


def configuration(sizes: ThumbnailSizes) -> Callable[[], Config]:
    configured = replace(config(), sizes=sizes)
    return lambda: configured


@pytest.fixture
def two_sizes(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The client of functions that make two sizes."""
    use(monkeypatch, TWO)
    return client


@pytest.fixture
def former_size(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The client of functions that have made two sizes, and now make one."""
    use(monkeypatch, LESS)
    return client


@pytest.fixture
def seen(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The client of functions whose thumbnails somebody loads from CloudFront all the time."""
    edge = Edge(client, "E2EXAMPLE")  # type: ignore[arg-type] # a fake client
    for module in (create_thumbnail, remove_profile_images):
        monkeypatch.setattr(module, "edge", lambda: edge)
    client.is_seen = True
    return client


def with_former_sizes(uploads: int) -> list[Actor]:
    """The functions with a CreateThumbnail of before; if it crashes, today's goes on."""
    former = configuration(BEFORE)

    def handle_as_before(record: DynamoDBRecord) -> None:
        with mock.patch.object(create_thumbnail, "config", former):
            create_thumbnail.handle_record(record)

    *notifications, today, removal = functions(uploads)
    before = reader("CreateThumbnail", handle_as_before)
    return [
        *(replace(actor, may_die=False) for actor in notifications),
        replace(before, after_crash=today.work),
        replace(removal, may_die=False, gives_up_on=(UnknownThumbnailSizeError,)),
    ]


def reader(
    name: str,
    handle: Callable[[DynamoDBRecord], None],
    *,
    only: int | None = None,
    gives_up: int | None = None,
) -> Actor:
    """A function at the stream: one record after the other, or one that is put back from its queue.

    A record that it gives up goes there.
    """

    def work(world: World, position: int) -> Callable[[], None] | None:
        number = position if only is None else only
        if number >= len(world.records) or (only is not None and position > 0):
            return None
        if number == gives_up:
            return lambda: None
        record = world.records[number]
        return lambda: handle(DynamoDBRecord(record))

    return Actor(name, work)


def notified(number: int) -> Actor:
    """SetProfileImage at the event of an upload; events come in any order."""

    def work(world: World, position: int) -> Callable[[], None] | None:
        if number >= len(world.uploads) or position > 0:
            return None
        told = world.uploads[number]
        upload = Upload(
            bucket=BUCKET,
            key=told["key"],
            version_id=told["version_id"],
            event_time=datetime.fromtimestamp(told["order"], UTC).isoformat(
                timespec="milliseconds"
            ),
            sequencer=f"{told['order']:032}",
        )
        return lambda: set_profile_image.set_image_of(upload)

    return Actor(f"SetProfileImage {number}", work, gives_up_on=(ProfileNotFoundError,))


def application(
    client: Client, *steps: tuple[Callable[[World], bool], Callable[[World], None]]
) -> Actor:
    """What people do: each step as soon as it may be, or later."""

    def work(world: World, position: int) -> Callable[[], None] | None:
        if position == len(steps) or not steps[position][0](world):
            return None
        return lambda: steps[position][1](client.world)

    return Actor("application", work, may_die=False)


# --- what people do ---


def always(_: World) -> bool:
    return True


def has_image(key: str) -> Callable[[World], bool]:
    return lambda world: image_of(world) == key


def image_of(world: World) -> str:
    return str(world.profiles.get(ID, {}).get("image", {}).get("S", ""))


def create_profile(world: World) -> None:
    world.write(ID, {"id": {"N": ID}})


def remove_profile(world: World) -> None:
    world.write(ID, None)


def make_profile_anew(world: World) -> None:
    remove_profile(world)
    create_profile(world)


def remove_image(world: World) -> None:
    world.write(ID, {name: value for name, value in world.profiles[ID].items() if name != "image"})


def upload(key: str, data: bytes) -> Callable[[World], None]:
    return lambda world: world.upload(key, data, ID)


def permitted(key: str, data: bytes, permitted_at: str) -> Callable[[World], None]:
    """Upload by the web API's permission: S3 refuses it where there is an object."""

    def put(world: World) -> None:
        if world.current(key) is None:
            world.upload(key, data, ID, **{"upload-permitted-at": permitted_at})

    return put


def close_uploads(world: World) -> None:
    world.write(ID, {**world.profiles[ID], "uploadsClosedAt": {"N": "2.0"}})


def is_free(key: str) -> Callable[[World], bool]:
    return lambda world: bool(world.objects.get(key)) and world.current(key) is None


# --- what must have come of it ---


def lies(state: State, key: str) -> bytes | None:
    found = state.world.current(key)
    return None if found is None else found.data


def status_of(state: State) -> str:
    return str(state.world.profiles[ID].get("thumbnailStatus", {}).get("S", ""))


def assert_shows(state: State, key: str, data: bytes) -> None:
    """The profile has the picture, and its thumbnail."""
    assert image_of(state.world) == key, state.story
    assert lies(state, key) == data, state.story
    assert status_of(state) == "DONE", state.story
    for size in made_sizes():
        assert lies(state, thumbnail_of(key, size)) == thumbnail(data, size), state.story


def assert_nothing_lies(state: State, *keys: str) -> None:
    for key in keys:
        assert lies(state, key) is None, state.story
        assert_no_thumbnail_lies(state, key)


def assert_no_thumbnail_lies(state: State, key: str) -> None:
    for size in EACH:
        assert lies(state, thumbnail_of(key, size)) is None, state.story


def made_sizes() -> tuple[int, ...]:
    """The sizes that the functions are configured for."""
    return remove_profile_images.sizes().made


def thumbnail_of(key: str, size: int = 150) -> str:
    return key.replace("original/", "thumbnails/" if size == 150 else f"thumbnails-{size}/")


def end_states(client: Client, actors: Sequence[Actor], *, deaths: int) -> list[State]:
    world = World()
    create_profile(world)
    found = list(explore(world, actors, client, deaths=deaths))
    assert found
    return found


def functions(uploads: int) -> list[Actor]:
    return [
        *(notified(number) for number in range(uploads)),
        reader("CreateThumbnail", create_thumbnail.handle_record),
        reader("RemoveProfileImages", remove_profile_images.handle_record),
    ]


def test_a_profile_is_removed(client: Client) -> None:
    people = application(client, (always, upload(A, b"1")), (has_image(A), remove_profile))
    for state in end_states(client, [people, *functions(1)], deaths=1):
        assert_nothing_lies(state, A)


def test_an_image_is_removed(client: Client) -> None:
    people = application(client, (always, upload(A, b"1")), (has_image(A), remove_image))
    for state in end_states(client, [people, *functions(1)], deaths=1):
        assert state.world.profiles[ID]["id"] == {"N": ID}
        assert_nothing_lies(state, A)


def test_a_picture_is_replaced(client: Client) -> None:
    people = application(client, (always, upload(A, b"1")), (has_image(A), upload(B, b"2")))
    for state in end_states(client, [people, *functions(2)], deaths=1):
        assert_shows(state, B, b"2")
        assert_nothing_lies(state, A)


def test_two_uploads_are_told_of_in_any_order(client: Client) -> None:
    people = application(client, (always, upload(A, b"1")), (always, upload(B, b"2")))
    for state in end_states(client, [people, *functions(2)], deaths=0):
        assert_shows(state, B, b"2")
        assert_nothing_lies(state, A)


def test_the_same_key_is_uploaded_again(client: Client) -> None:
    people = application(client, (always, upload(A, b"1")), (always, upload(A, b"2")))
    for state in end_states(client, [people, *functions(2)], deaths=1):
        assert_shows(state, A, b"2")


def test_the_same_key_is_uploaded_again_after_the_image_was_removed(client: Client) -> None:
    people = application(
        client,
        (always, upload(A, b"1")),
        (has_image(A), remove_image),
        (always, upload(A, b"2")),
    )
    for state in end_states(client, [people, *functions(2)], deaths=0):
        assert_shows(state, A, b"2")


def test_the_same_bytes_again_lose_at_most_the_sight_of_the_original(client: Client) -> None:
    """The one gap, of milliseconds: what S3 compares is the bytes, and they are the same."""
    people = application(
        client,
        (always, upload(A, b"1")),
        (has_image(A), remove_image),
        (always, upload(A, b"1")),
    )
    complete = 0
    for state in end_states(client, [people, *functions(2)], deaths=0):
        # Below a delete marker, from where it can be fetched.
        assert b"1" in {version.data for version in state.world.objects[A]}, state.story
        if status_of(state) == "FAILED":
            reason = state.world.profiles[ID]["thumbnailError"]["S"]
            assert reason == "the original has been deleted", state.story
        else:
            assert lies(state, thumbnail_of(A)) == thumbnail(b"1", 150), state.story
            complete += lies(state, A) == b"1"
    assert complete


def test_a_broken_picture_takes_the_place_of_a_good_one(client: Client) -> None:
    people = application(client, (always, upload(A, b"1")), (always, upload(A, CORRUPT)))
    for state in end_states(client, [people, *functions(2)], deaths=1):
        assert (image_of(state.world), status_of(state)) == (A, "FAILED"), state.story
        assert_no_thumbnail_lies(state, A)


def test_a_record_is_put_back_from_the_failure_queue_while_the_picture_changes(
    client: Client,
) -> None:
    people = application(client, (always, upload(A, b"1")), (has_image(A), upload(A, b"2")))
    # The first record is the profile's own, the second one the first upload's.
    again = reader("redrive", create_thumbnail.handle_record, only=1)
    for state in end_states(client, [people, *functions(2), again], deaths=0):
        assert_shows(state, A, b"2")


def test_a_record_is_put_back_from_the_failure_queue_after_the_profile_was_removed(
    client: Client,
) -> None:
    people = application(client, (always, upload(A, b"1")), (has_image(A), remove_profile))
    actors = [
        people,
        notified(0),
        reader("CreateThumbnail", create_thumbnail.handle_record, gives_up=1),
        reader("redrive", create_thumbnail.handle_record, only=1),
        reader("RemoveProfileImages", remove_profile_images.handle_record),
    ]
    for state in end_states(client, actors, deaths=1):
        assert_nothing_lies(state, A)


def test_a_profile_is_made_anew_under_the_same_id(client: Client) -> None:
    people = application(
        client,
        (always, upload(A, b"1")),
        (has_image(A), make_profile_anew),
        (always, upload(B, b"2")),
    )
    for state in end_states(client, [people, *functions(2)], deaths=0):
        assert_shows(state, B, b"2")
        assert_nothing_lies(state, A)


def test_a_permission_is_used_again_once_its_picture_is_gone(client: Client) -> None:
    people = application(
        client,
        (always, permitted(A, b"1", "1.0")),
        (has_image(A), permitted(B, b"2", "2.0")),
        (is_free(A), permitted(A, b"again", "1.0")),
    )
    for state in end_states(client, [people, *functions(3)], deaths=0):
        assert_shows(state, B, b"2")
        assert_nothing_lies(state, A)
        assert b"again" not in {version.data for version in state.world.objects[A]}, state.story


def test_two_permissions_are_used_at_once(client: Client) -> None:
    people = application(
        client, (always, permitted(B, b"2", "2.0")), (always, permitted(A, b"1", "1.0"))
    )
    shown = set()
    for state in end_states(client, [people, *functions(2)], deaths=1):
        key, data = image_of(state.world), lies(state, image_of(state.world))
        assert data is not None
        assert_shows(state, key, data)
        assert_nothing_lies(state, A if key == B else B)
        shown.add(key)
    # The later permission's, unless S3 reports the later upload first.
    assert B in shown


def test_an_upload_after_the_sign_out_leaves_nothing(client: Client) -> None:
    people = application(
        client,
        (always, permitted(A, b"1", "1.0")),
        (has_image(A), close_uploads),
        (always, permitted(B, b"2", "1.5")),
    )
    for state in end_states(client, [people, *functions(2)], deaths=0):
        assert_shows(state, A, b"1")
        assert_nothing_lies(state, B)
        assert state.world.objects[B] == [], state.story


def test_a_profile_with_two_sizes_is_removed(two_sizes: Client) -> None:
    people = application(two_sizes, (always, upload(A, b"1")), (has_image(A), remove_profile))
    for state in end_states(two_sizes, [people, *functions(1)], deaths=1):
        assert_nothing_lies(state, A)


def test_a_picture_of_two_sizes_is_replaced(two_sizes: Client) -> None:
    people = application(two_sizes, (always, upload(A, b"1")), (has_image(A), upload(B, b"2")))
    for state in end_states(two_sizes, [people, *functions(2)], deaths=0):
        assert_shows(state, B, b"2")
        assert_nothing_lies(state, A)


def test_the_same_key_of_two_sizes_is_uploaded_again(two_sizes: Client) -> None:
    people = application(two_sizes, (always, upload(A, b"1")), (always, upload(A, b"2")))
    for state in end_states(two_sizes, [people, *functions(2)], deaths=0):
        assert_shows(state, A, b"2")


def test_a_broken_picture_takes_the_place_of_two_sizes(two_sizes: Client) -> None:
    people = application(two_sizes, (always, upload(A, b"1")), (always, upload(A, CORRUPT)))
    for state in end_states(two_sizes, [people, *functions(2)], deaths=0):
        assert (image_of(state.world), status_of(state)) == (A, "FAILED"), state.story
        assert_no_thumbnail_lies(state, A)


def test_a_size_that_is_no_longer_made_goes_with_its_profile(former_size: Client) -> None:
    """Recorded or not: the run that put it may have crashed before it could record it."""
    people = application(former_size, (always, upload(A, b"1")), (has_image(A), remove_profile))
    for state in end_states(former_size, [people, *with_former_sizes(1)], deaths=1):
        assert_nothing_lies(state, A)


def test_a_size_that_is_no_longer_made_never_shows_a_former_picture(former_size: Client) -> None:
    people = application(former_size, (always, upload(A, b"1")), (has_image(A), upload(A, b"2")))
    for state in end_states(former_size, [people, *with_former_sizes(2)], deaths=1):
        assert_shows(state, A, b"2")
        assert lies(state, thumbnail_of(A, 300)) in {None, thumbnail(b"2", 300)}, state.story


def test_a_broken_picture_takes_the_place_of_a_size_that_is_no_longer_made(
    former_size: Client,
) -> None:
    people = application(former_size, (always, upload(A, b"1")), (has_image(A), upload(A, CORRUPT)))
    for state in end_states(former_size, [people, *with_former_sizes(2)], deaths=1):
        assert (image_of(state.world), status_of(state)) == (A, "FAILED"), state.story
        assert_no_thumbnail_lies(state, A)


def test_a_former_size_that_no_setting_names_would_stay(client: Client) -> None:
    """That the above can fail."""
    people = application(client, (always, upload(A, b"1")), (has_image(A), remove_profile))
    states = end_states(client, [people, *with_former_sizes(1)], deaths=1)
    assert any(lies(state, thumbnail_of(A, 300)) for state in states)


def test_without_the_removal_pictures_would_stay(client: Client) -> None:
    """That the above can fail."""
    people = application(client, (always, upload(A, b"1")), (has_image(A), remove_profile))
    without = functions(1)[:-1]
    assert any(lies(state, A) for state in end_states(client, [people, *without], deaths=0))


# --- at the edge ---


def assert_edge_shows_what_lies_there(state: State) -> None:
    for key, pictures in state.world.edge.items():
        assert pictures <= {lies(state, key)}, (key, state.story)


def edge_states(
    client: Client,
    *steps: tuple[Callable[[World], bool], Callable[[World], None]],
    uploads: int,
    deaths: int = 1,
) -> None:
    people = application(client, *steps)
    states = end_states(client, [people, *functions(uploads)], deaths=deaths)
    assert any(state.world.invalidations for state in states)
    for state in states:
        assert_edge_shows_what_lies_there(state)


def test_edge_forgets_a_removed_profile(seen: Client) -> None:
    edge_states(seen, (always, upload(A, b"1")), (has_image(A), remove_profile), uploads=1)


def test_edge_forgets_a_replaced_picture(seen: Client) -> None:
    # Crashes are those of the test above, and would take four times as long.
    edge_states(
        seen, (always, upload(A, b"1")), (has_image(A), upload(B, b"2")), uploads=2, deaths=0
    )


def test_edge_forgets_the_former_picture_of_a_key(seen: Client) -> None:
    edge_states(seen, (always, upload(A, b"1")), (has_image(A), upload(A, b"2")), uploads=2)


def test_edge_forgets_a_good_picture_under_a_broken_one(seen: Client) -> None:
    edge_states(seen, (always, upload(A, b"1")), (has_image(A), upload(A, CORRUPT)), uploads=2)
