"""Measures cold starts as Lambda runs them.

INIT has a whole CPU, whatever the memory size; a call has the share of one that Lambda gives a
function of that size. docs/adr/0038-prepared-during-init.md says where that comes from.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from benchmarks.aws_stub import AwsStub, aws_stub
from benchmarks.cpu_quota import QuotaGroup, quota_group
from benchmarks.environments import (
    BENCH,
    HERE,
    PROJECT,
    TARGET_PYTHON,
    PeerMissingError,
    announce,
    explained,
    run,
    target_python,
)
from benchmarks.measures import Samples
from benchmarks.pictures import write_photograph
from benchmarks.report import Section
from benchmarks.start_calls import (
    LAMBDA_VARIABLES,
    SIGN_IN,
    Call,
    api_calls,
    function_calls,
)
from benchmarks.start_parts import parts_table, reference_packages, versions_of
from benchmarks.start_report import Start, Starts, judge, start_tables

DEFAULT_RUNS = 5
WORK = BENCH / "start"

# The sizes in MB of the table of prices, and how often each is measured.
SIZES = (128, 256, 512, 1024, 1769)
RUNS_OF_SIZES = 2
# Enough to be warm, where only the price is asked for.
CALLS_OF_SIZES = 4
# Without the memory for a picture: docs/adr/0006-memory-limit-by-format.md
SMALLEST = {"create_thumbnail": 256}

# The clients that each function prepares, by boto3's names: what a bare client is compared with.
CLIENTS = {
    "create_thumbnail": ("s3", "dynamodb"),
    "get_user_activation_status": ("dynamodb",),
    "record_mail_feedback": ("dynamodb",),
    "remove_profile_images": ("s3", "dynamodb"),
    "send_user_activation_mail": ("dynamodb", "sesv2"),
    "set_profile_image": ("dynamodb", "s3"),
    "user_table_trigger": ("stepfunctions",),
    "web_api": ("dynamodb", "ssm", "s3", "stepfunctions"),
}
FUNCTIONS_WITH_LAYER = {"create_thumbnail": "pillow"}
# In terraform/: the default of modules/lambda_function, and what differs from it.
DEFAULT_MEMORY_MB = 256
MEMORY_MB = {"create_thumbnail": 1024, "web_api": 1024}

HANDSHAKE = """\
import socket, ssl, time
host, _, port = {url!r}.removeprefix("https://").partition(":")
def trusting():
    context = ssl.create_default_context(cadata="")
    context.load_verify_locations({bundle!r})
    return context
context = {context}
def handler(event, lambda_context):
    # As after some of a call's own work: more than the quota of any period.
    end = time.process_time() + 0.025
    while time.process_time() < end:
        pass
    start = time.perf_counter()
    with socket.create_connection((host, int(port))) as connection:
        with (context or trusting()).wrap_socket(connection, server_hostname=host):
            return time.perf_counter() - start
"""


@dataclass(frozen=True)
class Laboratory:
    """What starts functions.

    Attributes:
        python: The interpreter.
        zips: The folder of the unpacked zips.
        former: The same with botocore's data as its wheel has it.
        bare: The folder of boto3 and all that it needs, as their wheels have it, with bytecode.
        stub: AWS.
        group: The CPU quota.
    """

    python: Path
    zips: Path
    former: Path
    bare: Path
    stub: AwsStub
    group: QuotaGroup

    def start(self, call: Call, memory_mb: int, *, prepared: bool = True) -> dict[str, Any]:
        """Start a function in a new environment, and call it.

        Not prepared, it is as before November 2026: its first call makes what it needs, and reads
        all of botocore's data for that.
        """
        zips = self.zips if prepared else self.former
        variables = {
            **self._variables(),
            "AWS_LAMBDA_FUNCTION_NAME": call.function,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb),
            "LAMBDA_TASK_ROOT": str(zips / call.function),
            "POWERTOOLS_SERVICE_NAME": call.function,
        }
        if not prepared:
            del variables["AWS_LAMBDA_INITIALIZATION_TYPE"]
        paths = [zips / call.function]
        if call.function in FUNCTIONS_WITH_LAYER:
            paths.append(zips / FUNCTIONS_WITH_LAYER[call.function] / "python")
        before = self.stub.connections()
        result = self._run(
            f"from {call.function}.handler import handler", paths, call.events, memory_mb, variables
        )
        _check(call, result["answer"])
        return {**result, "connections": self.stub.connections() - before}

    def bare_clients(self, function: str) -> float:
        """The seconds of importing boto3 and making the function's clients."""
        statements = "; ".join(f"boto3.client({service!r})" for service in CLIENTS[function])
        variables = self._variables()
        result = self._run(f"import boto3; {statements}", [self.bare], [], 0, variables)
        return float(result["init"])

    def handshake(self, memory_mb: int, *, loads_certificates: bool) -> float:
        """The seconds of a first connection over TLS alone."""
        statements = HANDSHAKE.format(
            url=self.stub.url,
            bundle=str(self.stub.certificates),
            context=None if loads_certificates else "trusting()",
        )
        result = self._run(statements, [], ["0"], memory_mb, {})
        return float(result["answer"])

    def session_cookie(self) -> str:
        """The cookie of a user who has signed in."""
        (call,) = (call for call in api_calls() if call.name == SIGN_IN)
        cookies = self.start(replace(call, events=call.events[:1]), SIZES[-1])["answer"]["cookies"]
        (cookie,) = (cookie for cookie in cookies if cookie.startswith("__Host-session="))
        return str(cookie.partition(";")[0])

    def _variables(self) -> dict[str, str]:
        return {
            **LAMBDA_VARIABLES,
            "AWS_ENDPOINT_URL": self.stub.url,
            "AWS_CA_BUNDLE": str(self.stub.certificates),
        }

    def _run(
        self,
        init: str,
        paths: Sequence[Path],
        events: Sequence[str],
        memory_mb: int,
        variables: Mapping[str, str],
    ) -> dict[str, Any]:
        if memory_mb:
            self.group.limit_to(memory_mb)
        plan = {
            "init": init,
            "paths": [str(path) for path in paths],
            "events": list(events),
            "processes": str(self.group.processes) if memory_mb else "",
        }
        finished = subprocess.run(  # noqa: S603 - our own script
            [self.python, "-I", "-B", HERE / "start_worker.py"],
            input=json.dumps(plan),
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode != 0:
            details = (finished.stdout + finished.stderr)[-3000:]
            raise PeerMissingError(f"a start ended with {finished.returncode}", details)
        result: dict[str, Any] = json.loads(finished.stdout.splitlines()[-1])
        return result


def measure(runs: int) -> Section:
    """Start every function `runs` times, in turn, and the parts that it is made of."""
    section = Section("Cold start")
    python = target_python()
    target = machine_target()
    if python is None or target is None:
        section.missing.append(
            f"Python {TARGET_PYTHON} for this machine: measured on {sys.version.split()[0]} instead"
        )
        python, target = Path(sys.executable), "host"
    announce(f"start, building for {target}")
    zips = _built(target)
    reference = reference_packages(python)
    starts = Starts([_at_own_size(call) for call in [*function_calls(), *api_calls()]])
    try:
        with ExitStack() as stack:
            group = stack.enter_context(quota_group())
            stub = stack.enter_context(aws_stub(WORK / "tls", _picture()))
            stock = reference / "unchecked"
            former = with_stock_data(zips, stock)
            _measure(starts, Laboratory(python, zips, former, stock, stub, group), runs)
        section.tables += start_tables(starts, _zip_sizes())
    except PeerMissingError as error:
        section.missing.append(explained("starts with a function's share of a CPU", error))
    judge(section, starts)
    section.tables.append(parts_table(reference, python, max(3, runs // 2)))
    section.versions = versions_of(python, reference)
    return section


def machine_target() -> str | None:
    """Return build.py's name for Lambda on this processor; None if it can't run here."""
    if not sys.platform.startswith("linux"):
        return None
    return {"x86_64": "x86_64", "aarch64": "arm64"}.get(os.uname().machine)


def _built(target: str) -> Path:
    """Build the packages and unpack each into a folder; return the folder of these."""
    run([sys.executable, PROJECT / "build.py", "--target", target, "--output", WORK / "zips"])
    unpacked = WORK / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    for archive in sorted((WORK / "zips").glob("*.zip")):
        unpack(archive, unpacked / archive.stem)
    return unpacked


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip as Lambda does, file times included: bytecode may depend on them."""
    with ZipFile(archive) as opened:
        opened.extractall(folder)
        for entry in opened.infolist():
            modified = time.mktime((*entry.date_time, 0, 0, -1))
            os.utime(folder / entry.filename, (modified, modified))


def with_stock_data(zips: Path, packages: Path) -> Path:
    """Return a copy of the unpacked zips with botocore's data of their services from its wheel."""
    copy = zips.with_name("former")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(zips, copy, copy_function=os.link)
    for data in copy.glob("*/botocore/data"):
        for cut in [data / "endpoints.json", *data.glob("*/*/service-2.json")]:
            cut.unlink()
            stock = packages / "botocore" / "data" / cut.relative_to(data)
            # The models of the wheel are compressed.
            path = next(stock.parent.glob(f"{cut.name}*"))
            shutil.copyfile(path, cut.with_name(path.name))
    return copy


def _picture() -> Path:
    """Return a phone's photograph of 12 megapixels; make it on the first run."""
    path = WORK / "photograph.jpg"
    if not path.exists():
        announce("start, making a photograph")
        write_photograph(PROJECT / "tests" / "samples", path)
    return path


def _zip_sizes() -> dict[str, int]:
    return {path.stem: path.stat().st_size for path in (WORK / "zips").glob("*.zip")}


def _at_own_size(call: Call) -> Start:
    return Start(call, MEMORY_MB.get(call.function, DEFAULT_MEMORY_MB))


def _measure(starts: Starts, laboratory: Laboratory, runs: int) -> None:
    """Fill in the measurements."""
    # Each kind of request again, now with the cookie of a session.
    calls = {call.name: call for call in api_calls(laboratory.session_cookie())}
    for start in starts.own:
        start.call = calls.get(start.call.name, start.call)
    for number in range(runs):
        announce(f"start, run {number + 1} of {runs}")
        # Forwards and backwards by turns, so that nothing always runs after the same.
        for start in starts.own if number % 2 == 0 else reversed(starts.own):
            _measure_own(start, laboratory)
        for start in starts.by_function():
            samples = starts.bare.setdefault(start.call.function, Samples())
            samples.seconds.append(laboratory.bare_clients(start.call.function))
        for memory_mb in SIZES:
            for found, loads in ((starts.handshakes, False), (starts.loading, True)):
                seconds = laboratory.handshake(memory_mb, loads_certificates=loads)
                found.setdefault(memory_mb, Samples()).seconds.append(seconds)
    starts.sizes = _measure_sizes(starts, laboratory)


def _measure_own(start: Start, laboratory: Laboratory) -> None:
    result = laboratory.start(start.call, start.memory_mb)
    start.add(result["init"], result["calls"])
    start.init.saw_peak(result["peak_bytes"])
    first = replace(start.call, events=start.call.events[:1])
    former = laboratory.start(first, start.memory_mb, prepared=False)
    start.unprepared.seconds.append(former["init"] + former["calls"][0])
    # INIT opens none, so it is the same with and without preparation.
    start.connections = former["connections"]


def _measure_sizes(starts: Starts, laboratory: Laboratory) -> list[Start]:
    """Start the typical calls at the other memory sizes."""
    found = [
        Start(replace(own.call, events=own.call.events[:CALLS_OF_SIZES]), memory_mb)
        for own in starts.own
        for memory_mb in SIZES
        if own.call.is_typical
        and memory_mb != own.memory_mb
        and memory_mb >= SMALLEST.get(own.call.function, 0)
    ]
    for number in range(RUNS_OF_SIZES):
        announce(f"start, other memory sizes, run {number + 1} of {RUNS_OF_SIZES}")
        for start in found:
            result = laboratory.start(start.call, start.memory_mb)
            start.add(result["init"], result["calls"])
    return found


def _check(call: Call, answer: Any) -> None:  # noqa: ANN401 - whatever a handler answers
    """Make sure that a call did its work: a refusal would be quicker."""
    failed = isinstance(answer, dict) and answer.get("batchItemFailures")
    if failed or (call.status is not None and answer["statusCode"] != call.status):
        raise PeerMissingError(f"{call.name}: the call failed", json.dumps(answer))
