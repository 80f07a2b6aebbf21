"""botocore's service data, cut to what a function's sources call, does what the whole data does."""

from __future__ import annotations

import gzip
import json
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore.exceptions import EndpointVariantError
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.regions import EndpointResolver

from packager.errors import BuildError
from packager.service_data import ENDPOINTS, SourceWords, cut_service_data
from tests.unit.packager.project import write

SITE_PACKAGES = Path(botocore.__file__).parents[1]
LAMBDAS = Path(__file__).parents[3] / "lambdas"
DATA = "botocore/data"
SERVICES = ("dynamodb", "s3", "sesv2", "ssm", "stepfunctions")
WORDS = SourceWords()


@cache
def wheel_files() -> dict[str, Path]:
    """What a zip has of the locked botocore for our services."""
    folders = [SITE_PACKAGES / DATA / service for service in SERVICES]
    paths = [path for folder in folders for path in folder.glob("*/*")]
    paths += [*(SITE_PACKAGES / "botocore").glob("*.py"), SITE_PACKAGES / ENDPOINTS]
    return {path.relative_to(SITE_PACKAGES).as_posix(): path for path in paths}


def cut_for(source: str, folder: Path, *services: str, kept: str = "") -> dict[str, Path]:
    """What is left for a function with this source."""
    write(folder / "handler.py", source.encode())
    contents = {
        name: path
        for name, path in wheel_files().items()
        if name.split("/")[2:3] in ([service] for service in (*services, "endpoints.json"))
        or name.endswith(".py")
    }
    contents["greet/handler.py"] = folder / "handler.py"
    return cut_service_data(contents, contents.keys() - {kept}, WORDS, folder / "cut")


def read(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    value: dict[str, Any] = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)
    return value


def model_in(contents: dict[str, Path], service: str) -> ServiceModel:
    (path,) = (
        path
        for name, path in contents.items()
        if name.startswith(f"{DATA}/{service}/")
        and name.endswith(("service-2.json", "service-2.json.gz"))
    )
    return ServiceModel(read(path), service)


def operations_in(contents: dict[str, Path], service: str) -> set[str]:
    return set(model_in(contents, service).operation_names)


@pytest.mark.parametrize(
    ("source", "operation"),
    [
        ("step_functions().stop_execution(executionArn='a')", "StopExecution"),
        ("getattr(client, 'stop_execution')", "StopExecution"),
        ("client.get_paginator('list_executions')", "ListExecutions"),
        ("REQUESTS = {'stepfunctions': (('send_task_success', {}),)}", "SendTaskSuccess"),
        ("client.generate_presigned_url('tag_resource')", "TagResource"),
        ("model.operation_model('GetActivityTask')", "GetActivityTask"),
    ],
)
def test_operation_that_a_source_names_is_kept(tmp_path: Path, source: str, operation: str) -> None:
    cut = cut_for(source, tmp_path, "stepfunctions")
    assert operations_in(cut, "stepfunctions") == {operation}


def test_operation_of_a_waiter_that_a_source_names_is_kept(tmp_path: Path) -> None:
    cut = cut_for("client.get_waiter('command_executed').wait()", tmp_path, "ssm")
    assert operations_in(cut, "ssm") == {"GetCommandInvocation"}


def test_operations_that_botocore_itself_calls_are_kept(tmp_path: Path) -> None:
    cut = cut_for("", tmp_path, "s3", "dynamodb")
    # For buckets of another region and of S3 Express, posted forms, and endpoint discovery.
    assert {"HeadBucket", "CreateSession", "CreateBucket"} <= operations_in(cut, "s3")
    assert "DescribeEndpoints" in operations_in(cut, "dynamodb")


def description_of(shape: Shape | None, seen: frozenset[str] = frozenset()) -> object:
    """All that botocore reads of a shape and of what it refers to."""
    if shape is None or shape.name in seen:
        return shape and shape.name
    below = seen | {shape.name}
    members = getattr(shape, "members", {})
    parts = [getattr(shape, part, None) for part in ("member", "key", "value")]
    described = [(name, description_of(member, below)) for name, member in members.items()]
    described += [("", description_of(part, below)) for part in parts if part is not None]
    return shape.name, shape.type_name, shape.serialization, shape.metadata, described


def calls_of(operation: OperationModel) -> object:
    """All that botocore reads of an operation."""
    names = ("http", "auth", "auth_type", "endpoint", "http_checksum", "static_context_parameters")
    return (
        description_of(operation.input_shape),
        description_of(operation.output_shape),
        [shape.name for shape in operation.error_shapes],
        [getattr(operation, name) for name in names],
        operation.context_parameters,
    )


@pytest.mark.parametrize("service", SERVICES)
def test_kept_operations_and_all_errors_are_those_of_the_wheel(
    tmp_path: Path, service: str
) -> None:
    whole = model_in(wheel_files(), service)
    source = "put_object, get_item, send_email, get_parameter, start_execution"
    cut = model_in(cut_for(source, tmp_path, service), service)
    assert 0 < len(cut.operation_names) < len(whole.operation_names) / 2
    for name in cut.operation_names:
        assert calls_of(cut.operation_model(name)) == calls_of(whole.operation_model(name)), name
    assert [description_of(shape) for shape in cut.error_shapes] == [
        description_of(shape) for shape in whole.error_shapes
    ]
    assert cut.metadata == whole.metadata
    assert str(cut.client_context_parameters) == str(whole.client_context_parameters)


def test_a_model_is_a_small_part_of_its_wheels(tmp_path: Path) -> None:
    cut = cut_for("get_parameter", tmp_path, "ssm")
    name = next(name for name in cut if name.endswith("service-2.json"))
    assert cut[name].stat().st_size < 50_000
    assert f"{name}.gz" not in cut
    assert cut[ENDPOINTS].stat().st_size < 50_000
    # What nothing parses before it is asked for.
    assert (
        cut[f"{DATA}/ssm/2014-11-06/waiters-2.json"].parent
        == SITE_PACKAGES / DATA / "ssm" / "2014-11-06"
    )


def resolved(resolver: EndpointResolver, *arguments: Any) -> object:  # noqa: ANN401 - as botocore
    try:
        return resolver.construct_endpoint(*arguments)
    except EndpointVariantError as error:
        return str(error)


def test_endpoints_of_kept_services_are_those_of_the_wheel(tmp_path: Path) -> None:
    cut = cut_for("", tmp_path, *SERVICES)
    prefixes = {model_in(cut, service).endpoint_prefix for service in SERVICES}
    assert prefixes == {"dynamodb", "email", "s3", "ssm", "states"}
    whole_data, cut_data = read(SITE_PACKAGES / ENDPOINTS), read(cut[ENDPOINTS])
    # With the pseudo-regions of all services, and a region that no partition knows yet.
    regions = {"eu-north-9", "cn-south-9", "mars-1"}
    for partition in whole_data["partitions"]:
        regions |= partition["regions"].keys()
        for prefix in prefixes:
            regions |= partition["services"].get(prefix, {}).get("endpoints", {}).keys()
    names = [partition["partition"] for partition in whole_data["partitions"]]
    whole, small = EndpointResolver(whole_data), EndpointResolver(cut_data)
    tries = 0
    for prefix, region in product(sorted(prefixes), sorted(regions)):
        for is_dualstack, is_fips in product((False, True), repeat=2):
            arguments = (prefix, region, None, is_dualstack, is_fips)
            assert resolved(small, *arguments) == resolved(whole, *arguments), arguments
            tries += 1
    assert tries > 1000
    assert small.get_available_partitions() == whole.get_available_partitions() == names
    for prefix, name in product(sorted(prefixes), names):
        for all_of_them in (False, True):
            available = small.get_available_endpoints(prefix, name, all_of_them)
            assert available == whole.get_available_endpoints(prefix, name, all_of_them)
        assert small.get_partition_dns_suffix(name) == whole.get_partition_dns_suffix(name)
        endpoints = small.get_service_endpoints_data(prefix, name)
        assert endpoints == whole.get_service_endpoints_data(prefix, name)
    assert "ec2" in whole_data["partitions"][0]["services"]
    assert cut_data["partitions"][0]["services"].keys() == prefixes


def test_file_that_keep_names_is_left_whole_and_its_endpoints_stay(tmp_path: Path) -> None:
    name = f"{DATA}/ssm/2014-11-06/service-2.json.gz"
    cut = cut_for("", tmp_path, "ssm", "s3", kept=name)
    assert cut[name] == SITE_PACKAGES / name
    services = read(cut[ENDPOINTS])["partitions"][0]["services"]
    assert services.keys() == {"ssm", "s3"}
    whole = cut_for("", tmp_path / "b", "ssm", kept=ENDPOINTS)
    assert whole[ENDPOINTS] == SITE_PACKAGES / ENDPOINTS


def test_nothing_is_cut_without_a_service(tmp_path: Path) -> None:
    assert cut_for("get_parameter", tmp_path)[ENDPOINTS] == SITE_PACKAGES / ENDPOINTS


@pytest.mark.parametrize(
    "data",
    [
        b"not JSON",
        b"[]",
        b"{}",
        b'{"operations": {}, "shapes": {}, "metadata": {}}',
        b'{"operations": {"A": {"input": {"shape": "B"}}}, "shapes": {}}',
    ],
)
def test_model_of_an_unknown_form_fails_the_build(tmp_path: Path, data: bytes) -> None:
    name = f"{DATA}/ssm/1/service-2.json"
    write(tmp_path / "model", data)
    write(tmp_path / "a.py", b"a")
    write(tmp_path / "endpoints", b'{"partitions": []}')
    contents = {
        name: tmp_path / "model",
        "a.py": tmp_path / "a.py",
        ENDPOINTS: tmp_path / "endpoints",
    }
    with pytest.raises(BuildError, match=r"has not the form .* `keep`"):
        cut_service_data(contents, contents.keys(), SourceWords(), tmp_path / "cut")


def test_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = (cut_for("get_item", tmp_path / name, "dynamodb") for name in "ab")
    assert one.keys() == other.keys()
    for name, path in one.items():
        assert path.read_bytes() == other[name].read_bytes()


def test_botocore_finds_the_cut_model(tmp_path: Path) -> None:
    cut = cut_for("get_parameter", tmp_path, "ssm")
    for name, path in cut.items():
        if name.startswith(f"{DATA}/ssm/"):
            write(tmp_path / name, path.read_bytes())
    loader = Loader([str(tmp_path / DATA)], include_default_search_paths=False)
    assert "GetParameter" in loader.load_service_model("ssm", "service-2")["operations"]
