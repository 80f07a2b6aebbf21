"""Sessions: what a cookie is believed, and until when."""

import base64
import hashlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from itsdangerous import URLSafeTimedSerializer

from shared.errors import ServiceUnavailableError
from tests.unit.builders import fail
from tests.unit.web_api.api import FIRST_KEY, SECOND_KEY, THIRD_KEY, SessionKey, WebState
from web_api.sessions import (
    COOKIE_LENGTH_LIMIT,
    COOKIE_NAME,
    LOOK_AGAIN_AFTER,
    Session,
    Sessions,
    cookie_that_ends,
    session_cookie_of,
)
from web_api.signing_key import AGE_LIMIT, SigningKeys
from web_api.web_state_table import WebStateTable

NOW = 1_795_341_600
HOURS_12 = 12 * 3600


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(web_state: WebState, session_key: SessionKey, clock: Clock) -> Sessions:
    keys = SigningKeys(session_key.ssm, session_key.name, clock)
    return Sessions(WebStateTable(web_state.dynamodb, web_state.name), keys, seconds=HOURS_12)


def cookie_of(sessions: Sessions, username: str = "anna") -> str:
    return sessions.start(username, 42, now=NOW).value


def test_the_cookie_is_for_this_host_its_scripts_and_other_sites_never_see_it(
    sessions: Sessions,
) -> None:
    name, _, attributes = str(sessions.start("anna", 42, now=NOW)).partition("=")
    assert name == "__Host-session"
    assert set(attributes.split("; ")[1:]) == {
        "Path=/",
        "Max-Age=43200",
        "HttpOnly",
        "Secure",
        "SameSite=Strict",
    }


def test_a_session_is_found_until_it_ends(sessions: Sessions) -> None:
    cookie = cookie_of(sessions)
    found = sessions.find(cookie, now=NOW + HOURS_12 - 1)
    assert found is not None
    assert (found.username, found.expires_at) == ("anna", NOW + HOURS_12)
    assert found.profile_id == 42
    assert sessions.find(cookie, now=NOW + HOURS_12) is None


def test_each_session_has_an_id_of_its_own(sessions: Sessions) -> None:
    first, second = (sessions.find(cookie_of(sessions), now=NOW) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.session_id != second.session_id
    assert len(first.session_id) == 22  # 128 bits
    assert first.session_id not in repr(first)


def test_who_signs_out_ends_every_copy_of_the_cookie_but_no_other_session(
    sessions: Sessions, web_state: WebState
) -> None:
    cookie, other = cookie_of(sessions), cookie_of(sessions)
    session = sessions.find(cookie, now=NOW)
    assert session is not None
    sessions.end(session)
    sessions.end(session)

    assert sessions.find(cookie, now=NOW) is None
    assert sessions.find(other, now=NOW) is not None
    ended = {f"ended-session#{session.session_id}": {"expiresAt": str(NOW + HOURS_12)}}
    assert web_state.items() == ended


def changed(cookie: str, index: int) -> str:
    replacement = "A" if cookie[index] != "A" else "B"
    return cookie[:index] + replacement + cookie[index + 1 :]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_cookie_that_was_changed_anywhere_is_worth_nothing(
    data: st.DataObject, sessions: Sessions
) -> None:
    cookie = cookie_of(sessions)
    # The last character of each part of Base64 has bits that say nothing.
    index = data.draw(st.sampled_from([i for i in range(len(cookie) - 1) if cookie[i + 1] != "."]))
    if cookie[index] != ".":
        assert sessions.find(changed(cookie, index), now=NOW) is None


@pytest.mark.parametrize(
    "cookie",
    [
        None,
        "",
        "x",
        "a.b.c",
        ".",
        "..",
        "\u00e9",
        "\ud800",
        "x" * (COOKIE_LENGTH_LIMIT + 1),
        "\x00",
    ],
)
def test_what_is_no_cookie_of_ours_is_no_session(sessions: Sessions, cookie: str | None) -> None:
    assert sessions.find(cookie, now=NOW) is None


def signed_by(key: str, *, salt: str = "web_api.session", digest: object = hashlib.sha256) -> str:
    content = {"u": "anna", "s": "made-up", "e": NOW + 60}
    serializer = URLSafeTimedSerializer(
        key, salt=salt, signer_kwargs={"key_derivation": "hmac", "digest_method": digest}
    )
    return str(serializer.dumps(content))


def test_only_our_key_for_this_purpose_by_sha_256_signs(sessions: Sessions) -> None:
    assert sessions.find(signed_by(FIRST_KEY), now=NOW) == Session(
        "anna", "made-up", NOW + 60, None
    )
    assert sessions.find(signed_by(SECOND_KEY), now=NOW) is None
    assert sessions.find(signed_by(FIRST_KEY, salt="another"), now=NOW) is None
    assert sessions.find(signed_by(FIRST_KEY, digest=hashlib.sha1), now=NOW) is None


def test_a_cookie_says_no_more_than_it_must(sessions: Sessions) -> None:
    payload = cookie_of(sessions).partition(".")[0]
    content = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert set(content) == {"u", "p", "s", "e"}


def test_a_session_outlives_one_rotation_of_the_key_and_not_two(
    sessions: Sessions, session_key: SessionKey, clock: Clock
) -> None:
    cookie = cookie_of(sessions)

    session_key.rotate(SECOND_KEY)
    clock.now += AGE_LIMIT
    assert sessions.find(cookie, now=NOW) is not None
    assert sessions.find(signed_by(SECOND_KEY), now=NOW) is not None
    newer = cookie_of(sessions)

    session_key.rotate(THIRD_KEY)
    clock.now += AGE_LIMIT
    assert sessions.find(cookie, now=NOW) is None
    assert sessions.find(newer, now=NOW) is not None


def test_the_new_key_signs_once_it_is_read(
    sessions: Sessions, session_key: SessionKey, clock: Clock
) -> None:
    cookie_of(sessions)
    session_key.rotate(SECOND_KEY)
    clock.now += AGE_LIMIT
    cookie = cookie_of(sessions)
    alone = URLSafeTimedSerializer(
        SECOND_KEY,
        salt="web_api.session",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )
    assert alone.loads(cookie)["u"] == "anna"


def test_a_cookie_by_a_key_that_others_have_read_already_is_believed_soon(
    sessions: Sessions, session_key: SessionKey, clock: Clock
) -> None:
    cookie_of(sessions)
    session_key.rotate(SECOND_KEY)
    cookie = signed_by(SECOND_KEY)

    clock.now += LOOK_AGAIN_AFTER - 1
    assert sessions.find(cookie, now=NOW) is None
    clock.now += 1
    assert sessions.find(cookie, now=NOW) is not None


def test_an_unreachable_table_is_no_end_of_the_session(sessions: Sessions) -> None:
    cookie = cookie_of(sessions)
    fail(sessions.table.client, "GetItem")
    with pytest.raises(ServiceUnavailableError, match="web-state"):
        sessions.find(cookie, now=NOW)


def test_a_session_that_could_not_be_ended_is_told(sessions: Sessions) -> None:
    fail(sessions.table.client, "PutItem")
    with pytest.raises(ServiceUnavailableError, match="web-state"):
        sessions.end(Session("anna", "made-up", NOW + 60, 42))


def test_the_cookie_is_found_among_others_in_either_form_of_an_event() -> None:
    listed = {"cookies": ["theme=dark", f"{COOKIE_NAME}=a=b", "x"], "headers": {}}
    assert session_cookie_of(listed) == "a=b"
    header = {"headers": {"cookie": f"theme=dark; {COOKIE_NAME}=a=b; x"}}
    assert session_cookie_of(header) == "a=b"
    assert session_cookie_of({"headers": {}}) is None
    assert session_cookie_of({"headers": {"cookie": f"X{COOKIE_NAME}=a"}}) is None


def test_signing_out_removes_the_cookie_where_it_was_set() -> None:
    assert str(cookie_that_ends()) == (
        "__Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict"
    )
