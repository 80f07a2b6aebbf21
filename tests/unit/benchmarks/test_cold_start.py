"""The cases of the benchmark of cold starts, its promises and its CPU quota."""

import re
from pathlib import Path

import pytest

from benchmarks.cold_start import CLIENTS, DEFAULT_MEMORY_MB, MEMORY_MB, with_stock_data
from benchmarks.cpu_quota import QuotaGroup, quota_group, quota_of
from benchmarks.environments import PROJECT, PeerMissingError
from benchmarks.measures import Samples
from benchmarks.report import Section
from benchmarks.start_calls import CALLS, Call, api_calls, function_calls
from benchmarks.start_report import Start, Starts, judge, start_tables
from packager.settings import read_settings

FUNCTIONS = {handler.parent.name for handler in PROJECT.glob("lambdas/*/handler.py")}
MODULES = PROJECT / "terraform" / "modules"


def test_every_function_is_measured_and_called_as_often_as_promised() -> None:
    calls = [*function_calls(), *api_calls("__Host-session=signed")]
    assert {call.function for call in calls} == FUNCTIONS
    assert {len(call.events) for call in calls} == {CALLS}


def test_a_bare_client_is_made_for_each_service_that_a_function_declares() -> None:
    declared = {
        name: set(read_settings(PROJECT / "lambdas" / name / "package.toml").aws_services)
        for name in CLIENTS
    }
    # Only the TinyPNG engine reads a parameter.
    declared["create_thumbnail"].remove("ssm")
    # By default no thumbnail is served by CloudFront.
    for name in ("create_thumbnail", "remove_profile_images"):
        declared[name].discard("cloudfront")
    assert {name: set(services) for name, services in CLIENTS.items()} == declared


@pytest.mark.parametrize(
    ("path", "pattern", "memory_mb"),
    [
        (
            "lambda_function/variables.tf",
            r'"memory_size" \{[^}]*default += (\d+)',
            DEFAULT_MEMORY_MB,
        ),
        ("web_api/function.tf", r"memory_size = (\d+)", MEMORY_MB["web_api"]),
        (
            "profile_images/variables.tf",
            r"memory_size = optional\(number, (\d+)\)",
            MEMORY_MB["create_thumbnail"],
        ),
    ],
)
def test_functions_are_measured_with_the_memory_that_terraform_gives_them(
    path: str, pattern: str, memory_mb: int
) -> None:
    found = re.findall(pattern, (MODULES / path).read_text(encoding="utf-8"))
    assert found == [str(memory_mb)]


def test_former_functions_have_the_data_of_botocores_wheel(tmp_path: Path) -> None:
    def write(folder: str, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = tmp_path / folder / "botocore" / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    model = "s3/2006-03-01/service-2.json"
    write("zips/greet", {"endpoints.json": "cut", model: "cut", "_retry.json": "same"})
    stock = {"endpoints.json": "whole", f"{model}.gz": "whole", "ec2/1/service-2.json.gz": "whole"}
    write("wheels", stock)

    former = with_stock_data(tmp_path / "zips", tmp_path / "wheels") / "greet" / "botocore" / "data"

    found = {str(p.relative_to(former)): p.read_text() for p in former.rglob("*") if p.is_file()}
    assert found == {"endpoints.json": "whole", f"{model}.gz": "whole", "_retry.json": "same"}
    ours = tmp_path / "zips" / "greet" / "botocore" / "data"
    assert [(ours / name).read_text() for name in ("endpoints.json", model)] == ["cut", "cut"]


@pytest.mark.parametrize(("memory_mb", "quota"), [(128, 1447), (1769, 20_000), (64, 1000)])
def test_a_function_gets_its_share_of_each_period(memory_mb: int, quota: int) -> None:
    assert quota_of(memory_mb) == quota


@pytest.mark.parametrize(
    ("is_unified", "files"),
    [
        (True, {"cpu.max": "2894 20000"}),
        (False, {"cpu.cfs_period_us": "20000", "cpu.cfs_quota_us": "2894"}),
    ],
)
def test_the_quota_is_set_in_both_versions_of_cgroups(
    tmp_path: Path, is_unified: bool, files: dict[str, str]
) -> None:
    QuotaGroup(tmp_path, is_unified).limit_to(256)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == files


def test_without_writable_cgroups_nothing_is_measured_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "cpu").mkdir()  # a folder that is no cgroup: it gets no files of its own
    with pytest.raises(PeerMissingError, match="no writable cgroup"), quota_group(tmp_path):
        pass
    assert [path.name for path in tmp_path.rglob("*")] == ["cpu"]


def made(function: str = "set_profile_image", memory_mb: int = 256) -> Start:
    """A start that keeps every limit: its first call is 1.5 x 20 ms + 20 ms + 2 x 10 ms."""
    start = Start(Call(function, function, ["{}"]), memory_mb, connections=2)
    start.add(0.12, [0.07, 0.02])
    start.unprepared.seconds.append(0.4)
    return start


def starts_of(*starts: Start) -> Starts:
    measured = Starts(list(starts))
    measured.bare = {start.call.function: Samples([0.1]) for start in starts}
    measured.handshakes = {start.memory_mb: Samples([0.01]) for start in starts}
    measured.loading = {start.memory_mb: Samples([0.1]) for start in starts}
    return measured


def verdicts_of(starts: Starts) -> list[tuple[float | None, float, bool]]:
    section = Section("Cold start")
    judge(section, starts)
    return [
        (None if verdict.value is None else round(verdict.value, 6), verdict.limit, verdict.met)
        for verdict in section.verdicts
    ]


def test_a_start_within_its_limits_keeps_its_promises() -> None:
    found = verdicts_of(starts_of(made()))
    assert found == [(1, 1, True), (1.2, 1.4, True), (0.475, 0.5, True)]


def test_a_slower_start_breaks_them() -> None:
    start = made()
    start.first.seconds, start.init.seconds, start.whole.seconds = [0.08], [0.15], [0.23]
    assert [met for *_, met in verdicts_of(starts_of(start))] == [False, False, False]


def test_what_was_not_measured_keeps_no_promise() -> None:
    call = next(function_calls())
    assert [met for *_, met in verdicts_of(Starts([Start(call, 1024)]))] == [False, False, False]


def test_each_function_has_the_same_limits() -> None:
    for function in ("create_thumbnail", "web_api"):
        found = verdicts_of(starts_of(made(function, 1024)))
        assert [limit for _, limit, _ in found] == [1, 1.4, 0.5]


def test_prices_are_those_of_memory_times_seconds_and_the_request() -> None:
    start = made("web_api", 1024)
    tables = start_tables(starts_of(start), {"web_api": 7_000_000})
    (row,) = tables[-1].rows
    # 0.19 and 0.02 GB-seconds at 0.0000133334 each, and 0.20 a million requests.
    assert row == ("web_api", "1,024 MB", "190 ms", "2.73", "20 ms", "0.47")
