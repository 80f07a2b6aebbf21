"""Sessions: what a cookie is believed, and until when."""

import base64
import dataclasses
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from itsdangerous import URLSafeTimedSerializer

from shared.errors import ServiceUnavailableError
from tests.unit.builders import fail
from tests.unit.web_api.api import FIRST_KEY, SECOND_KEY, THIRD_KEY, SessionKey, WebState
from tests.unit.web_api.calls import calls_of
from web_api.sessions import (
    COOKIE_NAME,
    Session,
    Sessions,
    cookie_that_ends,
    is_current,
    session_cookie_of,
)
from web_api.signed_cookies import COOKIE_LENGTH_LIMIT, LOOK_AGAIN_AFTER
from web_api.signing_key import AGE_LIMIT, SigningKeys
from web_api.web_state_table import WebStateTable

NOW = 1_795_341_600
HOURS_12 = 12 * 3600
IDLE_SECONDS = 3600
RENEWED_AFTER = 300


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def wall_clock() -> Iterator[time_machine.Traveller]:
    """The time that goes into signatures."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(web_state: WebState, session_key: SessionKey, clock: Clock) -> Sessions:
    keys = SigningKeys(session_key.ssm, session_key.name, clock)
    table = WebStateTable(web_state.dynamodb, web_state.name)
    return Sessions(table, keys, seconds=HOURS_12, idle_seconds=IDLE_SECONDS)


def cookie_of(sessions: Sessions, username: str = "anna") -> str:
    return sessions.start(username, "first", now=NOW).value


def found_by(sessions: Sessions, cookie: str, *, now: int = NOW) -> Session:
    session = sessions.find(cookie, now=now)
    assert session is not None
    return session


def test_the_cookie_is_for_this_host_its_scripts_and_other_sites_never_see_it(
    sessions: Sessions,
) -> None:
    name, _, attributes = str(sessions.start("anna", "first", now=NOW)).partition("=")
    assert name == "__Host-session"
    assert set(attributes.split("; ")[1:]) == {
        "Path=/",
        "Max-Age=43200",
        "HttpOnly",
        "Secure",
        "SameSite=Strict",
    }


def test_a_session_ends_however_much_it_is_used(
    sessions: Sessions, wall_clock: time_machine.Traveller
) -> None:
    cookie = cookie_of(sessions)
    for now in range(NOW, NOW + HOURS_12, IDLE_SECONDS // 2):
        wall_clock.move_to(now)
        renewed = sessions.renewed(found_by(sessions, cookie, now=now), now=now)
        cookie = renewed.value if renewed else cookie

    found = found_by(sessions, cookie, now=NOW + HOURS_12 - 1)
    assert (found.username, found.generation) == ("anna", "first")
    assert found.expires_at == NOW + HOURS_12
    assert sessions.find(cookie, now=NOW + HOURS_12) is None


def test_a_session_that_is_not_used_ends(sessions: Sessions) -> None:
    cookie = cookie_of(sessions)
    assert sessions.find(cookie, now=NOW + IDLE_SECONDS - 1) is not None
    assert sessions.find(cookie, now=NOW + IDLE_SECONDS) is None


def test_a_session_that_is_used_is_signed_again_for_the_time_that_is_left(
    sessions: Sessions, wall_clock: time_machine.Traveller
) -> None:
    session = found_by(sessions, cookie_of(sessions))
    assert sessions.renewed(session, now=NOW + RENEWED_AFTER - 1) is None

    now = NOW + RENEWED_AFTER
    wall_clock.move_to(now)
    cookie = sessions.renewed(session, now=now)

    assert cookie is not None
    assert cookie.max_age == HOURS_12 - RENEWED_AFTER
    renewed = found_by(sessions, cookie.value, now=now)
    assert renewed == dataclasses.replace(session, signed_at=now)
    assert sessions.find(cookie.value, now=now + IDLE_SECONDS - 1) is not None
    assert sessions.find(cookie.value, now=now + IDLE_SECONDS) is None


def test_a_session_that_was_ended_stays_dead_in_a_renewed_cookie(
    sessions: Sessions, wall_clock: time_machine.Traveller
) -> None:
    session = found_by(sessions, cookie_of(sessions))
    wall_clock.move_to(NOW + RENEWED_AFTER)
    renewed = sessions.renewed(session, now=NOW + RENEWED_AFTER)
    assert renewed is not None
    sessions.end(session)
    assert sessions.find(renewed.value, now=NOW + RENEWED_AFTER) is None
    again = sessions.renewed(session, now=NOW + RENEWED_AFTER)
    assert again is not None
    assert sessions.find(again.value, now=NOW + RENEWED_AFTER) is None


def test_a_session_that_is_brought_is_ended_without_being_looked_up(
    sessions: Sessions, web_state: WebState
) -> None:
    cookie = cookie_of(sessions)
    reads = calls_of(web_state.dynamodb, "GetItem")
    for value in (cookie, None, "", "made up"):
        sessions.end_brought(value, now=NOW)
    sessions.end_brought(cookie_of(sessions), now=NOW + HOURS_12)
    assert reads == []
    assert len(web_state.items()) == 1
    assert sessions.find(cookie, now=NOW) is None


def test_a_cookie_that_was_idle_for_too_long_still_ends_its_renewed_copy(
    sessions: Sessions, wall_clock: time_machine.Traveller
) -> None:
    """Somebody else may have kept the session alive."""
    cookie = cookie_of(sessions)
    now = NOW + IDLE_SECONDS - 1
    wall_clock.move_to(now)
    renewed = sessions.renewed(found_by(sessions, cookie, now=now), now=now)
    assert renewed is not None
    assert sessions.find(cookie, now=now + 1) is None
    assert sessions.find(renewed.value, now=now + 1) is not None

    found = sessions.find(cookie, now=now + 1, may_be_idle=True)
    assert found is not None
    sessions.end_brought(cookie, now=now + 1)

    assert sessions.find(renewed.value, now=now + 1) is None
    assert sessions.find(cookie, now=now + 1, may_be_idle=True) is None


@pytest.mark.parametrize(
    ("of_cookie", "of_user", "expected"),
    [
        ("first", "first", True),
        ("first", "second", False),
        ("first", "", False),
        ("", "first", False),
        ("", "", False),
        ("first", "\u00e9", False),
    ],
)
def test_a_generation_is_the_users_or_none(of_cookie: str, of_user: str, *, expected: bool) -> None:
    assert is_current(of_cookie, of_user) is expected


def test_generations_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    compare = hmac.compare_digest

    def watched(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", watched)
    assert is_current("first", "second") is False
    assert compared == [(b"first", b"second")]


@pytest.mark.parametrize(
    "username",
    ["\u00e9" * 256, "\U0001f600" * 256, "".join(map(chr, range(0x4E00, 0x4F00)))],
)
def test_a_user_of_another_application_may_have_a_long_name(
    sessions: Sessions, username: str
) -> None:
    cookie = cookie_of(sessions, username)
    assert found_by(sessions, cookie).username == username
    assert len(cookie) < 4000  # a browser keeps 4,096 bytes of name and value


def test_each_session_has_an_id_of_its_own(sessions: Sessions) -> None:
    first, second = (sessions.find(cookie_of(sessions), now=NOW) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.session_id != second.session_id
    assert len(first.session_id) == 22  # 128 bits
    assert first.session_id not in repr(first)
    assert first.generation not in repr(first)


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


CONTENT = {"u": "anna", "s": "made-up", "e": NOW + 60, "g": "first"}


def signed_by(
    key: str,
    content: Mapping[str, object] = CONTENT,
    *,
    salt: str = "web_api.session",
    digest: object = hashlib.sha256,
) -> str:
    serializer = URLSafeTimedSerializer(
        key, salt=salt, signer_kwargs={"key_derivation": "hmac", "digest_method": digest}
    )
    return str(serializer.dumps(content))


def test_only_our_key_for_this_purpose_by_sha_256_signs(sessions: Sessions) -> None:
    session = Session("anna", "made-up", NOW + 60, "first", NOW)
    assert sessions.find(signed_by(FIRST_KEY), now=NOW) == session
    assert sessions.find(signed_by(SECOND_KEY), now=NOW) is None
    assert sessions.find(signed_by(FIRST_KEY, salt="another"), now=NOW) is None
    assert sessions.find(signed_by(FIRST_KEY, salt="web_api.device"), now=NOW) is None
    assert sessions.find(signed_by(FIRST_KEY, digest=hashlib.sha1), now=NOW) is None


def test_a_cookie_from_before_generations_is_no_session(sessions: Sessions) -> None:
    former = {"u": "anna", "p": 42, "s": "made-up", "e": NOW + 60}
    assert sessions.find(signed_by(FIRST_KEY, former), now=NOW) is None


def test_a_cookie_says_no_more_than_it_must(sessions: Sessions) -> None:
    payload = cookie_of(sessions).partition(".")[0]
    content = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert set(content) == {"u", "s", "e", "g"}


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
        sessions.end(Session("anna", "made-up", NOW + 60, "first", NOW))


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
