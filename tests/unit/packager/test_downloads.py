"""pip's arguments and environment, and the message when it fails."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from packager import downloads
from packager.downloads import batches, download_wheels, pip_environment
from packager.locks import Pin
from packager.targets import aws_target, host_target
from packager.tools import WheelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

ARM64 = aws_target("arm64")
HASH = "a" * 64
PINS = [Pin(name, "1.0", "", (HASH,)) for name in ("one", "two", "three")]


class FakePip:
    """A fake pip: notes its commands, and prints a scripted output."""

    def __init__(self, words: str = "") -> None:
        self.words = words
        self.commands: list[list[str]] = []
        self.requirements: list[str] = []

    def __call__(
        self, command: Sequence[str], environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        assert environment["PIP_USER"] == "0"
        self.commands.append(list(command))
        with open(command[-1], encoding="utf-8") as file:  # noqa: PTH123 - an argument is a text
            self.requirements.append(file.read())
        return subprocess.CompletedProcess(command, 1 if self.words else 0, "", self.words)


def fake_pip(monkeypatch: pytest.MonkeyPatch, words: str = "") -> FakePip:
    pip = FakePip(words)
    monkeypatch.setattr(downloads, "run_program", pip)
    return pip


def test_pip_is_asked_for_locked_wheels_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = fake_pip(monkeypatch)
    download_wheels(PINS, ARM64, tmp_path / "scratch")
    assert len(pip.commands) == 2
    for command in pip.commands:
        assert command[1:5] == ["-I", "-m", "pip", "download"]
        assert {"--require-hashes", "--no-deps", "--no-cache-dir"} < set(command)
        assert command[command.index("--only-binary") + 1] == ":all:"
        assert command[command.index("--python-version") + 1] == "3.13"
        platforms = [option for option in command if option.startswith("--platform=")]
        assert platforms == [f"--platform={platform}" for platform in ARM64.wheel_platforms]
    lines = sorted("".join(pip.requirements).splitlines())
    assert lines == sorted(f"{pin.name}==1.0 --hash=sha256:{HASH}" for pin in PINS)


def test_for_the_host_pip_chooses_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = fake_pip(monkeypatch)
    download_wheels(PINS[:1], host_target(), tmp_path / "scratch")
    (command,) = pip.commands
    assert not [option for option in command if option.startswith(("--platform", "--python"))]


def test_one_pip_gets_each_name_once() -> None:
    other_hashes = Pin("one", "1.0", "", ("b" * 64,))
    other_version = Pin("one", "2.0", "", (HASH,))
    dealt = batches([*PINS, other_hashes, other_version])
    assert sorted(pin.name for batch in dealt for pin in batch) == ["one"] * 3 + ["three", "two"]
    for batch in dealt:
        assert len({pin.name for pin in batch}) == len(batch)


def test_environment_has_where_packages_come_from_and_nothing_that_changes_them() -> None:
    kept = {
        "PIP_INDEX_URL": "https://example.com/simple",
        "PIP_FIND_LINKS": "/wheels",
        "PIP_CERT": "/certificates.pem",
        "HTTPS_PROXY": "http://proxy.example.com",
        "no_proxy": "localhost",
        "SSL_CERT_FILE": "/certificates.pem",
        "LC_ALL": "C.UTF-8",
        "HOME": "/home/ada",
        "PATH": "/bin",
    }
    dropped = {
        "PIP_TARGET": "/nowhere",
        "PIP_PREFIX": "/nowhere",
        "PIP_DEST": "/nowhere",
        "PIP_PLATFORM": "win_amd64",
        "PIP_NO_BINARY": ":all:",
        "PIP_PYTHON": "/python",
        "PYTHONPATH": "/nowhere",
        "AWS_SECRET_ACCESS_KEY": "made-up",
    }
    overruled = {"PIP_USER": "1", "PIP_REQUIRE_VIRTUALENV": "1", "PIP_CONSTRAINT": "/constraints"}
    assert pip_environment(kept | dropped | overruled) == kept | {
        "PIP_CONSTRAINT": os.devnull,
        "PIP_NO_INPUT": "1",
        "PIP_REQUIRE_VIRTUALENV": "0",
        "PIP_USER": "0",
    }


@pytest.mark.parametrize(("given", "used"), [("0", "1"), ("5", "5")])
def test_pip_tries_at_least_twice_to_say_why_it_failed(given: str, used: str) -> None:
    assert pip_environment({"PIP_RETRIES": given})["PIP_RETRIES"] == used


NO_VERSION = """\
ERROR: Could not find a version that satisfies the requirement two==1.0 (from versions: none)
ERROR: No matching distribution found for two==1.0
"""


WRONG_HASH = """\
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the \
package versions, please update the hashes.
    two==1.0 from file:///wheels/two-1.0-py3-none-any.whl:
"""


def broken_connection(cause: str) -> str:
    return f"WARNING: Retrying (Retry(total=0)) after connection broken by '{cause}'\n{NO_VERSION}"


# The texts of the pinned pip.
@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (WRONG_HASH, "distrust the package index, else run `make lock`"),
        (NO_VERSION, "the index has no wheel for this target"),
        (
            broken_connection('NewConnectionError("[Errno 111] Connection refused")'),
            "the package index cannot be reached; check the connection, proxy and certificates",
        ),
        (broken_connection("NameResolutionError()"), "the package index cannot be reached"),
        (broken_connection("SSLError()"), "the package index cannot be reached"),
        ("ERROR: Could not install: [Errno 28] No space left on device", "free some space"),
        ("/python: No module named pip", "run `make setup`"),
        ("ERROR: something new", "see pip's output"),
    ],
)
def test_words_of_pip_are_passed_on_with_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, remedy: str
) -> None:
    fake_pip(monkeypatch, words)
    with pytest.raises(WheelError) as error:
        download_wheels([PINS[1]], ARM64, tmp_path / "scratch")
    assert remedy in error.value.remedy
    assert error.value.details == words.strip()
    assert error.value.pins == (PINS[1],)


def test_error_is_about_the_package_that_pip_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "PROCESSES", 1)
    fake_pip(monkeypatch, NO_VERSION)
    with pytest.raises(WheelError) as error:
        download_wheels(PINS, ARM64, tmp_path / "scratch")
    assert error.value.pins == (PINS[1],)
