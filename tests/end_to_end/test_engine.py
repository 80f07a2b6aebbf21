"""The engine as a process: its environment, its ports, and its end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local_cloud.engine.process import Engine
from tooling import processes
from tooling.errors import ToolingError
from tooling.polling import wait_until

REPOSITORY = Path(__file__).resolve().parents[2]
# A shell has its commands in the background ignore Ctrl-C, and whatever they start.
START_AND_WAIT = """
import signal, sys, time
from pathlib import Path
from local_cloud.engine.process import Engine
signal.signal(signal.SIGINT, signal.default_int_handler)
engine = Engine(Path(sys.argv[1]))
engine.start()
print("started", flush=True)
time.sleep(60)
"""
LISTENING = "0A"


def listening_addresses(port: int) -> set[str]:
    """The local addresses, in hexadecimal, on which some process listens on a port."""
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]
    ]
    return {
        row[1].split(":")[0]
        for row in rows
        if row[3] == LISTENING and int(row[1].split(":")[1], 16) == port
    }


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/net")
def test_engine_listens_on_loopback_only(tmp_path: Path) -> None:
    with Engine(tmp_path) as engine:
        port = int(engine.endpoint_url.rsplit(":", 1)[1])

        assert listening_addresses(port) == {"0100007F"}
    assert listening_addresses(port) == set()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/<id>/environ")
def test_engine_inherits_nothing_of_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("DATABASE_PASSWORD", "do-not-leak")

    with Engine(tmp_path) as engine:
        seen = Path(f"/proc/{engine.process_id}/environ").read_bytes()

    assert b"AWS_PROFILE" not in seen
    assert b"PYTHONPATH" not in seen
    assert b"do-not-leak" not in seen


def test_second_engine_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with Engine(tmp_path), pytest.raises(ToolingError, match="already runs"):
        Engine(tmp_path).start()


def test_engine_that_died_is_reported_with_its_log(tmp_path: Path) -> None:
    with Engine(tmp_path) as engine:
        os.killpg(engine.process_id, signal.SIGKILL)

        def died() -> str | None:
            try:
                engine.check_alive()
            except ToolingError as error:
                return str(error)
            return None

        message = wait_until(died, "report of the end", deadline_seconds=10)
    assert "engine.log" in message
    assert "Ready" in message


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_engine_ends_with_the_process_that_started_it(tmp_path: Path, number: int) -> None:
    with subprocess.Popen(  # noqa: S603 - the script above
        [sys.executable, "-c", START_AND_WAIT, str(tmp_path)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "started\n"
        lock_file = tmp_path / "engine.lock"
        assert processes.lock_holder(lock_file) is not None

        parent.send_signal(number)
        parent.wait(timeout=10)

    wait_until(
        lambda: processes.lock_holder(lock_file) is None,
        "end of the engine",
        deadline_seconds=20,
    )
