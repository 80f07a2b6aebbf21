"""Installing locked wheels with uv, and checking what came."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from packager.errors import BuildError, InstallError
from packager.locks import comparable, normalized

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from packager.components import Component
    from packager.targets import Target

    # Installs the lock (first path) into a folder (second path) for a target.
    Installer = Callable[[Path, Path, Target], None]

# uv settings that say where packages come from and how fast. All other UV_* variables and every
# configuration file are kept away from uv: they could change what is installed.
UV_SETTINGS_KEPT = (
    "UV_CACHE_DIR",
    "UV_CONCURRENT_",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_HTTP_",
    "UV_INDEX",
    "UV_INSECURE_HOST",
    "UV_KEYRING_PROVIDER",
    "UV_NATIVE_TLS",
    "UV_NO_CACHE",
    "UV_OFFLINE",
    "UV_REQUEST_TIMEOUT",
    "UV_SYSTEM_CERTS",
)


def install_with_uv(
    lock: Path, destination: Path, target: Target, *, uv: str, offline: bool = False
) -> None:
    """Install the wheels of a hash lock into a folder, exactly as locked and nothing else.

    Offline, they come from uv's cache alone.

    Raises:
        InstallError: with uv's own words.
    """
    # Only here: a build without changes needs none of it.
    import subprocess  # noqa: PLC0415

    command = [
        *(uv, "pip", "install", "--no-config", "--no-progress", "--color", "never"),
        *("--python", sys.executable, "--target", str(destination), *target.uv_arguments),
        *("--only-binary", ":all:", "--require-hashes", "--no-deps", "--requirements", str(lock)),
        *(["--offline"] if offline else []),
    ]
    # The arguments are our own and no shell is involved.
    result = subprocess.run(  # noqa: S603 - uv, and our own arguments
        command,
        env=uv_environment(os.environ),
        check=False,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if result.returncode != 0:
        raise InstallError(result.stderr.strip())


def find_uv() -> str:
    """Return the path of the pinned uv.

    To be called before there are threads: the sysconfig module that it asks is not ready for them.
    """
    try:
        # Here and not above, so that its absence can be explained.
        import uv  # noqa: PLC0415

        return uv.find_uv_bin()
    except (ImportError, FileNotFoundError) as error:
        raise BuildError(
            "uv is missing in this Python environment; run `make setup` and build by `make build`"
        ) from error


def uv_version() -> str:
    """Return the version of the installed uv, without the time that importlib.metadata takes."""
    for folder in sys.path:
        for metadata in Path(folder).glob("uv-[0-9]*.dist-info"):
            return metadata.name.removeprefix("uv-").removesuffix(".dist-info")
    raise BuildError(
        "uv is missing in this Python environment; run `make setup` and build by `make build`"
    )


def uv_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for uv, without the settings that change what is installed."""
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith("UV_") or name.startswith(UV_SETTINGS_KEPT)
    }
    return kept | {"UV_PYTHON_DOWNLOADS": "never"}


def install_component(
    component: Component, destination: Path, target: Target, install: Installer
) -> None:
    """Install the packages of one lock into `destination` and check what came.

    Raises:
        BuildError: naming the lock, the reason and the remedy.
    """
    destination.mkdir(parents=True)
    if not component.pins:
        return
    # What uv reads is what was parsed above: an option smuggled into a lock never gets there.
    exact_lock = destination.with_suffix(".txt")
    exact_lock.write_text("".join(f"{pin.line()}\n" for pin in component.pins), encoding="utf-8")
    try:
        install(exact_lock, destination, target)
    except InstallError as error:
        raise BuildError(
            f"{component.lock}: cannot be installed for {target.name} "
            f"(Python {target.python_version}); {install_remedy(str(error))}\n{error}"
        ) from error
    check_installed(component, destination)


def install_remedy(installer_output: str) -> str:
    """Return what to do about a failed installation."""
    if "Hash mismatch" in installer_output:
        return (
            "a file that was offered is not one that was locked: if the lock is complete, distrust "
            "the package index, else run `make lock`"
        )
    # Before the next: offline, uv also says that there are no usable wheels.
    if "network was disabled" in installer_output or "Network connectivity" in installer_output:
        return "a package is not in uv's cache; build once without --offline and UV_OFFLINE"
    if "wheels" in installer_output:
        return (
            "a package has no wheel for this target, and none is built here: lock a version that "
            "has one"
        )
    return "check the lock and the connection to the package index"


def check_installed(component: Component, installed: Path) -> None:
    """Raise a BuildError unless exactly the locked packages are installed, at their versions."""
    import importlib.metadata  # noqa: PLC0415 - slow, and not needed without changes

    versions = {
        normalized(distribution.name): distribution.version
        for distribution in importlib.metadata.distributions(path=[str(installed)])
    }
    for pin in component.pins:
        # uv itself decided by the target whether a pin with a marker applies.
        version = versions.pop(pin.name, pin.version if pin.marker else None)
        if version is None or comparable(version) != comparable(pin.version):
            raise BuildError(
                f"{component.lock}: {pin.name} is locked at {pin.version} but "
                f"{version or 'nothing'} was installed; run `make setup` to have the pinned uv"
            )
    for name in versions:
        raise BuildError(f"{component.lock}: {name} was installed but is not locked")
