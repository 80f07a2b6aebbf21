"""Typed reading of environment variables."""

import pytest
from hypothesis import HealthCheck, given, settings

from shared import environment
from shared.environment import ConfigurationError
from tests.unit.hostile import STORABLE_TEXT, tried


@pytest.mark.parametrize("value", [None, "", "  ", "\n"])
def test_a_missing_or_blank_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is not None:
        monkeypatch.setenv("SOME_NAME", value)
    assert environment.optional("SOME_NAME") is None
    with pytest.raises(ConfigurationError, match=r"^SOME_NAME: environment variable is not set"):
        environment.required("SOME_NAME")


def test_white_space_around_a_value_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_NAME", " value\n")
    assert environment.required("SOME_NAME") == "value"


@pytest.mark.parametrize(
    "value", ["0", "-1", "1.5", "1e3", "ten", "²", "٣", "1_000", "9" * 19, "9" * 5000]
)
def test_a_number_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SOME_NUMBER", value)
    with pytest.raises(ConfigurationError, match=r"^SOME_NUMBER: .*not a whole number above 0"):
        environment.positive_integer("SOME_NUMBER")


def test_a_number_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_NUMBER", "060")
    assert environment.positive_integer("SOME_NUMBER") == 60


def test_a_number_may_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.optional_positive_integer("SOME_NUMBER") is None
    monkeypatch.setenv("SOME_NUMBER", "7")
    assert environment.optional_positive_integer("SOME_NUMBER") == 7
    monkeypatch.setenv("SOME_NUMBER", "0")
    with pytest.raises(ConfigurationError, match=r"^SOME_NUMBER: "):
        environment.optional_positive_integer("SOME_NUMBER")


def test_a_choice_is_one_of_the_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_CHOICE", "fit")
    assert environment.one_of("SOME_CHOICE", ("fit", "cover")) == "fit"
    monkeypatch.setenv("SOME_CHOICE", "FIT")
    with pytest.raises(ConfigurationError, match=r"^SOME_CHOICE: 'FIT' is not one of cover, fit"):
        environment.one_of("SOME_CHOICE", ("fit", "cover"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=STORABLE_TEXT.filter(lambda text: "\0" not in text))
def test_any_value_is_read_or_refused_by_its_variables_name(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SOME_NAME", value)
    text, refusal = tried(lambda: environment.required("SOME_NAME"), ConfigurationError)
    assert text == (value.strip() or None)
    assert bool(refusal) == (text is None)
    number, refusal = tried(lambda: environment.positive_integer("SOME_NAME"), ConfigurationError)
    assert (number is None) == refusal.startswith("SOME_NAME: ")
    assert refusal.isprintable()
    choice, refusal = tried(lambda: environment.one_of("SOME_NAME", ("a", "b")), ConfigurationError)
    assert choice in (None, "a", "b")
    assert refusal.isprintable()
