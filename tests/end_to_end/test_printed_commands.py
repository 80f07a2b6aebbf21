"""The commands that `make up` prints, run as printed."""

import os
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from local_cloud.usage import describe_usage
from tests.hostile_shell import everything
from tooling import loopback
from tooling.web_client import RefusedError, WebClient

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Cloud

# AWS variables that override or disable AWS_ENDPOINT_URL.
OTHER_ENDPOINTS = {
    "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9",
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_DEFAULT_PROFILE": "no-such-profile",
    "AWS_CONFIG_FILE": "/nonexistent/config",
    "AWS_CA_BUNDLE": "/nonexistent/certificates.pem",
}
REPOSITORY = Path(__file__).resolve().parents[2]


def usage_of(cloud: "Cloud") -> str:
    return describe_usage(cloud.engine.endpoint_url, cloud.engine.inbox_url, cloud.outputs)


def printed_address(usage: str, name: str) -> str:
    found = re.search(rf"^  {name} +(http://\S+)$", usage, re.MULTILINE)
    assert found is not None
    return found[1]


def test_page_answers_at_the_printed_address(cloud: "Cloud") -> None:
    client = WebClient(printed_address(usage_of(cloud), "Page"))

    with pytest.raises(RefusedError) as refused:
        client.profile()
    assert refused.value.code == "not-signed-in"


def test_mailbox_answers_at_the_printed_address(cloud: "Cloud") -> None:
    page = loopback.get(printed_address(usage_of(cloud), "Mailbox"))

    assert b"<h1>" in page


def test_python_commands_run_both_pipelines(cloud: "Cloud", tmp_path: Path) -> None:
    usage = usage_of(cloud)
    settings = re.findall(r"^  ((?:export|unset) .+)$", usage, re.MULTILINE)
    program = re.search(r"^\.venv/bin/python - <<'END'$.+?^END$", usage, re.MULTILINE | re.DOTALL)
    assert program is not None
    # A folder in which the printed paths work, with this Python and these samples.
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "tests").symlink_to(REPOSITORY / "tests")
    (tmp_path / ".local").mkdir()

    finished = subprocess.run(  # noqa: S603 - the printed commands are what is tested
        ["/bin/sh", "-eu", "-c", "\n".join([*settings, program.group()])],
        cwd=tmp_path,
        # Must not get through to boto3.
        env={**os.environ, **everything(tmp_path), **OTHER_ENDPOINTS, "NO_PROXY": "example.com"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert finished.returncode == 0, finished.stderr
    assert "bob@example.com" in finished.stdout
    fetched = (tmp_path / ".local" / "bob.jpg").read_bytes()
    assert Image.open(BytesIO(fetched)).size == (150, 100)
    cloud.wait_for_profile(2, "thumbnail", "thumbnails/bob.jpg")
