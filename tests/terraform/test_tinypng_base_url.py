"""What Terraform takes as TinyPNG's address is what create_thumbnail takes."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from create_thumbnail.config import tinypng_base_url
from shared.environment import ConfigurationError
from tooling.paths import TERRAFORM_SOURCE

VARIABLES = TERRAFORM_SOURCE / "modules" / "profile_images" / "variables.tf"
TAKEN = [
    "https://api.tinify.com",
    "https://api.tinify.com/",
    "https://api.tinify.com:8443",
    "https://api.tinify.com:65535",
    "https://127.0.0.1",
    "https://[::1]:8443",
    "http://127.0.0.1",
    "http://127.0.0.1:8080/",
    "http://localhost:8080",
    "http://[::1]:8080",
]
REFUSED = [
    "",
    "api.tinify.com",
    "//api.tinify.com",
    "ftp://api.tinify.com",
    "https://",
    "https:///shrink",
    "https://[::1",
    "https://[zz]",
    "https://api.tinify.com:port",
    "https://api.tinify.com:65536",
    "https://api.tinify.com:99999/",
    "https://api.tinify.com/proxy",
    "https://api.tinify.com?a=b",
    "https://api.tinify.com#a",
    "https://api.tinify.com\nhttps://evil.example",
    "http://api.tinify.com",
    "http://evil.example/x",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "http://127a0b0c1",
    "http://localhost@evil.example",
    "http://evil.example#@localhost",
]


def condition_on_the_address() -> str:
    """The condition of the validation of the address, as it is written."""
    conditions = re.findall(
        r"^ +condition += (\(\n.*?^ +\))$", VARIABLES.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    (condition,) = [each for each in conditions if "var.thumbnails.tinypng_base_url" in each]
    return str(condition)


def test_terraform_takes_what_the_function_takes(
    tmp_path: Path, run_terraform: Callable[..., CompletedProcess[str]]
) -> None:
    condition = condition_on_the_address().replace("var.thumbnails.tinypng_base_url", "url")
    urls = json.dumps(TAKEN + REFUSED)
    (tmp_path / "main.tf").write_text(
        f'output "taken" {{\n  value = [for url in {urls} : url if {condition}]\n}}\n', "utf-8"
    )
    done = run_terraform(tmp_path, "apply", "-auto-approve", "-input=false", "-no-color")
    assert done.returncode == 0, done.stdout + done.stderr
    taken = json.loads(run_terraform(tmp_path, "output", "-json", "taken").stdout)
    assert taken == TAKEN


@pytest.mark.parametrize("url", TAKEN)
def test_the_function_takes(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("TINYPNG_BASE_URL", url)
    assert tinypng_base_url() == url.rstrip("/")


@pytest.mark.parametrize("url", REFUSED)
def test_the_function_refuses(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("TINYPNG_BASE_URL", url)
    with pytest.raises(ConfigurationError, match=r"^TINYPNG_BASE_URL: "):
        tinypng_base_url()
