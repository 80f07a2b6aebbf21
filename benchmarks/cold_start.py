"""Measures the time from a function's import to its first client, and what each package adds."""

import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import ZipFile

from benchmarks.environments import (
    BENCH,
    HERE,
    PROJECT,
    TARGET_PYTHON,
    announce,
    package_folder,
    run,
    target_python,
)
from benchmarks.measures import Samples, as_ratio, as_size, as_time, turn_ratio
from benchmarks.report import Section, Table, Verdict

DEFAULT_RUNS = 15
START_LIMIT = 1.25
WORK = BENCH / "start"

# The service of each function's first client, by boto3's name, and its accessor in shared.aws.
FIRST_CLIENTS = {
    "create_thumbnail": ("s3", "s3"),
    "get_user_activation_status": ("dynamodb", "dynamodb"),
    "record_mail_feedback": ("dynamodb", "dynamodb"),
    "remove_profile_images": ("s3", "s3"),
    "send_user_activation_mail": ("dynamodb", "dynamodb"),
    "set_profile_image": ("s3", "s3"),
    "user_table_trigger": ("stepfunctions", "step_functions"),
    "web_api": ("dynamodb", "dynamodb"),
}
# Its libraries for HTTP are worth their time: docs/adr/0012.
WITHOUT_LIMIT = frozenset({"web_api"})
FUNCTIONS_WITH_LAYER = {"create_thumbnail": "pillow"}

# Lambda's variables, with dummy credentials, and the functions' settings.
LAMBDA_VARIABLES = {
    "AWS_ACCESS_KEY_ID": "benchmark",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/benchmark",
    "AWS_LAMBDA_LOG_STREAM_NAME": "benchmark",
    "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
    "AWS_REGION": "eu-central-1",
    "AWS_SECRET_ACCESS_KEY": "benchmark",
    "AWS_SESSION_TOKEN": "benchmark",
    "LANG": "en_US.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "TZ": ":UTC",
    "FROM_ADDRESS": "welcome@example.com",
    "MAIL_CLAIM_SECONDS": "60",
    "MAX_DECODE_BYTES": "536870912",
    "MAX_IMAGE_BYTES": "26214400",
    "POWERTOOLS_LOG_LEVEL": "INFO",
    "PRODUCT_NAME": "Benchmark",
    "PROFILE_IMAGES_BUCKET_NAME": "benchmark",
    "STATE_MACHINE_ARN": "arn:aws:states:eu-central-1:000000000000:stateMachine:benchmark",
    "THUMBNAIL_ENGINE": "pillow",
    "THUMBNAIL_FIT": "fit",
    "USER_PROFILE_TABLE_NAME": "benchmark",
    "USER_TABLE_NAME": "benchmark",
}

PROBE = """\
import sys
sys.path[:0] = {paths!r}
from time import perf_counter
{before}
start = perf_counter()
{measured}
seconds = perf_counter() - start
{after}
print(seconds)
try:
    with open("/proc/self/status") as status:
        print(int(status.read().split("VmHWM:")[1].split()[0]) * 1024)
except OSError:
    pass
"""

BARE_CLIENT = "import boto3; client = boto3.client({service!r})"
DYNAMODB = BARE_CLIENT.format(service="dynamodb")
BOTOCORE = (
    "import botocore.session; client = botocore.session.get_session().create_client('dynamodb')"
)
LOGGER = "from aws_lambda_powertools import Logger; Logger(service='benchmark')"
BATCH = "from aws_lambda_powertools.utilities.batch import BatchProcessor"
JPEG = "from PIL import Image, JpegImagePlugin"

# Name, kind of bytecode, statements before, measured statements.
PARTS = (
    ("boto3 and a DynamoDB client, from source", "source", "", DYNAMODB),
    ("boto3 and a DynamoDB client, stale bytecode", "stale", "", DYNAMODB),
    ("boto3 and a DynamoDB client", "unchecked", "", DYNAMODB),
    ("botocore alone and a DynamoDB client", "unchecked", "", BOTOCORE),
    ("a second client, same session", "unchecked", DYNAMODB, "boto3.client('s3')"),
    ("a second client, new session", "unchecked", DYNAMODB, "boto3.Session().client('s3')"),
    ("Powertools Logger", "unchecked", "", LOGGER),
    ("Powertools Logger, after a client", "unchecked", DYNAMODB, LOGGER),
    ("Powertools BatchProcessor", "unchecked", "", BATCH),
    ("Powertools BatchProcessor, after a client", "unchecked", DYNAMODB, BATCH),
    (
        "Powertools BatchProcessor, after a client and Logger",
        "unchecked",
        f"{DYNAMODB}; {LOGGER}",
        BATCH,
    ),
    ("requests", "unchecked", "", "import requests"),
    ("requests, after a client", "unchecked", DYNAMODB, "import requests"),
    ("PIL with the JPEG plugin, from source", "source", "", JPEG),
    ("PIL with the JPEG plugin", "unchecked", "", JPEG),
    ("PIL PNG plugin, after JPEG", "unchecked", JPEG, "from PIL import PngImagePlugin"),
    ("PIL WebP plugin, after JPEG", "unchecked", JPEG, "from PIL import WebPImagePlugin"),
    ("PIL ImageOps, after JPEG", "unchecked", JPEG, "from PIL import ImageOps"),
    ("PIL ImageCms, after JPEG", "unchecked", JPEG, "from PIL import ImageCms"),
    ("PIL Image.preinit()", "unchecked", "", "from PIL import Image; Image.preinit()"),
    ("PIL Image.init(), every plugin", "unchecked", "", "from PIL import Image; Image.init()"),
)


@dataclass
class Case:
    """An import in a fresh interpreter.

    Attributes:
        name: its name in the table.
        paths: the path for packages.
        measured: the statements whose time counts.
        before: statements before them.
        after: a check after them.
        samples: the measurements so far.
    """

    name: str
    paths: list[Path]
    measured: str
    before: str = ""
    after: str = ""
    samples: Samples = field(default_factory=Samples)

    def run(self, python: Path) -> None:
        """Run it once more, without writing bytecode, as Lambda's folders are read-only."""
        code = PROBE.format(
            paths=[str(path) for path in self.paths],
            before=self.before,
            measured=self.measured,
            after=self.after,
        )
        variables = LAMBDA_VARIABLES | {
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "LAMBDA_TASK_ROOT": str(self.paths[0]),
            "POWERTOOLS_SERVICE_NAME": self.name,
        }
        finished = run([python, "-I", "-B", "-c", code], environment=variables)
        seconds, *peak = finished.output.split()
        self.samples.seconds.append(float(seconds))
        # The parent's figure for the peak starts at the parent's own, which may be higher.
        self.samples.saw_peak(int(peak[0]) if peak else finished.peak_bytes)


def measure(runs: int) -> Section:
    """Start everything `runs` times, in turn."""
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
    reference = _reference(python)
    handlers = [
        (handler_case(name, zips), _bare_case(name, zips, reference))
        for name in sorted(FIRST_CLIENTS)
    ]
    parts = [
        Case(name, [reference / kind], measured, before) for name, kind, before, measured in PARTS
    ]
    cases = [case for pair in handlers for case in pair] + parts
    for number in range(runs):
        announce(f"start, run {number + 1} of {runs}")
        # Forwards and backwards by turns, so that no case always runs after the same one.
        for case in cases if number % 2 == 0 else reversed(cases):
            case.run(python)
    _judge(section, handlers, parts, zips)
    section.versions = _versions(python, reference)
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


def handler_case(name: str, zips: Path) -> Case:
    """Return the import of a handler and its first client."""
    service, accessor = FIRST_CLIENTS[name]
    paths = [zips / name]
    if name in FUNCTIONS_WITH_LAYER:
        paths.append(zips / FUNCTIONS_WITH_LAYER[name] / "python")
    return Case(
        name,
        paths,
        f"import {name}.handler; from shared import aws; client = aws.{accessor}()",
        after=f"assert client.meta.service_model.service_name == {service!r}",
    )


def _bare_case(name: str, zips: Path, reference: Path) -> Case:
    """Return the bare client from the same zip, with boto3 beside it if the zip has none."""
    service, _ = FIRST_CLIENTS[name]
    paths = [zips / name]
    if not (zips / name / "boto3").is_dir():
        paths.append(
            _boto3_alone(reference / ("unchecked" if has_bytecode(zips / name) else "source"))
        )
    return Case(f"{name}, bare", paths, BARE_CLIENT.format(service=service))


def _boto3_alone(packages: Path) -> Path:
    """Return a folder with boto3 and s3transfer, without their own botocore."""
    folder = WORK / f"boto3-{packages.name}"
    for package in ("boto3", "s3transfer"):
        shutil.copytree(packages / package, folder / package, dirs_exist_ok=True)
    return folder


def has_bytecode(folder: Path) -> bool:
    """Return whether an unpacked zip has bytecode."""
    return any(folder.rglob("*.pyc"))


def _reference(python: Path) -> Path:
    """Return a folder with all packages from source, with stale and with unchecked bytecode."""
    constraints = PROJECT / "requirements.txt"
    source = package_folder("packages", python, [HERE / "requirements-start.txt"], constraints)
    reference = WORK / "reference"
    shutil.rmtree(reference, ignore_errors=True)
    no_bytecode = shutil.ignore_patterns("__pycache__", "bin")
    for kind, mode in (("source", ""), ("stale", "timestamp"), ("unchecked", "unchecked-hash")):
        folder = reference / kind
        shutil.copytree(source, folder, ignore=no_bytecode)
        if mode:
            run([python, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", mode, folder])
    for path in (reference / "stale").rglob("*.py"):
        # As in a zip with one fixed date for all files.
        os.utime(path, (315532800, 315532800))
    return reference


def _judge(
    section: Section, handlers: Sequence[tuple[Case, Case]], parts: Sequence[Case], zips: Path
) -> None:
    rows = []
    for handler, bare in handlers:
        value = turn_ratio(handler.samples, bare.samples)
        if handler.name not in WITHOUT_LIMIT:
            promise = f"cold start, {handler.name}: time against a bare client"
            section.verdicts.append(Verdict(promise, value, START_LIMIT))
        size = (WORK / "zips" / f"{handler.name}.zip").stat().st_size
        rows.append(
            (
                handler.name,
                as_time(handler.samples.median),
                as_time(bare.samples.median),
                as_ratio(value),
                as_size(handler.samples.peak_bytes),
                as_size(size),
            )
        )
    section.tables += [
        Table(
            "From the import of the handler to its first client",
            ("function", "handler", "bare client", "ratio", "peak", "zip"),
            rows,
            _how_measured(zips),
        ),
        _parts_table(parts),
    ]


def _how_measured(zips: Path) -> str:
    folders = [zips / name for name in FIRST_CLIENTS]
    bytecode = "with" if all(has_bytecode(folder) for folder in folders) else "WITHOUT"
    origin = (
        "from the same zip"
        if all((folder / "boto3").is_dir() for folder in folders)
        else "with botocore and data from the same zip and, where that has no boto3, boto3 and"
        " s3transfer of the locked versions beside it"
    )
    return (
        f"Each from its own unpacked zip ({bytecode} bytecode), in a fresh interpreter with"
        " Lambda's environment variables, files in the page cache; the time of an empty interpreter"
        f" is not in it. The bare client is `boto3.client(…)` {origin}."
    )


def _parts_table(parts: Sequence[Case]) -> Table:
    base = next(
        case.samples
        for case in parts
        if case.measured == DYNAMODB and case.paths[0].name == "unchecked"
    )
    rows = [
        (
            case.name,
            as_time(case.samples.median),
            as_ratio(turn_ratio(case.samples, base)),
            as_size(case.samples.peak_bytes),
        )
        for case in parts
    ]
    return Table(
        "What each part adds",
        ("imported", "median", "against boto3 and a client", "peak"),
        rows,
        (
            "Whole packages of the locked versions with all data, unchecked-hash bytecode where"
            " nothing else is said. Stale bytecode is what a zip with one fixed date for all files"
            " brings: it is read, found not to fit, and the source is compiled after all."
        ),
    )


def _versions(python: Path, reference: Path) -> dict[str, str]:
    show = (
        "import importlib.metadata as m, json, platform, sys; "
        "print(json.dumps({d.name: d.version for d in m.distributions(path=[sys.argv[1]])}"
        " | {'Python': platform.python_version()}))"
    )
    output = run([python, "-c", show, reference / "source"]).output
    found = {name.replace("_", "-"): str(version) for name, version in json.loads(output).items()}
    wanted = ("Python", "boto3", "botocore", "aws-lambda-powertools", "requests", "pillow")
    return {name: found[name] for name in wanted}
