"""The function's variables."""

import pytest

from shared.environment import ConfigurationError
from tests.unit.web_api.api import ORIGIN, OTHER_ORIGIN
from web_api.config import config


def test_hours_become_seconds_and_origins_a_list(api: None) -> None:
    del api
    assert config().session_seconds == 12 * 3600
    assert config().session_idle_seconds == 3600
    assert config().activation_link_seconds == 24 * 3600
    assert config().public_origins == (ORIGIN, OTHER_ORIGIN)


def test_users_are_kept_for_ever_unless_days_are_set(
    api: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    del api
    assert config().unactivated_user_seconds is None
    config.cache_clear()
    monkeypatch.setenv("UNACTIVATED_USER_EXPIRATION_DAYS", "7")
    assert config().unactivated_user_seconds == 7 * 24 * 3600
    config.cache_clear()
    monkeypatch.setenv("UNACTIVATED_USER_EXPIRATION_DAYS", "never")
    with pytest.raises(ConfigurationError, match=r"^UNACTIVATED_USER_EXPIRATION_DAYS: "):
        config()


def test_reserved_usernames_are_separated_by_blanks(
    api: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    del api
    assert config().reserved_usernames == frozenset()
    config.cache_clear()
    monkeypatch.setenv("RESERVED_USERNAMES", "acme acme-shop")
    assert config().reserved_usernames == {"acme", "acme-shop"}


@pytest.mark.parametrize(
    "name",
    [
        "USER_TABLE_NAME",
        "USER_PROFILE_TABLE_NAME",
        "WEB_STATE_TABLE_NAME",
        "PROFILE_IMAGES_BUCKET_NAME",
        "STATE_MACHINE_ARN",
        "PUBLIC_ORIGINS",
        "UPLOAD_ORIGIN",
        "THUMBNAIL_SIZES",
        "SESSION_KEY_PARAMETER",
        "SESSION_HOURS",
        "SESSION_IDLE_HOURS",
        "ACTIVATION_LINK_HOURS",
        "MAX_UPLOAD_BYTES",
        "RESEND_COOL_DOWN_SECONDS",
        "RESEND_LIMIT",
        "SIGN_UPS_PER_HOUR",
        "PRODUCT_NAME",
        "PAGE_LANGUAGE",
    ],
)
def test_a_missing_variable_is_named(api: None, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    del api
    monkeypatch.delenv(name)
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        config()


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example",
        "https://shop.example:8443",
        "http://127.0.0.1:4566",
        "http://localhost",
        "http://[::1]:4566",
        "http://a1b2c3d4e5.execute-api.localhost:4566",
    ],
)
def test_an_origin_is_https_or_on_this_machine(
    api: None, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del api
    monkeypatch.setenv("PUBLIC_ORIGINS", origin)
    monkeypatch.setenv("UPLOAD_ORIGIN", origin)
    monkeypatch.setenv("THUMBNAIL_ORIGIN", origin)
    assert config().public_origins == (origin,)
    assert config().thumbnail_origin == origin
    assert config().upload_origin == origin


@pytest.mark.parametrize(
    "no_origin",
    [
        "shop.example",
        "https://shop.example/",
        "https://shop.example/path",
        "https://Shop.example",
        "https://",
        "https://user@shop.example",
        "https://*",
        "https://shop.example;script-src",
        "ftp://shop.example",
        "http://shop.example",
        "http://localhost.shop.example",
    ],
)
@pytest.mark.parametrize("name", ["PUBLIC_ORIGINS", "UPLOAD_ORIGIN", "THUMBNAIL_ORIGIN"])
def test_what_is_no_such_origin_is_refused(
    api: None, name: str, no_origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del api
    monkeypatch.setenv(name, no_origin)
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        config()


def test_without_public_addresses_there_is_no_origin_of_theirs(api: None) -> None:
    del api
    assert config().thumbnail_origin is None


def test_a_language_without_texts_is_refused(api: None, monkeypatch: pytest.MonkeyPatch) -> None:
    del api
    monkeypatch.setenv("PAGE_LANGUAGE", "fr")
    with pytest.raises(ConfigurationError, match=r"^PAGE_LANGUAGE: .*de, en"):
        config()
