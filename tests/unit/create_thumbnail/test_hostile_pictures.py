"""The corpus of hostile pictures: each ends as a thumbnail or as a refusal on its profile.

Within the memory and the time that Terraform gives the function, and never as the end of its
process: that would be a record that is tried again and again.
"""

import json
import os
import re
import select
import struct
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.unit.hostile_pictures import (
    Entry,
    entries_of_size,
    large_entries,
    small_entries,
)
from tests.unit.pictures import encoded

ROOT = Path(__file__).parents[3]
MEBIBYTE = 2**20
SIDES = {"thumbnails": 150, "thumbnails-300": 300}  # pixels, by folder
SMALLEST_MEMORY = 256  # MiB; what Terraform's thumbnails.memory_size is at least

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="the peak of one picture is read from /proc"
)


@cache
def memory_size() -> int:
    """The function's memory by default, in MiB."""
    path = ROOT / "terraform" / "modules" / "profile_images" / "variables.tf"
    (found,) = re.findall(
        r"^    memory_size += optional\(number, (\d+)\)$", path.read_text("utf-8"), re.MULTILINE
    )
    return int(found)


@cache
def time_out() -> int:
    """The function's time-out with its own engine, in seconds."""
    path = ROOT / "terraform" / "modules" / "profile_images" / "create_thumbnail.tf"
    (line,) = [line for line in path.read_text("utf-8").splitlines() if "timeout " in line]
    return int(line.rpartition(":")[2])


class Worker:
    """The function in a process of its own, started again where a picture has ended it."""

    def __init__(self, memory_size: int, log: Path) -> None:
        self._memory_size = memory_size
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def outcome_of(self, data: bytes) -> dict[str, Any]:
        """What becomes of a picture; "died" or "late" where that is how it ends."""
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(struct.pack(">Q", len(data)) + data)
            process.stdin.flush()
        except BrokenPipeError:
            return self._ended("died")
        ready, _, _ = select.select([process.stdout], [], [], time_out())
        if not ready:
            process.kill()
            return self._ended("late")
        line = process.stdout.readline()
        if not line:
            return self._ended("died")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> list[str]:
        """End the process; answer what it has logged."""
        if self._process is not None:
            self._process.communicate()
            self._process = None
        return self._log.read_text("utf-8").splitlines() if self._log.exists() else []

    def kill(self) -> None:
        """What a crash in a decoder does."""
        self._started().kill()

    def _ended(self, how: str) -> dict[str, Any]:
        assert self._process is not None
        self._process.communicate()
        status, self._process = self._process.returncode, None
        return {"ended": f"{how}, exit status {status}"}

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tests.unit.create_thumbnail.picture_worker"],
                    cwd=ROOT,
                    env={
                        **os.environ,
                        "PYTHONPATH": os.pathsep.join([str(ROOT / "lambdas"), str(ROOT)]),
                        "USER_PROFILE_TABLE_NAME": "profiles",
                        "PROFILE_IMAGES_BUCKET_NAME": "bucket",
                        "THUMBNAIL_ENGINE": "pillow",
                        "THUMBNAIL_FIT": "fit",
                        "MAX_IMAGE_BYTES": str(max_image_bytes(self._memory_size)),
                        "THUMBNAIL_SIZES": ",".join(map(str, SIDES.values())),
                        "MAX_DECODE_BYTES": str(max_decode_bytes(self._memory_size)),
                    },
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                )
        return self._process


def max_decode_bytes(memory_size: int) -> int:
    """As terraform/modules/profile_images/create_thumbnail.tf has it."""
    return memory_size * MEBIBYTE // 2


def max_image_bytes(memory_size: int) -> int:
    """The most that terraform/variables.tf allows."""
    return (memory_size // 2 - 100) * MEBIBYTE


def what_is_wrong(outcome: dict[str, Any], memory_size: int) -> str:
    """What is wrong with an outcome; "" for nothing."""
    if "ended" in outcome:
        return str(outcome["ended"])
    if outcome["failed"]:
        return "neither made nor refused"
    if outcome["peak"] > memory_size * MEBIBYTE:
        return f"{outcome['peak'] // MEBIBYTE} MiB"
    if outcome["seconds"] > time_out():
        return f"{outcome['seconds']:.0f} seconds"
    return _wrong_words(outcome) if outcome["status"] == "FAILED" else _wrong_thumbnail(outcome)


def _wrong_words(outcome: dict[str, Any]) -> str:
    reason = outcome["reason"]
    is_fine = reason and len(reason) <= 300 and reason.isprintable() and not outcome["thumbnails"]
    return "" if is_fine else f"the reason {reason!r}"


def _wrong_thumbnail(outcome: dict[str, Any]) -> str:
    thumbnails = outcome["thumbnails"]
    is_fine = outcome["status"] == "DONE" and thumbnails.keys() == SIDES.keys()
    wrong = {
        folder: thumbnail
        for folder, thumbnail in thumbnails.items()
        if not is_fine
        or thumbnail["format"] not in ("JPEG", "PNG", "WEBP")
        or max(thumbnail["size"]) > SIDES[folder]
        or thumbnail["has_script"]
        or {"exif", "xmp", "icc_profile", "comment"}.intersection(thumbnail["info"])
    }
    return "" if is_fine and not wrong else f"the thumbnails {wrong}"


@pytest.fixture
def worker_of(tmp_path: Path) -> Iterator[Any]:
    workers: list[Worker] = []

    def make(memory_size: int) -> Worker:
        workers.append(Worker(memory_size, tmp_path / "log"))
        return workers[-1]

    yield make
    for worker in workers:
        worker.end()


def check(worker: Worker, memory_size: int, entries: Iterator[Entry]) -> dict[str, int]:
    """Check what becomes of each picture; answer how many had which outcome."""
    wrong: dict[str, str] = {}
    counts = {"DONE": 0, "FAILED": 0}
    for name, make in entries:
        outcome = worker.outcome_of(make())
        if words := what_is_wrong(outcome, memory_size):
            wrong[name] = words
        else:
            counts[outcome["status"]] += 1
    assert wrong == {}
    # A line for each, and no other: no warning of Pillow's, no word of a library in C.
    assert [json.loads(line)["service"] for line in worker.end()] == (
        ["create_thumbnail"] * sum(counts.values())
    )
    return counts


def test_the_end_of_the_process_is_seen_and_named(worker_of: Any) -> None:  # noqa: ANN401 - a factory
    worker = worker_of(memory_size())
    picture = encoded("PNG")
    assert what_is_wrong(worker.outcome_of(picture), memory_size()) == ""
    worker.kill()
    assert what_is_wrong(worker.outcome_of(picture), memory_size()) == "died, exit status -9"
    assert what_is_wrong(worker.outcome_of(picture), memory_size()) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"failed": True}, "neither made nor refused"),
        ({"peak": 257 * MEBIBYTE}, "257 MiB"),
        ({"seconds": 61.0}, "61 seconds"),
        ({"status": "FAILED", "reason": "a\nb"}, "the reason 'a\\nb'"),
        ({"status": "FAILED", "reason": ""}, "the reason ''"),
    ],
)
def test_what_is_wrong_is_told(change: dict[str, Any], words: str) -> None:
    fine = {"failed": False, "status": "FAILED", "reason": "x", "seconds": 1.0, "peak": 1}
    fine["thumbnails"] = {}
    assert what_is_wrong(fine, 256) == ""
    assert what_is_wrong({**fine, **change}, 256) == words


def test_every_small_one(worker_of: Any) -> None:  # noqa: ANN401 - a factory
    counts = check(worker_of(memory_size()), memory_size(), small_entries())
    assert min(counts.values()) > 500  # neither all refused nor all taken


def test_every_large_one(worker_of: Any) -> None:  # noqa: ANN401 - a factory
    """Where there is least room for them."""
    counts = check(worker_of(SMALLEST_MEMORY), SMALLEST_MEMORY, large_entries())
    assert min(counts.values()) > 20


@pytest.mark.parametrize("is_smallest", [False, True])
def test_those_as_large_as_may_be_decoded(worker_of: Any, *, is_smallest: bool) -> None:  # noqa: ANN401 - a factory
    memory = SMALLEST_MEMORY if is_smallest else memory_size()
    counts = check(worker_of(memory), memory, entries_of_size(max_decode_bytes(memory)))
    assert min(counts.values()) >= 3
