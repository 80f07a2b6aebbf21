"""Every function prepares in INIT what its first event needs."""

import ast
from importlib import import_module
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock

import pytest
import zxcvbn

import shared.aws
from benchmarks.start_calls import LAMBDA_VARIABLES
from packager.declared_services import imports, services_by_accessor
from shared.tls import trusted_certificates

LAMBDAS = Path(__file__).parents[2] / "lambdas"
FUNCTIONS = sorted(path.parent.name for path in LAMBDAS.glob("*/handler.py"))
# The engine that needs more clients.
ENGINE = {
    "THUMBNAIL_ENGINE": "tinypng",
    "TINYPNG_API_KEY_PARAMETER": "/onboarding/key",
    "TINYPNG_BASE_URL": "https://tinypng.example.com",
}
DELIVERY = {"DELIVERY_DISTRIBUTION_ID": "E2EXAMPLE"}


def accessors_of(function: str) -> set[str]:
    """The accessors of shared.aws that a function's modules import."""
    known = services_by_accessor(LAMBDAS / "shared" / "aws.py")
    return {name.rpartition(".")[2] for _, name in imports(LAMBDAS / function) if known.get(name)}


def prepare_again(handler: ModuleType) -> list[object]:
    """Call what the last statement of a handler's module prepares, as in INIT."""
    source = Path(str(handler.__file__)).read_text(encoding="utf-8")
    match ast.parse(source).body[-1]:
        case ast.Expr(ast.Call(ast.Name("prepare"), arguments, [ast.keyword("logger")])):
            pass
        case _:
            pytest.fail(f"{handler.__name__}: the last statement is not prepare(…)")
    text = f"[{', '.join(map(ast.unparse, arguments))}]"
    prepared: list[object] = eval(text, vars(handler))  # noqa: S307 - our own source
    for accessor in prepared:
        assert callable(accessor)
        accessor()
    return prepared


def client_of(service: str, *_: object) -> MagicMock:
    """A client that takes every request: test_rehearsal.py has those that are made in INIT."""
    client = MagicMock()
    client.meta.service_model.service_name = service
    return client


def in_init(function: str, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Prepare a function with its settings and clients that send nothing."""
    for name, value in {**LAMBDA_VARIABLES, **ENGINE, **DELIVERY}.items():
        if not name.startswith(("AWS_", "PATH", "LANG", "TZ")):
            monkeypatch.setenv(name, value)
    monkeypatch.setattr(shared.aws, "_client", client_of)
    return prepare_again(import_module(f"{function}.handler"))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_client_of_a_function_is_made_in_init(
    function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = in_init(function, monkeypatch)

    needed = accessors_of(function)
    made = {name for name in needed if getattr(shared.aws, name).cache_info().currsize}
    assert made == needed
    assert needed
    assert trusted_certificates in prepared


def test_the_api_judges_a_password_in_init(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = MagicMock(wraps=zxcvbn.zxcvbn)
    monkeypatch.setattr(zxcvbn, "zxcvbn", judge)
    in_init("web_api", monkeypatch)
    assert judge.call_count == 1
