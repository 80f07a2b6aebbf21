"""The mail function's configuration."""

import pytest

from send_user_activation_mail.config import Config, config
from send_user_activation_mail.texts import MailTexts, texts_in
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
    english = MailTexts("en", "Digital Card Store", texts_in("en"))
    assert config() == Config("onboarding-User", "no-reply@shop.example", english, 60, None, 0)
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


@pytest.mark.usefixtures("complete")
def test_a_mail_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECONDS_FOR_EACH_MAIL", "1")
    assert config().seconds_for_each_mail == 1


@pytest.mark.usefixtures("complete")
@pytest.mark.parametrize("value", ["0", "0.5", "-1", "soon"])
def test_a_mails_time_is_some_seconds(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SECONDS_FOR_EACH_MAIL", value)
    with pytest.raises(ConfigurationError, match=r"^SECONDS_FOR_EACH_MAIL: "):
        config()


@pytest.mark.usefixtures("complete")
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_mails_language_is_chosen(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    monkeypatch.setenv("MAIL_LANGUAGE", language)
    assert config().mail_texts == MailTexts(language, "Digital Card Store", texts_in(language))


@pytest.mark.usefixtures("complete")
@pytest.mark.parametrize("language", ["fr", "EN", "en-GB", "../texts/en"])
def test_another_language_is_an_error(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    monkeypatch.setenv("MAIL_LANGUAGE", language)
    with pytest.raises(ConfigurationError, match=r"^MAIL_LANGUAGE: .* is not one of de, en$"):
        config()


@pytest.mark.usefixtures("complete")
def test_a_text_takes_the_place_of_the_languages_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_LANGUAGE", "de")
    monkeypatch.setenv("MAIL_TEXTS", '{"button": "Los geht\'s"}')
    assert config().mail_texts.by_key == {**texts_in("de"), "button": "Los geht's"}


@pytest.mark.usefixtures("complete")
def test_a_wrong_text_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_TEXTS", '{"button": "${link}"}')
    with pytest.raises(ConfigurationError, match=r"^MAIL_TEXTS: button: unknown placeholder"):
        config()


@pytest.mark.usefixtures("complete")
@pytest.mark.parametrize("name", ["Cards\nBcc: all@mail.example", "Cards\u2028Store", "Car\tds"])
def test_a_product_name_is_one_line(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("PRODUCT_NAME", name)
    with pytest.raises(ConfigurationError, match=r"^PRODUCT_NAME: has a line break"):
        config()
