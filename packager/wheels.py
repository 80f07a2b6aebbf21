"""The wheel store keeps wheel files between builds, and is never trusted.

Each use reads the wheel once, checks its sha256 against the lock, and unpacks the bytes that were
hashed; see docs/adr/0027.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sysconfig
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
from packaging.tags import Tag, compatible_tags, cpython_tags, sys_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from packager.downloads import download_wheels
from packager.errors import BuildError
from packager.tools import Wheel, WheelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from packager.locks import Pin
    from packager.targets import Target

CACHE_VARIABLE = "ONBOARDING_CACHE_DIR"
APPLICATION = "serverless-user-onboarding"

ADVICE = {
    errno.ENOSPC: "free some space on that disk",
    errno.EDQUOT: "free some space, your quota on that disk is used up",
    errno.EACCES: "correct its permissions",
    errno.EPERM: "correct its permissions",
    errno.EROFS: "make that file system writable",
}

# The wheel files by name and version, the best for the target first.
Shelf = dict[tuple[str, Version], list[Path]]


@dataclass(frozen=True)
class WheelStore:
    """Returns wheels from the store, and downloads missing ones, unless it is `offline`."""

    offline: bool
    progress: Callable[[str], None]
    download: Callable[[Sequence[Pin], Target, Path], list[Path]] = download_wheels

    def __call__(self, pins: Sequence[Pin], target: Target, scratch: Path) -> Mapping[Pin, Wheel]:
        """Return the wheel of each pin; raise a WheelError if one is not available."""
        folder = cache_folder() / "wheels" / target_key(target)
        ranks = {tag: rank for rank, tag in enumerate(tags_of(target))}
        stored = shelf(folder.glob("*.whl"), ranks)
        found = {pin: wheel for pin in pins if (wheel := matching_wheel(pin, stored))}
        missing = [pin for pin in pins if pin not in found]
        if missing and self.offline:
            refuse_offline(missing[0], stored)
        if missing:
            self.progress(f"downloading {len(missing)} wheels")
            fetched = shelf(self.download(missing, target, scratch), ranks)
            for pin in missing:
                found[pin] = published(checked_download(pin, fetched), folder)
        return found


def cache_folder() -> Path:
    """Return the folder around the store.

    Raises:
        BuildError: there is no home folder for it.
    """
    chosen = os.environ.get(CACHE_VARIABLE)
    folder = Path(chosen).absolute() if chosen else Path(platformdirs.user_cache_dir(APPLICATION))
    if not folder.is_absolute():
        raise BuildError(
            f"{folder}: there is no home folder for the wheels; set HOME or {CACHE_VARIABLE}"
        )
    return folder


def target_key(target: Target) -> str:
    """Return the name of a target's folder: the best wheel of a version differs by target."""
    if target.wheel_platforms:
        return f"{target.name}-{target.python_version}"
    return f"host-{target.python_version}-{sysconfig.get_platform()}"


def tags_of(target: Target) -> Iterable[Tag]:
    """Return the tags of wheels that run on the target, the best one first as in pip."""
    if not target.wheel_platforms:
        return list(sys_tags())
    major, minor = map(int, target.python_version.split("."))
    version, platforms = (major, minor), target.wheel_platforms
    interpreter = f"cp{major}{minor}"
    return [
        *cpython_tags(version, [interpreter], platforms),
        *compatible_tags(version, interpreter, platforms),
    ]


def shelf(paths: Iterable[Path], ranks: Mapping[Tag, int]) -> Shelf:
    """Return the wheels that run on the target."""
    ranked = defaultdict(list)
    for path in paths:
        try:
            name, version, _build, tags = parse_wheel_filename(path.name)
        except InvalidWheelFilename:
            continue
        if fitting := [ranks[tag] for tag in tags if tag in ranks]:
            ranked[name, version].append((min(fitting), path))
    return {key: [path for _rank, path in sorted(wheels)] for key, wheels in ranked.items()}


def files_for(pin: Pin, wheels: Shelf) -> list[Path]:
    """Return the files with the pin's name and version."""
    return wheels.get((canonicalize_name(pin.name), Version(pin.version)), [])


def matching_wheel(pin: Pin, wheels: Shelf) -> Wheel | None:
    """Return the best wheel whose sha256 is in the pin, or None."""
    for path in files_for(pin, wheels):
        try:
            data = path.read_bytes()
        except OSError:  # removed meanwhile, or not readable
            continue
        if hashlib.sha256(data).hexdigest() in pin.hashes:
            return Wheel(path, data)
    return None


def refuse_offline(pin: Pin, stored: Shelf) -> None:
    """Raise the error for a wheel that is missing in the store or isn't the locked one."""
    for path in files_for(pin, stored):
        raise WheelError(
            (pin,),
            f"{path} is not the locked file: it was changed, or belongs to another lock; build "
            "once without --offline to replace it",
        )
    raise WheelError(
        (pin,), f"{pin.name} {pin.version} is not in the wheel store; build once without --offline"
    )


def checked_download(pin: Pin, fetched: Shelf) -> Wheel:
    """Return the wheel that pip downloaded, after checking it against the lock."""
    wheel = matching_wheel(pin, fetched)
    if not wheel:
        raise WheelError(
            (pin,),
            f"pip downloaded no wheel of {pin.name} {pin.version} that runs on the target; check "
            "the settings for `download` in pip.conf",
        )
    return wheel


def published(wheel: Wheel, folder: Path) -> Wheel:
    """Put a wheel into the store, whole or not at all, even beside another build.

    The returned bytes are those that were checked, not read again.
    """
    stored = Wheel(folder / wheel.path.name, wheel.data)
    partial = folder / f".{wheel.path.name}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(wheel.data)
            partial.replace(stored.path)
        except BaseException:  # an interruption too
            partial.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BuildError(
            f"{folder}: the wheel store cannot be written ({error.strerror}); "
            f"{ADVICE.get(error.errno or 0, 'check HOME')}, or name another folder with "
            f"{CACHE_VARIABLE}"
        ) from error
    return stored
