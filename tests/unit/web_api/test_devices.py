"""Devices: whose a cookie is, and until when."""

import base64
import json
from collections.abc import Iterator

import pytest
import time_machine

from tests.unit.web_api.api import SECOND_KEY, THIRD_KEY, SessionKey
from web_api.devices import (
    COOKIE_NAME,
    DEVICE_SECONDS,
    Devices,
    cookie_that_forgets,
    device_cookie_of,
)
from web_api.signing_key import SigningKeys

NOW = 1_795_341_600


@pytest.fixture(autouse=True)
def wall_clock() -> Iterator[time_machine.Traveller]:
    """The time that goes into signatures."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def devices(session_key: SessionKey) -> Devices:
    return Devices(SigningKeys(session_key.ssm, session_key.name))


def cookie_of(devices: Devices, username: str = "anna", generation: str = "first") -> str:
    return devices.remember(username, generation).value


def test_the_cookie_is_for_this_host_and_no_script_or_other_site_gets_it(devices: Devices) -> None:
    name, _, attributes = str(devices.remember("anna", "first")).partition("=")
    assert name == "__Host-device"
    assert set(attributes.split("; ")[1:]) == {
        "Path=/",
        "Max-Age=7776000",
        "HttpOnly",
        "Secure",
        "SameSite=Strict",
    }
    assert str(cookie_that_forgets()) == (
        "__Host-device=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict"
    )


def test_a_cookie_says_no_more_than_it_must(devices: Devices) -> None:
    payload = cookie_of(devices).partition(".")[0]
    content = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert set(content) == {"u", "d", "g"}


def test_each_device_has_an_id_of_its_own(devices: Devices) -> None:
    ids = {devices.find(cookie_of(devices), "anna", "first", now=NOW) for _ in range(2)}
    assert len(ids) == 2
    assert all(device is not None and len(device) == 22 for device in ids)  # 128 bits


def test_a_device_is_known_for_ninety_days(devices: Devices) -> None:
    cookie = cookie_of(devices)
    assert devices.find(cookie, "anna", "first", now=NOW + DEVICE_SECONDS - 1) is not None
    assert devices.find(cookie, "anna", "first", now=NOW + DEVICE_SECONDS) is None


@pytest.mark.parametrize(
    ("username", "generation"),
    [("bert", "first"), ("anna", "second"), ("anna", ""), ("", "first"), ("", "")],
)
def test_a_device_is_one_users_and_goes_with_the_sessions(
    devices: Devices, username: str, generation: str
) -> None:
    assert devices.find(cookie_of(devices), username, generation, now=NOW) is None


def test_no_generation_is_no_device(devices: Devices) -> None:
    assert devices.find(cookie_of(devices, generation=""), "anna", "", now=NOW) is None


@pytest.mark.parametrize("cookie", [None, "", "x", "a.b.c", "\u00e9", "\ud800", "x" * 5000])
def test_what_is_no_cookie_of_ours_is_no_device(devices: Devices, cookie: str | None) -> None:
    assert devices.find(cookie, "anna", "first", now=NOW) is None


def test_a_device_outlives_one_rotation_of_the_key_and_not_two(session_key: SessionKey) -> None:
    cookie = cookie_of(Devices(SigningKeys(session_key.ssm, session_key.name)))
    for key, is_known in ((SECOND_KEY, True), (THIRD_KEY, False)):
        session_key.rotate(key)
        devices = Devices(SigningKeys(session_key.ssm, session_key.name))
        assert (devices.find(cookie, "anna", "first", now=NOW) is not None) is is_known


def test_the_cookie_is_found_among_others() -> None:
    listed = {"cookies": ["__Host-session=x", f"{COOKIE_NAME}=a=b"], "headers": {}}
    assert device_cookie_of(listed) == "a=b"
    assert device_cookie_of({"headers": {}}) is None
