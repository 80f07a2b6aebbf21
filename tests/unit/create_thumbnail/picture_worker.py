"""CreateThumbnail in a process of its own, as Lambda runs it: pictures come in, outcomes go out.

For each picture its length, in eight bytes, and its bytes on standard input; one line of JSON on
standard output. What the function writes to S3 and to DynamoDB goes no further than here.
"""

import io
import json
import logging
import resource
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from PIL import Image

from create_thumbnail import handler as function
from tests.unit.builders import make_context, profile_image, profile_record

# Not the limit that is tested: what keeps a bomb from the machine that the tests run on, in bytes
# of address space, of which much is never used.
ADDRESS_SPACE = 4 * 2**30
KEY = "original/picture.jpg"


class Bucket:
    """A bucket of one picture, and of the thumbnails that are put."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.thumbnails: dict[str, bytes] = {}

    def get_object(self, **_: object) -> dict[str, Any]:
        body = io.BytesIO(self.data)
        return {
            "Body": body,
            "ContentLength": len(self.data),
            "Metadata": {},
            "VersionId": "original",
        }

    def head_object(self, **_: object) -> dict[str, Any]:
        """There is no thumbnail of an earlier picture."""
        raise ClientError({"Error": {"Code": "404"}}, "HeadObject")

    def put_object(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - boto's parameters
        self.thumbnails[request["Key"]] = request["Body"]
        return {"VersionId": "thumbnail"}


class Table:
    """A table that takes every write, and keeps the last one's texts."""

    def __init__(self) -> None:
        self.written: dict[str, str] = {}

    def update_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - boto's parameters
        values = request["ExpressionAttributeValues"]
        self.written = {name: value["S"] for name, value in values.items() if "S" in value}
        return {}


def outcome_of(data: bytes) -> dict[str, Any]:
    """What becomes of a profile whose image is this picture."""
    bucket, table = Bucket(data), Table()
    vars(function).update(s3=lambda: bucket, dynamodb=lambda: table)
    # These keep the clients of the picture before.
    function.profiles.cache_clear()
    function.pictures.cache_clear()
    event = {"Records": [profile_record(profile_image(42, KEY))]}
    # From here on the peak is that of this picture: Linux, proc(5), clear_refs.
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    started = time.perf_counter()
    response = function.handler(event, make_context("11111111-2222-3333-4444-555555555555"))
    return {
        "failed": bool(response["batchItemFailures"]),
        "status": table.written.get(":status"),
        "reason": table.written.get(":reason", ""),
        "seconds": time.perf_counter() - started,
        "peak": _peak(),
        "thumbnails": {
            key.partition("/")[0]: _described(data) for key, data in bucket.thumbnails.items()
        },
    }


def _peak() -> int:
    """The most memory that this process has held, in bytes."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise LookupError("VmHWM")


def _described(thumbnail: bytes) -> dict[str, Any]:
    with Image.open(io.BytesIO(thumbnail)) as picture:
        picture.load()
        return {
            "format": picture.format,
            "size": picture.size,
            "info": sorted(picture.info),
            "has_script": b"<script" in thumbnail,
        }


def _pictures() -> Iterator[bytes]:
    while length := sys.stdin.buffer.read(8):
        yield sys.stdin.buffer.read(*struct.unpack(">Q", length))


def main() -> None:
    """Answer one picture after the other."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    handler = function.logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    handler.stream = sys.stderr
    for data in _pictures():
        sys.stdout.write(json.dumps(outcome_of(data)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
