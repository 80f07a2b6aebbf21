"""The profile of who is signed in, by whole events."""

import time
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from shared import aws
from tests.unit.builders import Profiles, Users, fail
from tests.unit.web_api.api import (
    PASSWORD,
    SECOND_KEY,
    UPLOAD_ORIGIN,
    Reply,
    SessionKey,
    get,
    post,
)
from web_api.config import config
from web_api.passwords import hash_of
from web_api.sessions import Session, Sessions

pytestmark = pytest.mark.usefixtures("api")

PROFILE_ID = 42
PICTURE = {"contentType": "image/png", "bytes": 1234}


def activate(users: Users, username: str, profile_id: int) -> None:
    password_hash = hash_of(PASSWORD)
    users.put(
        username, activationStatus="DONE", passwordHash=password_hash, sessionGeneration="first"
    )
    set_profile(users, profile_id, username)


def set_profile(users: Users, profile_id: int, username: str = "anna") -> None:
    users.dynamodb.update_item(
        TableName=users.name,
        Key={"username": {"S": username}},
        UpdateExpression="SET userProfileId = :id",
        ExpressionAttributeValues={":id": {"N": str(profile_id)}},
    )


@pytest.fixture(autouse=True)
def anna(users: Users, profiles: Profiles) -> None:
    activate(users, "anna", PROFILE_ID)
    profiles.put(PROFILE_ID, username="anna")


@pytest.fixture
def cookie(anna: None) -> str:
    del anna
    return post("/sign-in", {"username": "anna", "password": PASSWORD}).session_cookie


def test_a_new_profile_has_no_image(cookie: str) -> None:
    reply = get("/profile", cookies=[cookie])
    assert reply.status == 200
    assert reply.json == {"username": "anna", "name": "Anna Berg", "image": {"state": "none"}}


def test_the_thumbnail_is_linked_once_it_is_there(cookie: str, profiles: Profiles) -> None:
    key = f"original/users/{PROFILE_ID}/a.png"
    profiles.put(PROFILE_ID, key)
    assert get("/profile", cookies=[cookie]).json["image"] == {"state": "processing", "key": key}

    thumbnail = f"thumbnails/users/{PROFILE_ID}/a.png"
    profiles.put(PROFILE_ID, key, thumbnailStatus="DONE", thumbnail=thumbnail)
    image = get("/profile", cookies=[cookie]).json["image"]
    assert (image["state"], image["key"]) == ("ready", key)
    url = urlsplit(image["thumbnailUrl"])
    assert f"{url.scheme}://{url.netloc}" == UPLOAD_ORIGIN
    assert url.path == f"/{thumbnail}"
    assert "X-Amz-Expires=300" in url.query
    assert image["thumbnails"] == [{"size": 150, "url": image["thumbnailUrl"]}]


def test_with_delivery_the_thumbnail_has_a_public_address(
    cookie: str, profiles: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THUMBNAIL_ORIGIN", "https://pictures.example")
    config.cache_clear()  # read for the cookie
    key = "original/users/7/a.jpg"
    profiles.put(
        PROFILE_ID,
        key,
        thumbnailStatus="DONE",
        thumbnail="thumbnails/users/7/a.jpg",
        thumbnailVersion="1f",
    )
    reply = get("/profile", cookies=[cookie])
    image = reply.json["image"]
    assert image["thumbnailUrl"] == "https://pictures.example/thumbnails/users/7/a.jpg?v=1f"
    policy = reply.headers["content-security-policy"]
    assert "img-src 'self' blob: https://pictures.example;" in policy


def test_a_picture_that_was_refused_says_why(cookie: str, profiles: Profiles) -> None:
    profiles.put(
        PROFILE_ID, "original/a.png", thumbnailStatus="FAILED", thumbnailError="damaged picture"
    )
    image = get("/profile", cookies=[cookie]).json["image"]
    assert (image["state"], image["reason"]) == ("failed", "damaged picture")


def test_an_upload_is_permitted_to_ones_own_profile_alone(cookie: str) -> None:
    reply = post("/profile/image", {**PICTURE, "bytes": 10_485_760}, cookies=[cookie])
    assert reply.status == 200
    upload = reply.json
    assert set(upload) == {"url", "method", "headers", "key", "expiresInSeconds"}
    assert (upload["method"], upload["expiresInSeconds"]) == ("PUT", 60)
    assert upload["key"].startswith(f"original/users/{PROFILE_ID}/")
    assert upload["url"].startswith(f"{UPLOAD_ORIGIN}/{upload['key']}?")
    assert upload["headers"]["x-amz-meta-user-profile-id"] == str(PROFILE_ID)
    assert upload["headers"]["Content-Type"] == "image/png"
    assert upload["headers"]["If-None-Match"] == "*"
    (signed,) = parse_qs(urlsplit(upload["url"]).query)["X-Amz-SignedHeaders"]
    assert {"content-length", *map(str.lower, upload["headers"])} < set(signed.split(";"))


def test_a_heic_may_be_uploaded_where_heic_is_on(
    cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    heic = {**PICTURE, "contentType": "image/heic"}
    refused = post("/profile/image", heic, cookies=[cookie])
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "contentType")
    monkeypatch.setenv("TAKES_HEIC", "true")
    config.cache_clear()
    upload = post("/profile/image", heic, cookies=[cookie]).json
    assert upload["key"].endswith(".heic")
    assert upload["headers"]["Content-Type"] == "image/heic"


def test_a_profile_is_permitted_fifty_uploads_a_day(cookie: str, users: Users) -> None:
    with time_machine.travel(1_795_341_600, tick=False) as clock:
        for _ in range(50):
            assert post("/profile/image", PICTURE, cookies=[cookie]).status == 200
        reply = post("/profile/image", PICTURE, cookies=[cookie])
        assert (reply.status, reply.code) == (429, "too-many-attempts")
        assert int(reply.headers["retry-after"]) > 23 * 3600
        # A picture that is refused anyway doesn't count, nor do those of somebody else.
        assert post("/profile/image", {}, cookies=[cookie]).status == 422
        activate(users, "bert", PROFILE_ID + 1)
        theirs = post("/sign-in", {"username": "bert", "password": PASSWORD}).session_cookie
        assert post("/profile/image", PICTURE, cookies=[theirs]).status == 200
        clock.shift(26 * 3600)
        mine = post("/sign-in", {"username": "anna", "password": PASSWORD}).session_cookie
        assert post("/profile/image", PICTURE, cookies=[mine]).status == 200


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({**PICTURE, "contentType": "image/heic"}, "contentType"),
        ({"bytes": 1}, "contentType"),
        ({"contentType": "image/png"}, "bytes"),
        ({**PICTURE, "bytes": 0}, "bytes"),
        ({**PICTURE, "bytes": 10_485_761}, "bytes"),
        ({**PICTURE, "bytes": -1}, "bytes"),
        ({**PICTURE, "userProfileId": 43}, "body"),
    ],
)
def test_another_picture_is_refused_before_its_upload(
    cookie: str, wrong: dict[str, object], field: str
) -> None:
    reply = post("/profile/image", wrong, cookies=[cookie])
    assert (reply.status, reply.code, reply.fields) == (422, "validation", [field])


def test_an_account_that_another_application_activated_has_no_profile(users: Users) -> None:
    users.dynamodb.update_item(
        TableName=users.name,
        Key={"username": {"S": "anna"}},
        UpdateExpression="REMOVE userProfileId",
    )
    cookie = post("/sign-in", {"username": "anna", "password": PASSWORD}).session_cookie
    assert get("/profile", cookies=[cookie]).json["image"] == {"state": "none"}
    reply = post("/profile/image", PICTURE, cookies=[cookie])
    assert (reply.status, reply.code) == (409, "no-profile")


@pytest.mark.parametrize("cookies", [[], ["__Host-session="], ["session=x"], ["__Host-session=x"]])
def test_a_stranger_sees_nothing_and_uploads_nothing(cookies: list[str]) -> None:
    for reply in (
        get("/profile", cookies=cookies),
        post("/profile/image", PICTURE, cookies=cookies),
    ):
        assert (reply.status, reply.code) == (401, "not-signed-in")


def test_a_session_ends_with_its_user(cookie: str, users: Users) -> None:
    users.delete()
    assert get("/profile", cookies=[cookie]).code == "not-signed-in"


@pytest.mark.parametrize("generation", [None, "", "of the next owner"])
@pytest.mark.parametrize("profile_id", [None, PROFILE_ID, PROFILE_ID + 1])
def test_a_deleted_persons_cookie_never_shows_the_next_owner_of_the_name(
    cookie: str, users: Users, generation: str | None, profile_id: int | None
) -> None:
    users.delete()
    users.put(activationStatus="DONE", name="Another Anna", sessionGeneration=generation)
    if profile_id is not None:
        set_profile(users, profile_id)
    assert get("/profile", cookies=[cookie]).code == "not-signed-in"
    assert post("/profile/image", PICTURE, cookies=[cookie]).code == "not-signed-in"


def test_a_session_is_the_users_without_a_profile(cookie: str, users: Users) -> None:
    users.dynamodb.update_item(
        TableName=users.name,
        Key={"username": {"S": "anna"}},
        UpdateExpression="REMOVE userProfileId",
    )
    assert get("/profile", cookies=[cookie]).json["image"] == {"state": "none"}


def test_a_session_ends_with_a_new_generation(cookie: str, users: Users) -> None:
    users.set(sessionGeneration="second")
    assert get("/profile", cookies=[cookie]).code == "not-signed-in"
    assert post("/profile/image", PICTURE, cookies=[cookie]).code == "not-signed-in"


def test_a_disabled_and_enabled_users_old_session_stays_dead(cookie: str, users: Users) -> None:
    copy = cookie
    users.set(disabledAt="1795341600")
    assert get("/profile", cookies=[cookie]).code == "not-signed-in"
    # By hand, without a new generation.
    users.dynamodb.update_item(
        TableName=users.name,
        Key={"username": {"S": "anna"}},
        UpdateExpression="REMOVE disabledAt",
    )
    assert users.get()["sessionGeneration"] == "first"
    assert get("/profile", cookies=[copy]).code == "not-signed-in"


def test_a_disabled_user_uploads_nothing_and_stays_disabled(cookie: str, users: Users) -> None:
    users.set(disabledAt="1795341600")
    assert post("/profile/image", PICTURE, cookies=[cookie]).code == "not-signed-in"
    assert post("/sign-out-everywhere", cookies=[cookie]).code == "not-signed-in"


@pytest.mark.parametrize("status", ["NONE", "MAIL_SENT"])
def test_a_session_ends_with_the_users_activation(cookie: str, users: Users, status: str) -> None:
    users.set(activationStatus=status)
    assert post("/profile/image", PICTURE, cookies=[cookie]).code == "not-signed-in"


def test_a_session_ends_after_an_hour_without_a_request() -> None:
    with time_machine.travel(1_795_341_600, tick=False) as clock:
        cookie = post("/sign-in", {"username": "anna", "password": PASSWORD}).session_cookie
        clock.shift(3600 - 1)
        assert get("/profile", cookies=[cookie]).status == 200
        clock.shift(1)
        assert get("/profile", cookies=[cookie]).code == "not-signed-in"


@pytest.mark.parametrize("path", ["/profile", "/profile/image"])
def test_a_session_in_use_lasts_twelve_hours_and_no_longer(path: str) -> None:
    def use(cookie: str) -> Reply:
        if path == "/profile":
            return get(path, cookies=[cookie])
        return post(path, PICTURE, cookies=[cookie])

    with time_machine.travel(1_795_341_600, tick=False) as clock:
        cookie = post("/sign-in", {"username": "anna", "password": PASSWORD}).session_cookie
        for _ in range(12):
            clock.shift(3600 - 1)
            reply = use(cookie)
            assert reply.status == 200
            cookie = reply.session_cookie
        assert reply.cookies[0].endswith("; Path=/; Max-Age=12; HttpOnly; Secure; SameSite=Strict")
        clock.shift(12)
        assert use(cookie).code == "not-signed-in"


def test_not_every_answer_signs_the_cookie_again() -> None:
    with time_machine.travel(1_795_341_600, tick=False) as clock:
        cookie = post("/sign-in", {"username": "anna", "password": PASSWORD}).session_cookie
        clock.shift(299)
        assert get("/profile", cookies=[cookie]).cookies == []
        clock.shift(1)
        renewed = get("/profile", cookies=[cookie]).session_cookie
        assert renewed != cookie
        assert get("/profile", cookies=[renewed]).cookies == []


def test_a_renewed_cookie_ends_with_the_session() -> None:
    with time_machine.travel(1_795_341_600, tick=False) as clock:
        cookie = post("/sign-in", {"username": "anna", "password": PASSWORD}).session_cookie
        clock.shift(600)
        renewed = get("/profile", cookies=[cookie]).session_cookie
        assert post("/sign-out", cookies=[cookie]).status == 204
        for copy in (cookie, renewed):
            reply = get("/profile", cookies=[copy])
            assert (reply.code, reply.cookies) == ("not-signed-in", [])


def test_a_cookie_of_another_key_is_a_strangers(cookie: str, session_key: SessionKey) -> None:
    session_key.rotate(SECOND_KEY)
    assert get("/profile", cookies=[cookie]).status == 200
    value = cookie.partition("=")[2]
    forged = value[: value.rindex(".")] + "." + "A" * 43
    assert get("/profile", cookies=[f"__Host-session={forged}"]).status == 401


def test_an_ended_session_is_looked_up_with_each_request(
    cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    has_ended = Sessions._has_ended

    def watched(self: Sessions, session: object) -> bool:
        asked.append("asked")
        return has_ended(self, session)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr(Sessions, "_has_ended", watched)
    get("/profile", cookies=[cookie])
    post("/profile/image", PICTURE, cookies=[cookie])
    assert len(asked) == 2


@pytest.mark.parametrize("path", ["/sign-out", "/sign-out-everywhere"])
def test_signing_out_closes_the_uploads(cookie: str, profiles: Profiles, path: str) -> None:
    with time_machine.travel(1_795_341_600.25, tick=False):
        cookie = post("/sign-in", {"username": "anna", "password": PASSWORD}).session_cookie
        assert post(path, cookies=[cookie]).status == 204
    assert profiles.get(PROFILE_ID)["uploadsClosedAt"] == "1795341600.250000"


def test_a_former_owners_sign_out_closes_nothing(
    cookie: str, users: Users, profiles: Profiles
) -> None:
    users.set(sessionGeneration="second")
    assert post("/sign-out", cookies=[cookie]).status == 204
    assert "uploadsClosedAt" not in profiles.get(PROFILE_ID)


def test_a_sign_out_that_can_not_close_the_uploads_may_be_tried_again(
    cookie: str, profiles: Profiles
) -> None:
    fail(aws.dynamodb(), "UpdateItem", "ThrottlingException", status=400, times=1)
    assert post("/sign-out", cookies=[cookie]).status == 503
    assert get("/profile", cookies=[cookie]).status == 200
    assert post("/sign-out", cookies=[cookie]).status == 204
    assert "uploadsClosedAt" in profiles.get(PROFILE_ID)


def test_a_permission_counts_from_before_its_session_was_looked_up(
    cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a sign-out at the same moment closes it."""
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        began = time.time()
        has_ended = Sessions._has_ended

        def slow(self: Sessions, session: Session) -> bool:
            clock.shift(1)
            return has_ended(self, session)

        monkeypatch.setattr(Sessions, "_has_ended", slow)
        permission = post("/profile/image", PICTURE, cookies=[cookie]).json
    assert permission["headers"]["x-amz-meta-upload-permitted-at"] == f"{began:.6f}"


def test_who_signs_out_with_an_idle_cookie_ends_the_copy_that_is_in_use() -> None:
    with time_machine.travel(1_795_341_600, tick=False) as clock:
        cookie = post("/sign-in", {"username": "anna", "password": PASSWORD}).session_cookie
        clock.shift(3599)
        copy = get("/profile", cookies=[cookie]).session_cookie
        clock.shift(1)
        assert get("/profile", cookies=[copy]).status == 200
        assert post("/sign-out", cookies=[cookie]).status == 204
        assert get("/profile", cookies=[copy]).code == "not-signed-in"
