"""Measures what each package adds to a cold start, whole and alone in a fresh interpreter."""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.environments import BENCH, HERE, PROJECT, announce, package_folder, run
from benchmarks.measures import Samples, as_ratio, as_size, as_time, turn_ratio
from benchmarks.report import Table
from benchmarks.start_calls import LAMBDA_VARIABLES

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
        variables = {
            **LAMBDA_VARIABLES,
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "LAMBDA_TASK_ROOT": str(self.paths[0]),
            "POWERTOOLS_SERVICE_NAME": self.name,
        }
        finished = run([python, "-I", "-B", "-c", code], environment=variables)
        seconds, *peak = finished.output.split()
        self.samples.seconds.append(float(seconds))
        # The parent's figure for the peak starts at the parent's own, which may be higher.
        self.samples.saw_peak(int(peak[0]) if peak else finished.peak_bytes)


def parts_table(reference: Path, python: Path, runs: int) -> Table:
    """Measure all parts `runs` times, in turn."""
    parts = [
        Case(name, [reference / kind], measured, before) for name, kind, before, measured in PARTS
    ]
    for number in range(runs):
        announce(f"start, parts, run {number + 1} of {runs}")
        # Forwards and backwards by turns, so that no case always runs after the same one.
        for case in parts if number % 2 == 0 else reversed(parts):
            case.run(python)
    return _parts_table(parts)


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


def reference_packages(python: Path) -> Path:
    """Return a folder with all packages from source, with stale and with unchecked bytecode."""
    constraints = PROJECT / "requirements.txt"
    source = package_folder("packages", python, [HERE / "requirements-start.txt"], constraints)
    reference = BENCH / "start" / "reference"
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


def versions_of(python: Path, reference: Path) -> dict[str, str]:
    """Return the versions of the interpreter and the packages."""
    show = (
        "import importlib.metadata as m, json, platform, sys; "
        "print(json.dumps({d.name: d.version for d in m.distributions(path=[sys.argv[1]])}"
        " | {'Python': platform.python_version()}))"
    )
    output = run([python, "-c", show, reference / "source"]).output
    found = {name.replace("_", "-"): str(version) for name, version in json.loads(output).items()}
    wanted = ("Python", "boto3", "botocore", "aws-lambda-powertools", "requests", "pillow")
    return {name: found[name] for name in wanted}
