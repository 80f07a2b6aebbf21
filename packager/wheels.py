"""The wheels that a lock names: fetched once by pip, kept as files, and believed by sha256 alone.

An installer's cache of unpacked wheels can't be held against the lock: its files are linked into
other environments, where people edit them, and the wheel that the hash is of is gone. So the wheels
themselves are kept. Each is read once per build, hashed, and unpacked from those very bytes.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import Version
from platformdirs import user_cache_path

from packager.errors import BuildError, FetchError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from packager.locks import Pin
    from packager.targets import Target

CACHE_VARIABLE = "ONBOARDING_CACHE_DIR"

# What pip may take from the environment: where packages come from, and how it gets there. Every
# other PIP_* variable could change what is fetched, or where it is put.
PIP_SETTINGS_KEPT = {
    "PIP_CERT",
    "PIP_CLIENT_CERT",
    "PIP_CONFIG_FILE",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_INDEX_URL",
    "PIP_KEYRING_PROVIDER",
    "PIP_NO_INDEX",
    "PIP_PROXY",
    "PIP_RETRIES",
    "PIP_TIMEOUT",
    "PIP_TRUSTED_HOST",
}
# They win over a pip.conf, which may hold the index and such settings as well.
PIP_SETTINGS_FIXED = {
    "PIP_CONSTRAINT": os.devnull,
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_USER": "0",
}


class WheelStore:
    """A folder of wheels for each target.

    For each target, as the best wheel differs: a pure one that was fetched for one Python must not
    take the place of a compiled one for another.

    Args:
        folder: holds the folders of the targets.
        offline: fetch nothing.
    """

    def __init__(self, folder: Path, *, offline: bool = False) -> None:
        self._folder = folder
        self._offline = offline

    def __call__(self, pins: Collection[Pin], target: Target) -> dict[Pin, bytes]:
        """Return the wheel of each pin that applies to the target.

        Raises:
            BuildError: a wheel in the store is not the locked one, and none is to be fetched.
            FetchError: pip could not fetch one; with pip's own words.
        """
        wanted = [pin for pin in pins if pin.applies_to(target)]
        folder = self._folder / target.key
        found = dict(self._kept(wanted, folder))
        missing = [pin for pin in wanted if pin not in found]
        if missing:
            self._fetch(missing, folder, target)
            found |= self._kept(missing, folder)
        for pin in wanted:
            if pin not in found:
                raise FetchError(f"{pin.name}=={pin.version}: pip fetched no wheel of it")
        return found

    def _kept(self, pins: Iterable[Pin], folder: Path) -> Iterator[tuple[Pin, bytes]]:
        """Yield the wheels of the store that are, to the last byte, what a pin stands for."""
        by_pin = wheels_by_name(folder)
        for pin in pins:
            for path in by_pin.get((pin.name, Version(pin.version)), []):
                data = path.read_bytes()
                if hashlib.sha256(data).hexdigest() in pin.hashes:
                    yield pin, data
                    break
                if self._offline:
                    raise BuildError(
                        f"{path}: is not the wheel that the lock names (its sha256 is another); "
                        "remove the file and build once without --offline"
                    )

    def _fetch(self, pins: list[Pin], folder: Path, target: Target) -> None:
        if self._offline:
            names = ", ".join(f"{pin.name}=={pin.version}" for pin in pins)
            raise FetchError(
                f"not among the wheels in {folder}: {names}; build once without --offline"
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BuildError(
                f"{folder}: wheels can't be kept there ({error.strerror}); set {CACHE_VARIABLE} to "
                "a folder that you may write to"
            ) from error
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as fetched:
            download(pins, Path(fetched), target)
            for wheel in Path(fetched).glob("*.whl"):
                wheel.replace(folder / wheel.name)


def cache_folder() -> Path:
    """Return the folder for the wheels: ONBOARDING_CACHE_DIR, or one in the user's cache."""
    named = os.environ.get(CACHE_VARIABLE)
    return Path(named) if named else user_cache_path("serverless-user-onboarding") / "wheels"


def wheels_by_name(folder: Path) -> dict[tuple[str, Version], list[Path]]:
    """Return the wheels in a folder by the name and version that their file names tell."""
    found: dict[tuple[str, Version], list[Path]] = {}
    for path in sorted(folder.glob("*.whl")):
        try:
            name, version, _, _ = parse_wheel_filename(path.name)
        except InvalidWheelFilename:
            continue
        found.setdefault((name, version), []).append(path)
    return found


def download(pins: Iterable[Pin], destination: Path, target: Target) -> None:
    """Fetch the best wheel of each pin for a target by pip, which checks the hashes, too.

    Raises:
        FetchError: with pip's own words.
    """
    lock = destination / "lock.txt"
    # What pip reads is what was parsed: no option in a lock gets there. Whether a marker applies
    # was decided by the target; pip would ask the machine that it runs on.
    lock.write_text("".join(f"{pin.line_without_marker()}\n" for pin in pins), encoding="utf-8")
    options = [
        *("--dest", str(destination), "--requirement", str(lock), "--no-cache-dir", "--no-deps"),
        *("--only-binary", ":all:", "--require-hashes", "--progress-bar", "off", "--quiet"),
    ]
    # The arguments are our own and no shell is involved.
    result = subprocess.run(  # noqa: S603 - pip, and our own arguments
        [sys.executable, "-I", "-m", "pip", "download", *options, *target.pip_arguments],
        cwd=destination,
        env=pip_environment(os.environ),
        stdin=subprocess.DEVNULL,
        check=False,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    lock.unlink()
    if "No module named pip" in result.stderr:
        raise BuildError(f"{sys.executable} has no pip; run `make setup` and build by `make build`")
    if result.returncode != 0:
        raise FetchError(result.stderr.strip())


def pip_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for pip, without the settings that change what is fetched."""
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith("PIP_") or name in PIP_SETTINGS_KEPT
    }
    return kept | PIP_SETTINGS_FIXED


def remedy(words: str) -> str:
    """Return what to do about wheels that could not be fetched."""
    if "without --offline" in words:
        return "a wheel is missing, and --offline forbids to fetch it"
    if "DO NOT MATCH THE HASHES" in words:
        return (
            "a file that was offered is not one that was locked: if the lock is complete, distrust "
            "the package index, else run `make lock`"
        )
    # Before the next: pip also says then that it found no version.
    if any(sign in words for sign in ("Retrying (", "ProxyError", "Could not fetch URL")):
        return "the package index can't be reached: check the connection and the proxy"
    if "No matching distribution found" in words:
        return (
            "a package has no wheel for this target, and none is built here: lock a version that "
            "has one"
        )
    if "No space left on device" in words:
        return "the disk is full: free some space"
    return "read what pip says of it"
