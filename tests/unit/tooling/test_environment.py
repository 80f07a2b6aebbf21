import os
from pathlib import Path

import pytest

from tooling import environment, provider

STATE = Path("/state")
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
}


def test_terraform_sees_nothing_of_the_shell_but_where_things_are() -> None:
    result = environment.terraform_environment(SHELL, STATE)

    assert set(result) & set(SHELL) == {"PATH", "HOME"}
    assert result["PATH"] == "/bin"
    assert result["AWS_ACCESS_KEY_ID"] == "local"
    assert result["AWS_CONFIG_FILE"] == "/state/no-aws-config"


def test_terraform_looks_for_providers_in_the_folder_of_make_setup_only() -> None:
    result = environment.terraform_environment({"TF_CLI_CONFIG_FILE": "/mine"}, STATE)

    assert result["TF_CLI_CONFIG_FILE"] == str(provider.CLI_CONFIG)
    assert "TF_PLUGIN_CACHE_DIR" not in result


def test_isolating_this_process_replaces_every_aws_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.dummy_credentials(STATE).items():
        monkeypatch.setenv(name, value)  # so that the call's changes are undone
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")

    environment.isolate_this_process()

    assert "AWS_PROFILE" not in os.environ
    assert "AWS_SESSION_TOKEN" not in os.environ
    assert os.environ["AWS_ACCESS_KEY_ID"] == "local"
