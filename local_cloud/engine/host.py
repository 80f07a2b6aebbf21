"""Runs the engine. process.py starts it with the interpreter of the engine's own environment.

Usage: -m local_cloud.engine.host LOCK_FILE EXPECTED_VERSION with-parent|alone [FOLDER COMMAND ...]

The command, if given, runs beside the engine and ends with it; it serves the mailbox page.

This module also closes gaps of the engine, by changing internals of the version that it checks:
small gaps here, larger ones in `hooks`. Of this project it imports only `hooks`, as the engine's
environment lacks the packages of the tools.
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
    invocation_ids,
    mail_simulator,
    permissions,
    public_thumbnails,
    read_back,
    repeated_requests,
    request_log,
    unsigned_headers,
    unsigned_requests,
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
    """Lock the file while this process lives, and write the process id into it.

    The kernel drops the lock when the process ends for any reason. So a held lock proves that the
    id is this engine's, and a stale file never names another process.
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
    """End this process group when standard input closes: the parent has ended or was killed."""
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    os.killpg(os.getpgrp(), signal.SIGTERM)


def _run_beside(folder: str, command: list[str]) -> "subprocess.Popen[bytes]":
    """Start a command in this process group, so that it ends with the group.

    It must also end when its standard input closes, whose other end only this process holds.
    """
    return subprocess.Popen(  # noqa: S603 - process.py's own command
        command, cwd=folder, stdin=subprocess.PIPE
    )


def _encode_listed_keys() -> None:
    """Make ListObjectVersions URL-encode keys on request, as S3 does.

    Terraform asks for it and decodes. Otherwise it can't empty a bucket with a `%` or `+` in a key.
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
    """Put a request's cookies where API Gateway puts them for a function behind an HTTP API."""
    from ministack.services import lambda_svc

    execute = lambda_svc._execute_function_with_config_scope

    def execute_with_cookies(function: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = execute(function, with_cookies(event))
        return result

    lambda_svc._execute_function_with_config_scope = execute_with_cookies


def with_cookies(event: Any) -> Any:  # noqa: ANN401 - an event may be any JSON value
    """An HTTP API's event (payload format 2.0) with its cookies as a list; others unchanged."""
    if not isinstance(event, dict):
        return event
    headers = event.get("headers")
    if event.get("version") != "2.0" or not isinstance(headers, dict) or "cookie" not in headers:
        return event
    others = {name: value for name, value in headers.items() if name != "cookie"}
    cookies = [cookie.strip() for cookie in headers["cookie"].split(";")]
    return {**event, "headers": others, "cookies": [cookie for cookie in cookies if cookie]}


def _keep_to_cors_rules() -> None:
    """Apply a bucket's CORS rules, as S3 does.

    The engine allows everything to every page, so a missing rule would show only on AWS. (It does
    apply the rules in a mode that checks all permissions, which doesn't work for everything here.)
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
    """Check, lock, watch the parent, then run ministack until it ends."""
    lock_file, expected_version, lifetime, *beside = sys.argv[1:]
    _require_version(expected_version)
    # The process starts in the repository for its imports; the engine must not write there.
    os.chdir(Path(lock_file).parent)
    _hold_lock(lock_file)
    if lifetime == "with-parent":
        threading.Thread(target=_end_with_parent, daemon=True).start()
    # After the version check, as both need ministack.
    from ministack.app import main as run_ministack

    from local_cloud.engine.hooks import stream_source

    executor.install()
    invocation_ids.install()
    stream_source.install()
    asynchronous.install()
    read_back.install()
    user_metadata.install()
    unsigned_headers.install()
    unsigned_requests.install()
    public_thumbnails.install()
    mail_simulator.install()
    _encode_listed_keys()
    _pass_cookies()
    _keep_to_cors_rules()
    permissions.install()
    repeated_requests.install()
    request_log.install()
    # ministack reads the command line too; environment variables hold all of its settings.
    sys.argv = ["ministack"]
    with contextlib.ExitStack() as running:
        if beside:
            running.enter_context(_run_beside(beside[0], beside[1:]))
        run_ministack()


if __name__ == "__main__":
    main()
