"""The thumbnail function's configuration and its choice of an engine."""

import boto3
import pytest

from create_thumbnail.config import Config, config, thumbnail_engine, tinypng_base_url
from create_thumbnail.thumbnail import PillowEngine
from create_thumbnail.tinypng import TinyPngEngine
from shared.environment import ConfigurationError
from shared.thumbnail_sizes import ThumbnailSizes

VARIABLES = [
    "USER_PROFILE_TABLE_NAME",
    "PROFILE_IMAGES_BUCKET_NAME",
    "THUMBNAIL_ENGINE",
    "THUMBNAIL_FIT",
    "MAX_IMAGE_BYTES",
    "MAX_DECODE_BYTES",
    "THUMBNAIL_SIZES",
]


@pytest.mark.usefixtures("settings")
def test_all_is_read() -> None:
    assert config() == Config(
        user_profile_table_name="onboarding-user-profile",
        bucket_name="onboarding-profile-images-123456789012",
        engine="pillow",
        fit="fit",
        max_image_bytes=26_214_400,
        max_decode_bytes=536_870_912,
        sizes=ThumbnailSizes((150, 300)),
    )


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("name", VARIABLES)
def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        config()


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("THUMBNAIL_ENGINE", "Pillow"),
        ("THUMBNAIL_FIT", "contain"),
        ("MAX_IMAGE_BYTES", "25MB"),
        ("MAX_DECODE_BYTES", "0"),
        ("THUMBNAIL_SIZES", "150;300"),
    ],
)
def test_a_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=f"^{name}: '{value}'"):
        config()


@pytest.mark.usefixtures("settings")
def test_pillow_is_the_engine_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THUMBNAIL_FIT", "cover")
    assert thumbnail_engine() == PillowEngine("cover", 536_870_912)


@pytest.mark.usefixtures("settings")
def test_heic_is_taken_where_its_layer_is_attached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THUMBNAIL_HEIC", "true")
    assert thumbnail_engine() == PillowEngine("fit", 536_870_912, takes_heic=True)


@pytest.mark.usefixtures("settings", "aws", "no_known_parameters")
def test_tinypng_takes_its_key_from_the_parameter_store(monkeypatch: pytest.MonkeyPatch) -> None:
    boto3.client("ssm").put_parameter(
        Name="/onboarding/tinypng", Value="the-secret-key", Type="SecureString"
    )
    monkeypatch.setenv("THUMBNAIL_ENGINE", "tinypng")
    monkeypatch.setenv("TINYPNG_BASE_URL", "https://api.tinify.com/")
    monkeypatch.setenv("TINYPNG_API_KEY_PARAMETER", "/onboarding/tinypng")
    engine = thumbnail_engine()
    assert isinstance(engine, TinyPngEngine)
    assert (engine.base_url, engine.fit) == ("https://api.tinify.com", "fit")
    assert engine.api_key() == "the-secret-key"
    assert "the-secret-key" not in repr(engine)


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("missing", ["TINYPNG_BASE_URL", "TINYPNG_API_KEY_PARAMETER"])
def test_a_missing_variable_of_tinypng_is_named(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setenv("THUMBNAIL_ENGINE", "tinypng")
    monkeypatch.setenv("TINYPNG_BASE_URL", "https://api.tinify.com")
    monkeypatch.setenv("TINYPNG_API_KEY_PARAMETER", "/onboarding/tinypng")
    monkeypatch.delenv(missing)
    with pytest.raises(ConfigurationError, match=f"^{missing}: "):
        thumbnail_engine()


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://api.tinify.com", "https://api.tinify.com"),
        ("https://api.tinify.com/", "https://api.tinify.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_address_to_which_the_key_may_go(
    monkeypatch: pytest.MonkeyPatch, url: str, taken: str
) -> None:
    monkeypatch.setenv("TINYPNG_BASE_URL", url)
    assert tinypng_base_url() == taken


@pytest.mark.parametrize(
    "url",
    [
        "http://api.tinify.com",
        "http://127.0.0.1.evil.example",
        "http://localhost@evil.example",
        "http://evil.example#@localhost",
        "ftp://api.tinify.com",
        "api.tinify.com",
        "//api.tinify.com",
        "https://",
        "https:///shrink",
        "https://[::1",
        "https://api.tinify.com:port",
        "https://api.tinify.com/proxy",
        "https://api.tinify.com?a=b",
        "https://api.tinify.com#a",
    ],
)
def test_any_other_address_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("TINYPNG_BASE_URL", url)
    with pytest.raises(ConfigurationError, match=r"^TINYPNG_BASE_URL: "):
        tinypng_base_url()
