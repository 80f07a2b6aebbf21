"""What a function prepares in Lambda's INIT phase."""

import gc
import importlib
import json
from functools import cache

import pytest

import shared
from shared.environment import ConfigurationError, required
from shared.init import prepare
from shared.log import logger_of

IN_INIT = "AWS_LAMBDA_INITIALIZATION_TYPE"
LOGGER = logger_of("init")


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Be in INIT; what freezes the garbage collector's objects is noted and not done."""
    noted: list[str] = []
    monkeypatch.setattr(gc, "freeze", lambda: noted.append("frozen"))
    monkeypatch.setattr(gc, "enable", lambda: noted.append("collecting"))
    monkeypatch.setenv(IN_INIT, "on-demand")
    return noted


def test_nothing_is_prepared_outside_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(gc, "freeze", lambda: called.append("frozen"))
    prepare(lambda: called.append("made"), logger=LOGGER)
    assert called == []


@pytest.mark.parametrize("kind", ["on-demand", "provisioned-concurrency", "snap-start"])
def test_everything_is_made_and_then_left_alone_by_the_garbage_collector(
    frozen: list[str], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv(IN_INIT, kind)
    prepare(lambda: frozen.append("first"), lambda: frozen.append("second"), logger=LOGGER)
    assert frozen == ["first", "second", "frozen", "collecting"]


@pytest.mark.parametrize(("variables", "calls"), [({}, []), ({IN_INIT: "on-demand"}, ["off"])])
def test_no_garbage_is_collected_before_that_in_lambda(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], calls: list[str]
) -> None:
    called: list[str] = []
    monkeypatch.setattr(gc, "disable", lambda: called.append("off"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    importlib.reload(shared)
    assert called == calls


def test_an_error_ends_neither_init_nor_the_preparation_of_the_rest(frozen: list[str]) -> None:
    def broken() -> None:
        raise RuntimeError("a library's own error")

    prepare(broken, lambda: frozen.append("made"), logger=LOGGER)
    assert frozen == ["made", "frozen", "collecting"]


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(("level", "lines"), [("DEBUG", 1), ("INFO", 0)])
def test_an_error_is_logged_at_debug_with_the_accessor_that_met_it(
    level: str, lines: int, capsys: pytest.CaptureFixture[str]
) -> None:
    @cache
    def config() -> str:
        return required("USER_TABLE_NAME")

    logger = logger_of(f"init_{level}")
    logger.setLevel(level)
    prepare(config, logger=logger)

    logged = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(logged) == lines
    for line in logged:
        assert line["message"] == "Not prepared in INIT"
        assert line["accessor"].endswith("config")
        assert line["exception_name"] == "ConfigurationError"


@pytest.mark.usefixtures("frozen")
def test_a_missing_variable_names_itself_on_each_call_and_is_read_once_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @cache
    def config() -> str:
        return required("USER_TABLE_NAME")

    prepare(config, logger=LOGGER)
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

    prepare(client, logger=LOGGER)
    client()
    assert made == ["client"]
