"""Runs the engine. Started by process.py with the interpreter of the engine's own environment.

Usage: -m local_cloud.engine.host LOCK_FILE EXPECTED_VERSION with-parent|alone [FOLDER COMMAND ...]

The command, if there is one, runs beside the engine (the mailbox page does) and ends with it.

It also closes gaps of the engine, by changing internals of exactly the version that it checks: the
smaller ones here, the larger ones in `hooks`.

Of this project it imports nothing but `hooks`: the packages of the tools are not there.
"""

# ruff: noqa: SLF001, PLC0415 - internals of one version, which only the engine has

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

from local_cloud.engine.hooks import (
    asynchronous,
    executor,
    permissions,
    read_back,
    repeated_requests,
    user_metadata,
)


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


def _run_beside(folder: str, command: list[str]) -> "subprocess.Popen[bytes]":
    """Start a command in this process group, so that whatever ends the group ends it too.

    It is to end when its standard input closes: only this process holds the other end, so that it
    closes however this process ends.
    """
    return subprocess.Popen(  # noqa: S603 - process.py's own command
        command, cwd=folder, stdin=subprocess.PIPE
    )


def _encode_listed_keys() -> None:
    """Let ListObjectVersions write keys URL-encoded where it is asked to, as S3 does.

    Terraform asks, decodes, and so empties no bucket that holds a `%` or a `+` in a key.
    """
    from ministack.services import s3

    list_object_versions = s3._list_object_versions

    def list_with_encoded_keys(
        bucket: str, query: dict[str, Any]
    ) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = list_object_versions(bucket, query)
        if s3._qp(query, "encoding-type", "") != "url" or status != 200:
            return status, headers, body
        root = ET.fromstring(body)  # noqa: S314 - the engine's own answer
        for name in ("Key", "Prefix", "Delimiter", "KeyMarker", "NextKeyMarker"):
            for element in root.iter(f"{{{s3.S3_NS}}}{name}"):
                element.text = quote(element.text or "", safe="/")
        ET.SubElement(root, f"{{{s3.S3_NS}}}EncodingType").text = "url"
        return status, headers, ET.tostring(root, encoding="utf-8", xml_declaration=True)

    s3._list_object_versions = list_with_encoded_keys


def _pass_cookies() -> None:
    """Let a function behind an HTTP API find a request's cookies where API Gateway puts them."""
    from ministack.services import lambda_svc

    execute = lambda_svc._execute_function_with_config_scope

    def execute_with_cookies(function: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = execute(function, with_cookies(event))
        return result

    lambda_svc._execute_function_with_config_scope = execute_with_cookies


def with_cookies(event: Any) -> Any:  # noqa: ANN401 - an event may be any JSON value
    """An HTTP API's event (payload format 2.0) with its cookies as a list of their own.

    Any other event is given back as it is.
    """
    if not isinstance(event, dict):
        return event
    headers = event.get("headers")
    if event.get("version") != "2.0" or not isinstance(headers, dict) or "cookie" not in headers:
        return event
    others = {name: value for name, value in headers.items() if name != "cookie"}
    cookies = [cookie.strip() for cookie in headers["cookie"].split(";")]
    return {**event, "headers": others, "cookies": [cookie for cookie in cookies if cookie]}


def _keep_to_cors_rules() -> None:
    """Let the CORS rules of a bucket decide which pages of a browser may use it, as S3 does.

    The engine as it is allows every page everything, so that a missing rule would show on AWS only.
    (It keeps to them where it checks all permissions too, which it can't do for all that is here.)
    """
    from ministack import app
    from ministack.services import s3

    answer_preflight = app._handle_options_request
    dispatch = app._dispatch_service_request

    def find_bucket(method: str, path: str, headers: dict[str, str], query: Any) -> Any:  # noqa: ANN401
        if app.detect_service(method, path, headers, query) != "s3":
            return None
        return app._s3_cors_target(headers.get("host", ""), path)

    def preflight_by_rules(
        method: str,
        path: str,
        headers: dict[str, str],
        *others: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401 - the engine's
        target = find_bucket(method, path, headers, others[0]) if method == "OPTIONS" else None
        if target is None:
            return answer_preflight(method, path, headers, *others)
        return s3.cors_preflight(*target, headers)

    async def dispatch_by_rules(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        *others: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401 - the engine's
        status, answer, content = await dispatch(method, path, headers, body, *others)
        target = find_bucket(method, path, headers, others[0])
        if target is not None:
            for name in [name for name in answer if name.startswith("Access-Control-")]:
                del answer[name]
            answer.update(s3.cors_response_headers(target[0], method, headers))
        return status, answer, content

    app._handle_options_request = preflight_by_rules
    app._dispatch_service_request = dispatch_by_rules


def main() -> None:
    """Check, lock, watch the parent, then hand over to ministack until it ends."""
    lock_file, expected_version, lifetime, *beside = sys.argv[1:]
    _require_version(expected_version)
    # Started in the repository, for its imports; what the engine writes is to lie elsewhere.
    os.chdir(Path(lock_file).parent)
    _hold_lock(lock_file)
    if lifetime == "with-parent":
        threading.Thread(target=_end_with_parent, daemon=True).start()
    # After the version check, as both need ministack.
    from ministack.app import main as run_ministack

    from local_cloud.engine.hooks import stream_source

    executor.install()
    stream_source.install()
    asynchronous.install()
    read_back.install()
    user_metadata.install()
    _encode_listed_keys()
    _pass_cookies()
    _keep_to_cors_rules()
    permissions.install()
    repeated_requests.install()
    # ministack reads the command line too; it is told everything by environment variables.
    sys.argv = ["ministack"]
    with contextlib.ExitStack() as running:
        if beside:
            running.enter_context(_run_beside(beside[0], beside[1:]))
        run_ministack()


if __name__ == "__main__":
    main()
