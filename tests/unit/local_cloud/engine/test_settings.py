from pathlib import Path

import pytest

from local_cloud.engine.settings import engine_environment

STATE = Path("/state")


def test_engine_inherits_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.com:3128")
    monkeypatch.setenv("DATABASE_PASSWORD", "secret")

    result = engine_environment(4566, STATE)

    assert not {"AWS_PROFILE", "HTTP_PROXY", "DATABASE_PASSWORD"} & result.keys()
    assert result["BIND_HOST"] == "127.0.0.1"
    assert result["GATEWAY_PORT"] == "4566"
    assert result["TMPDIR"] == "/state/tmp"
