"""The mail function's configuration."""

import pytest

from send_user_activation_mail.config import Config, config
from shared.environment import ConfigurationError

COMPLETE = {
    "USER_TABLE_NAME": "onboarding-User",
    "FROM_ADDRESS": "no-reply@shop.example",
    "PRODUCT_NAME": "Digital Card Store",
    "MAIL_CLAIM_SECONDS": "60",
}


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("complete")
def test_the_configuration_set_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    assert config() == Config(
        "onboarding-User", "no-reply@shop.example", "Digital Card Store", 60, None
    )
    config.cache_clear()
    monkeypatch.setenv("SES_CONFIGURATION_SET_NAME", "onboarding")
    assert config().configuration_set_name == "onboarding"


@pytest.mark.usefixtures("complete")
@pytest.mark.parametrize("name", COMPLETE)
def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        config()


@pytest.mark.usefixtures("complete")
@pytest.mark.parametrize("value", ["0", "a minute", "-60"])
def test_a_claim_lasts_some_seconds(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("MAIL_CLAIM_SECONDS", value)
    with pytest.raises(ConfigurationError, match=r"^MAIL_CLAIM_SECONDS: "):
        config()
