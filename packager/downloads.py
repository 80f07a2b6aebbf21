"""Downloads locked wheels with pip, and says what to do where it cannot."""

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

# With an index on disk two processes take as long as one: 3.3 s for 21 wheels, median of 5 runs.
# They are for indexes that are far away, where each waits while the other works.
PROCESSES = 2

# Where packages come from and how they are reached. Everything else that pip reads from its
# environment stays away: it can change what is downloaded, and where to.
SETTINGS_KEPT = {
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_TRUSTED_HOST"),
    *("PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_KEYRING_PROVIDER", "PIP_CONFIG_FILE"),
    *("PIP_DEFAULT_TIMEOUT", "PIP_TIMEOUT", "PIP_RETRIES"),
    *("NETRC", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("PATH", "HOME", "TMPDIR", "LANG", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"),
}
PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
# A variable outweighs pip.conf, which is read for the index: what else people have in it must not
# make pip refuse to work or keep the lock's versions away.
SETTINGS_OF_OURS = {
    "PIP_CONSTRAINT": os.devnull,
    "PIP_NO_INPUT": "1",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_USER": "0",
}

# What to do, by the first words that are among pip's. Where no index answers, pip also says that it
# found no version, so the order counts.
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
            "no wheel for this target is offered, and none is built here: lock a version that has "
            "one, or offer a wheel by an index or PIP_FIND_LINKS; if there is one, check the index "
            "and its credentials"
        ),
    ),
)


def download_wheels(pins: Sequence[Pin], target: Target, scratch: Path) -> list[Path]:
    """Download the wheels of these pins, and nothing else, below `scratch`; return the files.

    Raises:
        WheelError: with pip's own words.
    """
    jobs = batches(pins)
    folders = [scratch / str(number) for number in range(len(jobs))]
    with worker_pool(len(jobs)) as pool:
        list(pool.map(lambda job, folder: download(job, target, folder), jobs, folders))
    return sorted(path for folder in folders for path in folder.glob("*.whl"))


def batches(pins: Sequence[Pin]) -> list[list[Pin]]:
    """Deal pins out to pip processes; one process takes each name once only."""
    dealt: list[dict[str, Pin]] = [{} for _ in range(min(PROCESSES, len(pins)))]
    for pin in pins:
        free = [batch for batch in dealt if pin.name not in batch]
        if not free:
            free = [{}]
            dealt += free
        min(free, key=len)[pin.name] = pin
    return [list(batch.values()) for batch in dealt]


def download(pins: Sequence[Pin], target: Target, folder: Path) -> None:
    """Download wheels into a new folder by one pip process."""
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
    """Return what makes pip choose wheels for the target; nothing for the running interpreter."""
    if not target.wheel_platforms:
        return []
    platforms = [f"--platform={platform}" for platform in target.wheel_platforms]
    return ["--python-version", target.python_version, "--implementation", "cp", *platforms]


def pip_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for pip: what says where packages come from, and no more."""
    kept = {
        name: value
        for name, value in environment.items()
        if name in SETTINGS_KEPT or name.startswith("LC_") or name.upper() in PROXIES
    }
    # pip says why an index does not answer only when it tries once more.
    if kept.get("PIP_RETRIES") == "0":
        kept["PIP_RETRIES"] = "1"
    return kept | SETTINGS_OF_OURS


def pins_named(pins: Sequence[Pin], words: str) -> tuple[Pin, ...]:
    """Return the pins that pip's last error names; all of them where it names none."""
    _, _, error = words.rpartition("ERROR: ")
    named = tuple(
        pin for pin in pins if f"{pin.name}=={pin.version} " in f"{error} ".replace("\n", " ")
    )
    return named or tuple(pins)


def remedy(words: str) -> str:
    """Return what to do about a failed download, by pip's words."""
    for signs, advice in REMEDIES:
        if any(sign in words for sign in signs):
            return advice
    return "see pip's own words"
