"""The AWS services that a function's code calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from packager.aws_calls import services_called
from packager.errors import BuildError
from tests.unit.packager.project import write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.packager.project import FakeInstaller


def services_in(tmp_path: Path, code: str) -> list[str]:
    path = tmp_path / "module.py"
    path.write_text(code, "utf-8")
    return [service for _line, service in services_called(path)]


@pytest.mark.parametrize(
    ("code", "services"),
    [
        ("import boto3\nboto3.client('s3')", ["s3"]),
        ("import boto3\nboto3.resource('dynamodb', config=None)", ["dynamodb"]),
        ("import boto3\nboto3.Session().client(service_name='ses')", ["ses"]),
        (
            "import botocore.session\ns = botocore.session.Session()\ns.create_client('sqs')",
            ["sqs"],
        ),
        ("def f(session):\n    return session.client('ssm')", ["ssm"]),
        ("from shared.aws import client\n\ndef f():\n    return client('s3')", ["s3"]),
        ("from shared import aws\naws.client('s3')", ["s3"]),
        ("def client(service, config=None):\n    return session().create_client(service)", []),
        ("def client():\n    ...\n\nclient()", []),
        ("boto3 = 1\nclients('s3')", []),
        ("from aws_lambda_powertools.utilities.parameters import get_parameter", ["ssm"]),
        ("from aws_lambda_powertools.utilities.parameters.ssm import SSMProvider", ["ssm"]),
        ("from aws_lambda_powertools.utilities.streaming import S3Object", ["s3"]),
        ("from aws_lambda_powertools.utilities import batch", []),
        ("import aws_lambda_powertools.utilities.batch", []),
        ("from parameters import get_parameter", []),
        ("from . import x\nfrom .x import y", []),
    ],
)
def test_services_that_code_calls(tmp_path: Path, code: str, services: list[str]) -> None:
    assert services_in(tmp_path, code) == services


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "import boto3\n\nboto3.client(name)",
            "module.py:3: the AWS service is not named by a lit",
        ),
        ("import boto3\nboto3.client(**options)", "module.py:2: the AWS service is not named"),
        ("import boto3\nboto3.client(f'{x}')", "module.py:2: the AWS service is not named"),
        ("import boto3\ndef make(name):\n    return boto3.client(name)", "module.py:3: the AWS"),
        ("def client(name):\n    return s.client(other)", "module.py:2: the AWS service is not"),
        ("from shared.aws import client as c", "module.py:1: import `client` under its own name"),
        (
            "from aws_lambda_powertools.utilities import parameters",
            "module.py:1: import what is used of `parameters` by its name",
        ),
        (
            "import os, aws_lambda_powertools.utilities.parameters.ssm as p",
            "module.py:1: import what is used of `parameters` by its name",
        ),
        ("def (", "module.py: is not valid Python"),
        ("x = '\0'", "module.py: is not valid Python"),
    ],
)
def test_code_that_hides_which_service_it_calls(tmp_path: Path, code: str, message: str) -> None:
    with pytest.raises(BuildError, match=message):
        services_in(tmp_path, code)


@pytest.mark.parametrize("file", ["greet/handler.py", "shared/clock.py"])
def test_called_service_must_be_declared(
    root: Path,
    run: Callable[..., str],
    fail: Callable[..., str],
    installer: FakeInstaller,
    file: str,
) -> None:
    installer.extra_files = {"botocore/data/s3/2006-03-01/service-2.json.gz": b""}
    write(root / "lambdas" / "greet" / "notes.txt", b"boto3.client('ec2')")
    write(root / "lambdas" / file, b"import boto3\ns3 = boto3.client('s3')\n")
    for name in ("greet", "count"):
        write(root / "lambdas" / name / "package.toml", b'aws_services = ["s3"]\n')
    run()
    (root / "lambdas" / "greet" / "package.toml").unlink()
    error = fail()
    assert (
        f"{root / 'lambdas' / file}:2: calls `s3`, which is not among the `aws_services`" in error
    )
    assert f"of {root / 'lambdas' / 'greet' / 'package.toml'}; add it there" in error
