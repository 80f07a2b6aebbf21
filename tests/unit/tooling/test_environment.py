import os
from pathlib import Path

import pytest

from tooling import environment

STATE = Path("/state")
CACHE = Path("/cache")
SHELL = {
    "PATH": "/bin",
    "HOME": "/home/ada",
    "AWS_PROFILE": "production",
    "AWS_SESSION_TOKEN": "secret",
    "AWS_ENDPOINT_URL_S3": "https://elsewhere.example.com",
    "TF_VAR_region": "us-east-1",
    "TF_CLI_ARGS_apply": "-target=x",
    "TF_WORKSPACE": "production",
    "TF_DATA_DIR": "/elsewhere",
    "HTTPS_PROXY": "http://proxy.example.com:3128",
    "NO_PROXY": "intranet.example.com",
}


def test_terraform_sees_nothing_of_the_shells_account_or_terraform_settings() -> None:
    result = environment.terraform_environment(SHELL, STATE, CACHE)

    assert "AWS_PROFILE" not in result
    assert "AWS_SESSION_TOKEN" not in result
    assert "AWS_ENDPOINT_URL_S3" not in result
    assert not [name for name in result if name.startswith(("TF_VAR_", "TF_CLI_ARGS"))]
    assert "TF_WORKSPACE" not in result
    assert "TF_DATA_DIR" not in result
    assert result["AWS_ACCESS_KEY_ID"] == "local"
    assert result["AWS_CONFIG_FILE"] == "/state/no-aws-config"


def test_terraform_keeps_what_it_needs_to_download_a_provider() -> None:
    result = environment.terraform_environment(SHELL, STATE, CACHE)

    assert result["PATH"] == "/bin"
    assert result["HOME"] == "/home/ada"
    assert result["HTTPS_PROXY"] == "http://proxy.example.com:3128"


def test_engine_is_reached_past_the_proxy() -> None:
    result = environment.terraform_environment(SHELL, STATE, CACHE)

    assert result["NO_PROXY"] == "intranet.example.com,127.0.0.1,localhost"
    assert result["no_proxy"] == "127.0.0.1,localhost"


@pytest.mark.parametrize(
    ("shell", "expected"),
    [({}, "/cache"), ({"TF_PLUGIN_CACHE_DIR": "/mine"}, "/mine")],
)
def test_plugin_cache_of_the_user_wins(shell: dict[str, str], expected: str) -> None:
    result = environment.terraform_environment(shell, STATE, CACHE)

    assert result["TF_PLUGIN_CACHE_DIR"] == expected


def test_isolating_this_process_replaces_every_aws_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.dummy_credentials(STATE).items():
        monkeypatch.setenv(name, value)  # so that what the call changes is put back
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")

    environment.isolate_this_process()

    assert "AWS_PROFILE" not in os.environ
    assert "AWS_SESSION_TOKEN" not in os.environ
    assert os.environ["AWS_ACCESS_KEY_ID"] == "local"
