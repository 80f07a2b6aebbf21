"""The profile of who is signed in, by whole events."""

import base64
import json
from urllib.parse import urlsplit

import pytest
import time_machine

from tests.unit.builders import Profiles, Users
from tests.unit.web_api.api import (
    PASSWORD,
    SECOND_KEY,
    UPLOAD_ORIGIN,
    SessionKey,
    get,
    post,
)
from web_api.passwords import hash_of
from web_api.sessions import Sessions

pytestmark = pytest.mark.usefixtures("api")

PROFILE_ID = 42
PICTURE = {"contentType": "image/png"}


@pytest.fixture(autouse=True)
def anna(users: Users, profiles: Profiles) -> None:
    users.put(activationStatus="DONE", passwordHash=hash_of(PASSWORD))
    users.dynamodb.update_item(
        TableName=users.name,
        Key={"username": {"S": "anna"}},
        UpdateExpression="SET userProfileId = :id",
        ExpressionAttributeValues={":id": {"N": str(PROFILE_ID)}},
    )
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


def test_a_picture_that_was_refused_says_why(cookie: str, profiles: Profiles) -> None:
    profiles.put(
        PROFILE_ID, "original/a.png", thumbnailStatus="FAILED", thumbnailError="damaged picture"
    )
    image = get("/profile", cookies=[cookie]).json["image"]
    assert (image["state"], image["reason"]) == ("failed", "damaged picture")


def test_an_upload_is_permitted_to_ones_own_profile_alone(cookie: str) -> None:
    reply = post("/profile/image", {**PICTURE, "bytes": 10_485_760}, cookies=[cookie])
    assert reply.status == 200
    form = reply.json
    assert (form["url"].rstrip("/"), form["maxBytes"]) == (UPLOAD_ORIGIN, 10_485_760)
    assert form["expiresInSeconds"] == 300
    assert form["key"].startswith(f"original/users/{PROFILE_ID}/")
    assert form["fields"]["x-amz-meta-user-profile-id"] == str(PROFILE_ID)
    assert form["fields"]["Content-Type"] == "image/png"
    policy = json.loads(base64.b64decode(form["fields"]["policy"]))
    assert ["content-length-range", 1, 10_485_760] in policy["conditions"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"contentType": "image/gif"}, "contentType"),
        ({}, "contentType"),
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


def test_a_session_is_not_that_of_who_has_the_username_later(cookie: str, users: Users) -> None:
    users.delete()
    users.put(activationStatus="DONE", name="Another Anna")
    assert get("/profile", cookies=[cookie]).code == "not-signed-in"
    users.dynamodb.update_item(
        TableName=users.name,
        Key={"username": {"S": "anna"}},
        UpdateExpression="SET userProfileId = :id",
        ExpressionAttributeValues={":id": {"N": str(PROFILE_ID + 1)}},
    )
    assert get("/profile", cookies=[cookie]).code == "not-signed-in"


@pytest.mark.parametrize("status", ["NONE", "MAIL_SENT"])
def test_a_session_ends_with_the_users_activation(cookie: str, users: Users, status: str) -> None:
    users.set(activationStatus=status)
    assert post("/profile/image", PICTURE, cookies=[cookie]).code == "not-signed-in"


def test_a_session_ends_after_twelve_hours() -> None:
    with time_machine.travel(1_795_341_600, tick=False) as clock:
        cookie = post("/sign-in", {"username": "anna", "password": PASSWORD}).session_cookie
        clock.shift(12 * 3600 - 1)
        assert get("/profile", cookies=[cookie]).status == 200
        clock.shift(1)
        assert get("/profile", cookies=[cookie]).status == 401


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
