"""The AWS services that a function uses, by the accessors that it imports."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from packager.components import Component
from packager.declared_services import check_declared_services, imports, services_by_accessor
from packager.errors import BuildError
from packager.settings import Settings
from tests.unit.packager.project import write

if TYPE_CHECKING:
    from collections.abc import Callable

LAMBDAS = Path(__file__).parents[3] / "lambdas"
ACCESSORS = """
from functools import cache
from botocore.session import get_session

RETRYING = 4

@cache
def session():
    return get_session()

@cache
def s3():
    return _client("s3", RETRYING)

def pictures():
    return cast("S3Client", _client("s3"))

def both():
    return _client("ssm"), _client("sqs")

def _client(service, config=None):
    return session().create_client(service)
"""


def check(
    tmp_path: Path,
    code: str,
    *declared: str,
    shared: str = "",
    accessors: str = ACCESSORS,
    file: str = "greet/handler.py",
) -> None:
    write(tmp_path / "shared" / "clock.py", shared.encode())
    write(tmp_path / "shared" / "aws.py", accessors.encode())
    write(tmp_path / file, code.encode())
    check_declared_services(Component(tmp_path / "greet", False, Settings(declared)))


@pytest.mark.parametrize(
    ("code", "services"),
    [
        ("from shared.aws import s3", ["s3"]),
        ("from shared.aws import s3 as bucket", ["s3"]),
        ("from shared.aws import pictures", ["s3"]),
        ("import os\nfrom shared.aws import (\n    both,\n    s3,\n)", ["s3", "sqs", "ssm"]),
        ("def f():\n    if x:\n        from shared.aws import both", ["sqs", "ssm"]),
        ("", []),
        ("import s3, os.path\nfrom aws import s3", []),
        ("from . import aws\nfrom .aws import s3\nfrom .shared.aws import s3", []),
        ("from shared import clock\nfrom shared.clock import aws", []),
        ("from botocore.exceptions import ClientError\nfrom botocore.config import Config", []),
        ("import botocore.exceptions as errors", []),
        ("from importlib.resources import files\nfrom importlib import metadata", []),
        ("from aws_lambda_powertools import Logger", []),
        ("from aws_lambda_powertools.utilities import batch", []),
        ("from aws_lambda_powertools.utilities.data_classes import SQSEvent", []),
        ("def create_client(session):\n    return session.client()", []),
        ("boto3 = 1\nclient('s3')", []),
    ],
)
def test_every_service_of_an_imported_accessor_must_be_declared(
    tmp_path: Path, code: str, services: list[str]
) -> None:
    check(tmp_path, code, *services)
    for missing in services:
        with pytest.raises(BuildError, match=f"uses `{missing}`, which is not among the `aws_serv"):
            check(tmp_path, code, *(service for service in services if service != missing))


WAYS_AROUND_ACCESSORS = [
    ("import shared.aws", "shared"),
    ("import shared.aws as clients", "shared.aws"),
    ("import shared.clock\nshared.aws.s3()", "shared"),
    ("from shared import aws", "shared.aws"),
    ("from shared import aws as clients", "shared.aws"),
    ("from shared import *", "shared"),
    ("from shared.aws import *", "shared.aws"),
    ("from shared.aws import session", "shared.aws.session"),
    ("from shared.aws import _client", "shared.aws._client"),
    ("from shared.aws import RETRYING", "shared.aws.RETRYING"),
    ("from shared.aws import get_session, s3", "shared.aws.get_session"),
    ("from shared.aws import sns", "shared.aws.sns"),
    ("import boto3", "boto3"),
    ("import os, boto3 as aws", "boto3"),
    ("import boto3.session", "boto3"),
    ("from boto3 import client", "boto3.client"),
    ("from boto3.session import Session", "boto3.session.Session"),
    ("def f():\n    import boto3", "boto3"),
    ("import botocore", "botocore"),
    ("import botocore.exceptions\nbotocore.session.get_session()", "botocore"),
    ("import botocore.session", "botocore"),
    ("import botocore.session as aws", "botocore.session"),
    ("from botocore import session", "botocore.session"),
    ("from botocore import *", "botocore"),
    ("from botocore.session import get_session", "botocore.session.get_session"),
    ("import importlib\nimportlib.import_module('boto3')", "importlib"),
    ("import importlib.resources\nimportlib.import_module('boto3')", "importlib"),
    ("from importlib import import_module", "importlib.import_module"),
    ("__import__('boto3')", "__import__"),
    ("import aws_lambda_powertools.utilities.parameters", "aws_lambda_powertools"),
    *(
        (f"from aws_lambda_powertools.{module} import {name}", f"aws_lambda_powertools.{named}")
        for module, name, named in [
            ("utilities", "parameters", "utilities.parameters"),
            ("utilities.parameters", "get_parameter", "utilities.parameters.get_parameter"),
            ("utilities.parameters.ssm", "*", "utilities.parameters.ssm"),
            ("utilities.feature_flags", "AppConfigStore", "utilities.feature_flags.AppConfigStore"),
            ("utilities", "idempotency as once", "utilities.idempotency"),
            ("utilities.streaming", "S3Object", "utilities.streaming.S3Object"),
            ("utilities", "circuit_breaker", "utilities.circuit_breaker"),
            ("utilities", "*", "utilities"),
        ]
    ),
]


@pytest.mark.parametrize(("code", "name"), WAYS_AROUND_ACCESSORS)
@pytest.mark.parametrize("file", ["greet/handler.py", "greet/sub/module.py", "shared/clock2.py"])
def test_no_way_to_a_client_leads_around_the_accessors(
    tmp_path: Path, code: str, name: str, file: str
) -> None:
    with pytest.raises(BuildError) as raised:
        check(tmp_path, code, "s3", file=file)
    line = 1 + code.count("\n", 0, code.index("import"))
    assert str(raised.value).startswith(
        f"{tmp_path / file}:{line}: `{name}` can make AWS clients, and the build doesn't see"
    )
    assert "import an accessor from shared/aws.py" in str(raised.value)


@pytest.mark.parametrize(
    "code", ["from shared.aws import s3", "from .aws import s3", "from . import aws"]
)
def test_a_shared_module_takes_its_client_as_an_argument(tmp_path: Path, code: str) -> None:
    with pytest.raises(BuildError, match=r"clock.py:1: `shared\.aws.*take a client as an argument"):
        check(tmp_path, "", "s3", shared=code)


@pytest.mark.parametrize(
    "call", ["_client(name)", "_client(f'{x}')", "_client(3)", "_client()", "_client(**options)"]
)
def test_an_accessor_names_its_service_by_a_literal(tmp_path: Path, call: str) -> None:
    accessors = f"def first():\n    return _client('s3')\n\ndef second():\n    return {call}\n"
    with pytest.raises(BuildError, match=r"aws.py:5: the AWS service is not named by a literal"):
        check(tmp_path, "from shared.aws import first", "s3", accessors=accessors)


@pytest.mark.parametrize(
    "accessors",
    [
        "def sqs():\n    return session().create_client('sqs')\n",
        "sqs = cache(lambda: _client('sqs'))\n",
        "def s3():\n    return _client('s3')\n\ndef sqs():\n    return s3()\n",
        "def s3():\n    return _client('s3')\n\nsqs = s3\n",
    ],
)
def test_what_hides_its_service_is_no_accessor(tmp_path: Path, accessors: str) -> None:
    with pytest.raises(BuildError, match=r"handler.py:1: `shared\.aws\.sqs` can make AWS clients"):
        check(tmp_path, "from shared.aws import sqs", "s3", "sqs", accessors=accessors)


@pytest.mark.parametrize("code", ["def (", "x = '\0'"])
@pytest.mark.parametrize("file", ["greet/handler.py", "shared/log.py", "shared/aws.py"])
def test_a_source_that_is_no_python(tmp_path: Path, code: str, file: str) -> None:
    with pytest.raises(BuildError, match=f"{file}: is not valid Python"):
        check(tmp_path, code, file=file)


def test_a_build_fails_where_a_used_service_is_not_declared(
    root: Path, run: Callable[..., str], fail: Callable[..., str]
) -> None:
    greet = root / "lambdas" / "greet"
    write(greet / "notes.txt", b"import boto3\n")
    run()  # without shared/aws.py
    write(root / "lambdas" / "shared" / "aws.py", ACCESSORS.encode())
    run()
    write(greet / "handler.py", b"\nfrom shared.aws import s3\n")
    assert (
        f"{greet / 'handler.py'}:2: `shared.aws.s3` uses `s3`, which is not among the "
        f"`aws_services` of {greet / 'package.toml'}; add it there"
    ) in fail()


@pytest.mark.parametrize(
    "function", sorted(path.parent.name for path in LAMBDAS.glob("*/package.toml"))
)
def test_our_functions_declare_what_they_use_and_nothing_else(function: str) -> None:
    settings = (LAMBDAS / function / "package.toml").read_text("utf-8")
    accessors = services_by_accessor(LAMBDAS / "shared" / "aws.py")
    used = {s for _, name in imports(LAMBDAS / function) for s in accessors.get(name, ())}
    assert used == set(tomllib.loads(settings)["aws_services"])
