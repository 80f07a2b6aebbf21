"""Downloads locked wheels with pip, and says what to do if that fails."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from packager.programs import run_program, worker_pool
from packager.tools import WheelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from packager.locks import Pin
    from packager.targets import Target

# Two processes pay for a distant index, where each waits while the other works. With an index on
# disk they take as long as one: 3.3 s for 21 wheels, median of 5 runs.
PROCESSES = 2

# Where packages come from, and how to reach them. pip gets no other variable: others can change
# what it downloads, and where to.
SETTINGS_KEPT = {
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_TRUSTED_HOST"),
    *("PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_KEYRING_PROVIDER", "PIP_CONFIG_FILE"),
    *("PIP_DEFAULT_TIMEOUT", "PIP_TIMEOUT", "PIP_RETRIES"),
    *("NETRC", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("PATH", "HOME", "TMPDIR", "LANG", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"),
}
PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
# pip.conf is read for the index. These variables outweigh other settings in it, by which pip would
# refuse to work or would miss the lock's versions.
SETTINGS_OF_OURS = {
    "PIP_CONSTRAINT": os.devnull,
    "PIP_NO_INPUT": "1",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_USER": "0",
}

# What to do, by words in pip's output; the first match counts. pip says that it found no version
# even if no index answered, so the order matters.
REMEDIES = (
    (("No module named pip",), "pip is missing in this Python environment; run `make setup`"),
    (
        ("DO NOT MATCH THE HASHES",),
        (
            "a file that was offered is not one that was locked: if the lock is complete, distrust "
            "the package index, else run `make lock`"
        ),
    ),
    (("No space left on device",), "the disk is full; free some space"),
    (
        (
            *("NewConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "ProxyError"),
            *("SSLError", "NameResolutionError", "ConnectionResetError", "Connection refused"),
            "timed out",
        ),
        "the package index cannot be reached; check the connection, proxy and certificates",
    ),
    (
        ("No matching distribution found",),
        (
            "the index has no wheel for this target, and the build makes none: lock a version that "
            "has one, or offer a wheel by an index or PIP_FIND_LINKS; if there is one, check the "
            "index and its credentials"
        ),
    ),
)


def download_wheels(pins: Sequence[Pin], target: Target, scratch: Path) -> list[Path]:
    """Download exactly the wheels of these pins below `scratch`; return the files.

    Raises:
        WheelError: with pip's output.
    """
    jobs = batches(pins)
    folders = [scratch / str(number) for number in range(len(jobs))]
    with worker_pool(len(jobs)) as pool:
        list(pool.map(lambda job, folder: download(job, target, folder), jobs, folders))
    return sorted(path for folder in folders for path in folder.glob("*.whl"))


def batches(pins: Sequence[Pin]) -> list[list[Pin]]:
    """Divide pins among pip processes; a process takes each name only once."""
    dealt: list[dict[str, Pin]] = [{} for _ in range(min(PROCESSES, len(pins)))]
    for pin in pins:
        free = [batch for batch in dealt if pin.name not in batch]
        if not free:
            free = [{}]
            dealt += free
        min(free, key=len)[pin.name] = pin
    return [list(batch.values()) for batch in dealt]


def download(pins: Sequence[Pin], target: Target, folder: Path) -> None:
    """Download wheels into a new folder with one pip process."""
    folder.mkdir(parents=True)
    requirements = folder / "requirements.txt"
    requirements.write_text("".join(f"{pin.line()}\n" for pin in pins), encoding="utf-8")
    command = [
        *(sys.executable, "-I", "-m", "pip", "download", "--quiet", "--no-color"),
        *("--disable-pip-version-check", "--progress-bar", "off", "--no-cache-dir", "--no-deps"),
        *("--only-binary", ":all:", "--require-hashes", *target_options(target)),
        *("--dest", str(folder), "--requirement", str(requirements)),
    ]
    result = run_program(command, pip_environment(os.environ))
    if result.returncode != 0:
        words = result.stderr.strip() or result.stdout.strip()
        raise WheelError(pins_named(pins, words), remedy(words), words)


def target_options(target: Target) -> list[str]:
    """Return pip's options for the target's wheels; none for the running interpreter."""
    if not target.wheel_platforms:
        return []
    platforms = [f"--platform={platform}" for platform in target.wheel_platforms]
    return ["--python-version", target.python_version, "--implementation", "cp", *platforms]


def pip_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for pip: only the settings of where packages come from."""
    kept = {
        name: value
        for name, value in environment.items()
        if name in SETTINGS_KEPT or name.startswith("LC_") or name.upper() in PROXIES
    }
    # pip reports why an index doesn't answer only before a retry.
    if kept.get("PIP_RETRIES") == "0":
        kept["PIP_RETRIES"] = "1"
    return kept | SETTINGS_OF_OURS


def pins_named(pins: Sequence[Pin], words: str) -> tuple[Pin, ...]:
    """Return the pins that pip's last error names, or else all of them."""
    _, _, error = words.rpartition("ERROR: ")
    named = tuple(
        pin for pin in pins if f"{pin.name}=={pin.version} " in f"{error} ".replace("\n", " ")
    )
    return named or tuple(pins)


def remedy(words: str) -> str:
    """Return what to do about a failed download, by pip's output."""
    for signs, advice in REMEDIES:
        if any(sign in words for sign in signs):
            return advice
    return "see pip's output"
