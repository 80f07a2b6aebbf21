"""What a function prepares in Lambda's INIT phase."""

import gc
from functools import cache

import pytest

from shared.environment import ConfigurationError, required
from shared.init import prepare

IN_INIT = "AWS_LAMBDA_INITIALIZATION_TYPE"


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Be in INIT; what freezes the garbage collector's objects is noted and not done."""
    noted: list[str] = []
    monkeypatch.setattr(gc, "freeze", lambda: noted.append("frozen"))
    monkeypatch.setenv(IN_INIT, "on-demand")
    return noted


def test_nothing_is_prepared_outside_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(gc, "freeze", lambda: called.append("frozen"))
    prepare(lambda: called.append("made"))
    assert called == []


@pytest.mark.parametrize("kind", ["on-demand", "provisioned-concurrency", "snap-start"])
def test_everything_is_made_and_then_left_alone_by_the_garbage_collector(
    frozen: list[str], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv(IN_INIT, kind)
    prepare(lambda: frozen.append("first"), lambda: frozen.append("second"))
    assert frozen == ["first", "second", "frozen"]


def test_an_error_ends_neither_init_nor_the_preparation_of_the_rest(frozen: list[str]) -> None:
    def broken() -> None:
        raise RuntimeError("a library's own error")

    prepare(broken, lambda: frozen.append("made"))
    assert frozen == ["made", "frozen"]


@pytest.mark.usefixtures("frozen")
def test_a_missing_variable_names_itself_on_each_call_and_is_read_once_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @cache
    def config() -> str:
        return required("USER_TABLE_NAME")

    prepare(config)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match=r"^USER_TABLE_NAME: "):
            config()
    monkeypatch.setenv("USER_TABLE_NAME", "users")
    assert config() == "users"


@pytest.mark.usefixtures("frozen")
def test_what_was_prepared_is_not_made_again() -> None:
    made: list[str] = []

    @cache
    def client() -> None:
        made.append("client")

    prepare(client)
    client()
    assert made == ["client"]
