"""Runs the engine. Started by engine.py with the interpreter of the engine's own environment.

Usage: engine_host.py LOCK_FILE EXPECTED_VERSION with-parent|alone

It also closes two gaps of the engine, by changing internals of exactly the version that it checks.

This file imports nothing of this project: only the standard library and ministack are there.
"""

import contextlib
import fcntl
import os
import signal
import sys
import threading
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET


def _require_version(expected: str) -> None:
    try:
        found = version("ministack")
    except PackageNotFoundError:
        found = "none"
    if found != expected:
        sys.exit(f"ministack {expected} is needed, found {found}: run `make setup`")


def _hold_lock(path: str) -> int:
    """Lock the file for as long as this process lives and write its id into it.

    The kernel drops the lock with the process, however that ends. So a held lock proves that the
    id in the file is this engine's, and a stale file can never name a stranger's process.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"another engine is running there: {path} is locked")
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode("ascii"))
    return descriptor


def _end_with_parent() -> None:
    """End this process group when standard input closes, that is when the parent has gone.

    It also covers the parent that was killed and could clean up nothing.
    """
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    os.killpg(os.getpgrp(), signal.SIGTERM)


def _report_error_classes() -> None:
    """Let a failed Python function be reported by the class of its exception, as Lambda does.

    The engine calls every failure `Runtime.HandlerError`, so no Retry or Catch that names an error
    of ours could ever match. This changes internals of exactly the version checked above.
    """
    # Only the engine's own environment has ministack, not the one that mypy looks at.
    from ministack.core import lambda_runtime  # type: ignore[import-not-found]  # noqa: PLC0415
    from ministack.services import lambda_svc  # type: ignore[import-not-found]  # noqa: PLC0415

    answer = '"error": str(e), "trace"'
    if lambda_runtime._PYTHON_WORKER_SCRIPT.count(answer) != 1:  # noqa: SLF001 - see above
        sys.exit("ministack reports errors in an unknown way; is it the pinned version?")
    lambda_runtime._PYTHON_WORKER_SCRIPT = lambda_runtime._PYTHON_WORKER_SCRIPT.replace(  # noqa: SLF001
        answer, '"error": str(e), "error_class": type(e).__name__, "trace"'
    )
    invoke = lambda_runtime.Worker.invoke
    execute = lambda_svc._execute_function_warm  # noqa: SLF001
    # An invocation stays on one thread from `execute` through `invoke`.
    last = threading.local()

    def invoke_noting_the_class(*arguments: object, **options: object) -> dict[str, Any]:
        answer: dict[str, Any] = invoke(*arguments, **options)
        last.error_class = answer.get("error_class")
        return answer

    def execute_with_the_class(*arguments: object) -> dict[str, Any]:
        last.error_class = None
        result: dict[str, Any] = execute(*arguments)
        if result.get("error") and last.error_class:
            result["body"]["errorType"] = last.error_class
        return result

    lambda_runtime.Worker.invoke = invoke_noting_the_class
    lambda_svc._execute_function_warm = execute_with_the_class  # noqa: SLF001


def _encode_listed_keys() -> None:
    """Let ListObjectVersions write keys URL-encoded where it is asked to, as S3 does.

    Terraform asks, decodes, and so empties no bucket that holds a `%` or a `+` in a key.
    """
    from ministack.services import s3  # noqa: PLC0415

    list_object_versions = s3._list_object_versions  # noqa: SLF001 - internals of one version

    def list_with_encoded_keys(
        bucket: str, query: dict[str, Any]
    ) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = list_object_versions(bucket, query)
        if s3._qp(query, "encoding-type", "") != "url" or status != 200:  # noqa: SLF001
            return status, headers, body
        root = ET.fromstring(body)  # noqa: S314 - the engine's own answer
        for name in ("Key", "Prefix", "Delimiter", "KeyMarker", "NextKeyMarker"):
            for element in root.iter(f"{{{s3.S3_NS}}}{name}"):
                element.text = quote(element.text or "", safe="/")
        ET.SubElement(root, f"{{{s3.S3_NS}}}EncodingType").text = "url"
        return status, headers, ET.tostring(root, encoding="utf-8", xml_declaration=True)

    s3._list_object_versions = list_with_encoded_keys  # noqa: SLF001


def main() -> None:
    """Check, lock, watch the parent, then hand over to ministack until it ends."""
    lock_file, expected_version, lifetime = sys.argv[1:]
    _require_version(expected_version)
    _hold_lock(lock_file)
    if lifetime == "with-parent":
        threading.Thread(target=_end_with_parent, daemon=True).start()
    _report_error_classes()
    _encode_listed_keys()
    # ministack reads the command line too; it is told everything by environment variables.
    sys.argv = ["ministack"]
    # After the version check.
    from ministack.app import (  # type: ignore[import-not-found]  # noqa: PLC0415
        main as run_ministack,
    )

    run_ministack()


if __name__ == "__main__":
    main()
