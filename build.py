"""Build the deployment packages: one zip for each function and each layer, and their manifest.

Same sources, locks and target give the same bytes, on any machine; docs/packaging.md says what
decides them. Wheels for AWS are installed by uv without Docker, and the output folder changes only
when every package was built and checked.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import importlib.machinery
import importlib.metadata
import json
import keyword
import os
import platform
import re
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NoReturn
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

PROJECT = Path(__file__).resolve().parent
SHARED_PACKAGE = "shared"
MANIFEST_NAME = "manifest.json"
MANIFEST_SCHEMA_VERSION = 1

# Lambda's limits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ZIPPED_LIMIT_BYTES = 50 * 2**20
UNZIPPED_LIMIT_BYTES = 250 * 2**20

AWS_PYTHON_VERSION = "3.13"
# The newest runtime name that the pinned AWS provider accepts.
NEWEST_RUNTIME_MINOR = 13
# Lambda's python3.13 runs on Amazon Linux 2023 (glibc 2.34). uv takes every wheel tagged for this
# glibc or an older one, so the newest one that runs there wins and none is silently passed over.
AWS_MANYLINUX = "manylinux_2_34"

ELF_MAGIC = b"\x7fELF"
ELF_64_BIT_LITTLE_ENDIAN = b"\x02\x01"
ELF_MACHINES = {"arm64": 183, "x86_64": 62}

# 1980-01-01 is the earliest date that a zip can hold.
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
ZIP_CREATED_ON_UNIX = 3
COMPRESSION_LEVEL = 6

# Beside a package's metadata these say how and where it was installed, not what it is; RECORD
# also has the hashes of the scripts in bin/, which carry the builder's path.
INSTALLER_FILES = {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_cache.json"}

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

NAME_PATTERN = re.compile(r"[a-z][a-z0-9_]*")
REQUIREMENT_PATTERN = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*(?P<specifier>[^;]*)(?P<marker>;.*)?"
)
EXACT_SPECIFIER_PATTERN = re.compile(r"==\s*(?P<version>[^\s,*]+)\s*")
PIN_PATTERN = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?==(?P<version>[^\s;*]+)"
    r"\s*(;\s*(?P<marker>.+?))?"
    r"(?P<hashes>(\s+--hash=sha256:[0-9a-f]{64})+)"
)
TAGGED_EXTENSION_PATTERN = re.compile(r"\.(cpython|pypy|graalpy)[^./]*\.so$")
SHARED_OBJECT_PATTERN = re.compile(r"\.so(\.\d+)*$")

Contents = dict[str, Path]


class BuildError(Exception):
    """What is wrong with the input or the machine, and what to do about it."""


class InstallError(Exception):
    """The installer's own account of why it could not install a lock."""


@dataclass(frozen=True)
class Target:
    """Where the packages will run.

    Attributes:
        name: `arm64`, `x86_64` or `host`.
        python_version: such as `3.13`.
        runtime: the Lambda runtime's name.
        architecture: the Lambda architecture, `arm64` or `x86_64`.
        extension_suffix: how an extension module for exactly this Python ends.
        elf_machine: the machine number of its ELF files; None where there are none (macOS).
        uv_arguments: what makes uv choose wheels for it; nothing for the running interpreter.
    """

    name: str
    python_version: str
    runtime: str
    architecture: str
    extension_suffix: str
    elf_machine: int | None
    uv_arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pin:
    """One line of a lock: a package at one version, with the sha256 of each allowed file."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    def line(self) -> str:
        """Return the pin as one line of a requirements file."""
        marker = f" ; {self.marker}" if self.marker else ""
        hashes = "".join(f" --hash=sha256:{digest}" for digest in self.hashes)
        return f"{self.name}=={self.version}{marker}{hashes}"


@dataclass(frozen=True)
class Component:
    """A folder that becomes a zip: a function (with source) or a layer (packages only)."""

    folder: Path
    pins: tuple[Pin, ...]
    is_layer: bool

    @property
    def name(self) -> str:
        """The name of the folder, of the zip and of the entry in the manifest."""
        return self.folder.name

    @property
    def lock(self) -> Path:
        """The lock that its packages are installed from."""
        return self.folder / "requirements.txt"


@dataclass(frozen=True)
class Package:
    """A finished zip: its component, the sha256 digest of the file, and both sizes in bytes."""

    component: Component
    digest: bytes
    size_bytes: int
    unzipped_bytes: int

    @property
    def file_name(self) -> str:
        """The name of the zip in the output folder."""
        return f"{self.component.name}.zip"


Installer = Callable[[Path, Path, Target], None]


# Targets


def aws_target(architecture: str) -> Target:
    """Return Lambda's python3.13 on `arm64` or `x86_64`."""
    machine = {"arm64": "aarch64", "x86_64": "x86_64"}[architecture]
    tag = AWS_PYTHON_VERSION.replace(".", "")
    platform_tag = f"{machine}-{AWS_MANYLINUX}"
    return Target(
        name=architecture,
        python_version=AWS_PYTHON_VERSION,
        runtime=f"python{AWS_PYTHON_VERSION}",
        architecture=architecture,
        extension_suffix=f".cpython-{tag}-{machine}-linux-gnu.so",
        elf_machine=ELF_MACHINES[architecture],
        uv_arguments=("--python-version", AWS_PYTHON_VERSION, "--python-platform", platform_tag),
    )


def host_target() -> Target:
    """Return this interpreter on this machine, for the local cloud.

    Raises:
        BuildError: the machine is neither arm64 nor x86_64, or runs neither Linux nor macOS.
    """
    machine = platform.machine().lower()
    architecture = {"aarch64": "arm64", "amd64": "x86_64"}.get(machine, machine)
    if architecture not in ELF_MACHINES or sys.platform not in {"linux", "darwin"}:
        raise BuildError(
            f"--target host: {sys.platform} on {machine} is not supported; "
            "build on Linux or macOS, arm64 or x86_64, or for --target arm64 or x86_64"
        )
    minor = sys.version_info.minor
    return Target(
        name="host",
        python_version=f"3.{minor}",
        runtime=f"python3.{min(minor, NEWEST_RUNTIME_MINOR)}",
        architecture=architecture,
        extension_suffix=importlib.machinery.EXTENSION_SUFFIXES[0],
        elf_machine=ELF_MACHINES[architecture] if sys.platform == "linux" else None,
    )


# Discovery


def discover(root: Path) -> list[Component]:
    """Find the functions in `root`/lambdas and the layers in `root`/layers, sorted by name.

    Raises:
        BuildError: a folder or file is missing, a name is unfit or used twice, or a lock is out of
            step.
    """
    functions = [
        function_in(folder)
        for folder in component_folders(root / "lambdas")
        if folder.name != SHARED_PACKAGE
    ]
    if not functions:
        raise BuildError(f"{root / 'lambdas'}: there is no function; see docs/adding-a-lambda.md")
    require_file(root / "lambdas" / SHARED_PACKAGE / "__init__.py")
    layers: list[Component] = []
    # git keeps no empty folder, so a project without layers has none to show.
    if (root / "layers").exists():
        layers = [layer_in(folder) for folder in component_folders(root / "layers")]
    for name in {layer.name for layer in layers} & {function.name for function in functions}:
        raise BuildError(f"{root / 'layers' / name}: a function has this name too; rename one")
    return functions + layers


def function_in(folder: Path) -> Component:
    """Return the function in `folder`, checked for the files that every function has."""
    require_file(folder / "handler.py")
    require_file(folder / "__init__.py")
    return Component(folder, checked_pins(folder), is_layer=False)


def layer_in(folder: Path) -> Component:
    """Return the layer in `folder`; a layer has packages and nothing else."""
    layer = Component(folder, checked_pins(folder), is_layer=True)
    if not layer.pins:
        raise BuildError(f"{layer.lock}: pins no package, and an empty layer cannot be uploaded")
    return layer


def component_folders(parent: Path) -> Iterator[Path]:
    """Yield the folders in `parent` that hold files of ours, sorted by name."""
    if not parent.is_dir():
        raise BuildError(f"{parent}: the folder is missing; restore it or check where you are")
    for folder in visible_children(parent):
        # What a branch switch leaves behind (only __pycache__) is no component.
        if folder.is_dir() and any(visible_files(folder)):
            if not NAME_PATTERN.fullmatch(folder.name) or keyword.iskeyword(folder.name):
                raise BuildError(
                    f"{folder}: the name must be a Python package name of lower-case letters, "
                    "digits and underscores; rename the folder"
                )
            yield folder


def visible_children(folder: Path) -> Iterator[Path]:
    """Yield what `folder` holds but hidden files, caches and editors' copies, sorted by name."""
    for child in sorted(folder.iterdir()):
        if child.name.startswith(".") or child.name.endswith("~"):
            continue
        if child.name == "__pycache__" or child.suffix in {".pyc", ".pyo"}:
            continue
        # Links end outside the checkout, and file systems differ in how they spell an accent.
        if (
            child.is_symlink()
            or not (child.is_dir() or child.is_file())
            or not child.name.isascii()
        ):
            raise BuildError(
                f"{child}: only plain files with ASCII names can be packaged; rename it or put a "
                "copy there"
            )
        yield child


def visible_files(folder: Path) -> Iterator[Path]:
    """Yield the files anywhere below `folder` that belong to the project."""
    for child in visible_children(folder):
        if child.is_dir():
            yield from visible_files(child)
        else:
            yield child


def require_file(path: Path) -> None:
    """Raise a BuildError unless `path` is a file."""
    if not path.is_file():
        raise BuildError(f"{path}: the file is missing; see docs/adding-a-lambda.md")


# Locks


def checked_pins(folder: Path) -> tuple[Pin, ...]:
    """Read the lock of `folder` and check that it is in step with its requirements.in.

    Raises:
        BuildError: a file is missing or unreadable, or the lock lacks what requirements.in names.
    """
    lock = folder / "requirements.txt"
    pins = read_lock(lock)
    locked = {pin.name: pin.version for pin in pins}
    for name, version in read_requirements(folder / "requirements.in"):
        if name not in locked:
            out_of_step(lock, f"{name}, named in requirements.in, is not locked")
        if version and comparable(version) != comparable(locked[name]):
            out_of_step(lock, f"{name} is {version} in requirements.in, {locked[name]} in the lock")
    return pins


def out_of_step(lock: Path, what: str) -> NoReturn:
    """Raise the error for a lock that must be made again."""
    raise BuildError(f"{lock}: {what}; run `make lock`")


def read_lock(path: Path) -> tuple[Pin, ...]:
    """Parse a lock made by pip-compile --generate-hashes; anything but pins is refused."""
    pins: dict[str, Pin] = {}
    for line in requirement_lines(path):
        match = PIN_PATTERN.fullmatch(line)
        if not match:
            out_of_step(path, f"`{line}` is not one exact version with sha256 hashes")
        name = normalized(match["name"])
        if name in pins:
            out_of_step(path, f"{name} is pinned twice")
        hashes = tuple(sorted(match["hashes"].replace("--hash=sha256:", "").split()))
        pins[name] = Pin(name, match["version"], match["marker"] or "", hashes)
    return tuple(pins[name] for name in sorted(pins))


def read_requirements(path: Path) -> Iterator[tuple[str, str | None]]:
    """Yield name and, where exactly one is asked for, version of what must be in the lock."""
    for line in requirement_lines(path):
        if line.startswith(("-c ", "--constraint ")):
            continue
        match = REQUIREMENT_PATTERN.fullmatch(line)
        if not match:
            raise BuildError(f"{path}: `{line}` is not a requirement; name packages, one a line")
        # pip-compile leaves out what its marker excludes.
        if not match["marker"]:
            exact = EXACT_SPECIFIER_PATTERN.fullmatch(match["specifier"])
            yield normalized(match["name"]), exact["version"] if exact else None


def requirement_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a requirements file, continued lines joined, without comments."""
    require_file(path)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BuildError(f"{path}: is not UTF-8 text ({error}); run `make lock`") from error
    for line in text.replace("\\\n", " ").splitlines():
        stripped = re.sub(r"(^|\s)#.*", "", line).strip()
        if stripped:
            yield stripped


def normalized(name: str) -> str:
    """Return a package's name as PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def comparable(version: str) -> list[int | str]:
    """Return a version so that different spellings of one (2026.01.05, 2026.1.5) are equal."""
    parts = re.findall(r"\d+|[a-z]+", version.lower())
    return [int(part) if part.isdigit() else part for part in parts]


# Installing


def install_with_uv(uv: str, lock: Path, destination: Path, target: Target) -> None:
    """Install the wheels of a hash lock into a folder, exactly as locked and nothing else.

    Raises:
        InstallError: with uv's own words.
    """
    command = [
        *(uv, "pip", "install", "--no-config", "--no-progress", "--color", "never"),
        *("--python", sys.executable, "--target", str(destination), *target.uv_arguments),
        *("--only-binary", ":all:", "--require-hashes", "--no-deps", "--requirements", str(lock)),
    ]
    # The arguments are our own and no shell is involved.
    result = subprocess.run(  # noqa: S603
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
    if "wheels" in installer_output:
        return (
            "a package has no wheel for this target, and none is built here: lock a version that "
            "has one"
        )
    return "check the lock and the connection to the package index"


def check_installed(component: Component, installed: Path) -> None:
    """Raise a BuildError unless exactly the locked packages are installed, at their versions."""
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


# Contents


def function_contents(folder: Path, vendored: Contents) -> Contents:
    """Return what a function's zip holds: its packages, the shared code and its own.

    Raises:
        BuildError: a package would hide the function's code or be hidden by it.
    """
    own = {folder.name, SHARED_PACKAGE}
    for name in vendored:
        if name.partition("/")[0].partition(".")[0] in own:
            raise BuildError(
                f"{folder}: a locked package brings `{name}`, which collides with the code of "
                f"that name in {folder.parent.name}/; rename the folder"
            )
    return vendored | source_contents(folder.parent / SHARED_PACKAGE) | source_contents(folder)


def source_contents(package: Path) -> Contents:
    """Return the files of one of our packages, but its requirements, by their path in the zip."""
    requirements = {package / "requirements.in", package / "requirements.txt"}
    return {
        path.relative_to(package.parent).as_posix(): path
        for path in visible_files(package)
        if path not in requirements
    }


def vendored_contents(installed: Path) -> Contents:
    """Return the installed files that belong into a package, by their relative path."""
    return {
        name: path
        for path in installed.rglob("*")
        if path.is_file() and not is_installer_file(name := path.relative_to(installed).as_posix())
    }


def is_installer_file(name: str) -> bool:
    """Tell what the installer made for the builder's machine: scripts, records, bytecode, locks."""
    path = PurePosixPath(name)
    top = path.parts[0]
    return (
        top in {"bin", ".lock"}
        or "__pycache__" in path.parts
        or path.suffix in {".pyc", ".pyo"}
        or (top.endswith(".dist-info") and "/".join(path.parts[1:]) in INSTALLER_FILES)
    )


def check_native_files(component: Component, contents: Contents, target: Target) -> None:
    """Raise a BuildError for a compiled file that the target cannot load, naming it."""
    for name, path in contents.items():
        problem = extension_tag_problem(name, target) or elf_problem(name, path, target)
        if problem:
            raise BuildError(
                f"{component.folder}: `{name}` {problem} and cannot run on {target.name} (Python "
                f"{target.python_version}); lock a version with a right wheel for this target"
            )


def extension_tag_problem(name: str, target: Target) -> str | None:
    """Say what is wrong with an extension module's tag, if anything."""
    if TAGGED_EXTENSION_PATTERN.search(name) and not name.endswith(target.extension_suffix):
        return f"is not tagged `{target.extension_suffix}`"
    return None


def elf_problem(name: str, path: Path, target: Target) -> str | None:
    """Say what is wrong with a shared object's or a program's header, if anything."""
    if target.elf_machine is None:
        return None
    with path.open("rb") as file:
        header = file.read(20)
    if not header.startswith(ELF_MAGIC):
        return "is no ELF file" if SHARED_OBJECT_PATTERN.search(name) else None
    if header[4:6] != ELF_64_BIT_LITTLE_ENDIAN:
        return "is no 64-bit little-endian ELF file"
    machine = int.from_bytes(header[18:20], "little")
    return None if machine == target.elf_machine else f"is for ELF machine {machine}"


# Zips


def write_zip(path: Path, contents: Contents) -> int:
    """Write a zip whose bytes depend on names and contents only; return the unzipped bytes."""
    unzipped_bytes = 0
    with ZipFile(path, "w") as archive:
        for name in sorted(contents, key=str.encode):
            data = contents[name].read_bytes()
            entry = ZipInfo(name, ZIP_DATE)
            entry.create_system = ZIP_CREATED_ON_UNIX
            # Lambda's user must be able to read every file. What may be executed is decided by
            # the content: the builder's umask and file system have no say.
            mode = 0o755 if data.startswith(ELF_MAGIC) else 0o644
            entry.external_attr = (stat.S_IFREG | mode) << 16
            # The level must be given here: for a ZipInfo, that of the ZipFile is ignored.
            archive.writestr(entry, data, ZIP_DEFLATED, COMPRESSION_LEVEL)
            unzipped_bytes += len(data)
    return unzipped_bytes


def make_package(component: Component, installed: Path, output: Path, target: Target) -> Package:
    """Write and measure the zip of one component."""
    vendored = vendored_contents(installed)
    if component.is_layer:
        contents = {f"python/{name}": path for name, path in vendored.items()}
    else:
        contents = function_contents(component.folder, vendored)
    check_native_files(component, contents, target)
    path = output / f"{component.name}.zip"
    unzipped_bytes = write_zip(path, contents)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    return Package(component, digest, path.stat().st_size, unzipped_bytes)


def check_limits(packages: Iterable[Package]) -> None:
    """Raise a BuildError for what Lambda would refuse.

    Which function uses which layer is Terraform's business; so a function is weighed with all.
    """
    layers_bytes = sum(p.unzipped_bytes for p in packages if p.component.is_layer)
    for package in packages:
        unzipped = package.unzipped_bytes + layers_bytes * (not package.component.is_layer)
        for size, limit, what in (
            (package.size_bytes, ZIPPED_LIMIT_BYTES, "zipped"),
            (unzipped, UNZIPPED_LIMIT_BYTES, "unzipped with the layers"),
        ):
            if size > limit:
                raise BuildError(
                    f"{package.component.folder}: {mebibytes(size)} {what}, and Lambda takes "
                    f"{mebibytes(limit)}; lock fewer or smaller packages"
                )


def mebibytes(size_bytes: int) -> str:
    """Return a size for a person."""
    return f"{size_bytes / 2**20:.1f} MiB"


# Output


def build(root: Path, output: Path, target: Target, install: Installer) -> list[Package]:
    """Build every function and layer of `root` and put zips and manifest into `output`.

    Raises:
        BuildError: something is wrong; `output` is as it was.
        OSError: the disk or a permission; `output` is as it was.
    """
    components = discover(root)
    check_output(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    # Beside the output, so that moving it there is a rename and uv can link from its cache.
    with tempfile.TemporaryDirectory(
        dir=output.parent, prefix=f".{output.name}-", ignore_cleanup_errors=True
    ) as staging:
        finished = Path(staging, "output")
        finished.mkdir()
        packages = make_packages(components, Path(staging), finished, target, install)
        check_limits(packages)
        manifest = json.dumps(manifest_of(packages, target), indent=2)
        (finished / MANIFEST_NAME).write_text(f"{manifest}\n", encoding="utf-8")
        swap_in(finished, output, Path(staging, "previous"))
    return packages


def make_packages(
    components: Sequence[Component], staging: Path, output: Path, target: Target, install: Installer
) -> list[Package]:
    """Install each distinct lock once, then write the zips, several at a time."""
    by_pins = {component.pins: component for component in components}
    folders = {pins: staging / "installed" / str(index) for index, pins in enumerate(by_pins)}
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        list(
            pool.map(
                lambda pins: install_component(by_pins[pins], folders[pins], target, install),
                by_pins,
            )
        )
        return list(
            pool.map(
                lambda component: make_package(component, folders[component.pins], output, target),
                components,
            )
        )


def manifest_of(packages: Iterable[Package], target: Target) -> dict[str, object]:
    """Return the manifest that Terraform reads; the file's schema is in docs/packaging.md."""
    functions: dict[str, dict[str, object]] = {}
    layers: dict[str, dict[str, object]] = {}
    for package in packages:
        name = package.component.name
        entry: dict[str, object] = {
            "file": package.file_name,
            "sha256": package.digest.hex(),
            "source_code_hash": base64.b64encode(package.digest).decode("ascii"),
            "size_bytes": package.size_bytes,
        }
        if package.component.is_layer:
            layers[name] = entry
        else:
            functions[name] = {"handler": f"{name}.handler.handler", **entry}
    return {
        "schema_version": MANIFEST_SCHEMA_VERSION,
        "target": {
            "name": target.name,
            "python_version": target.python_version,
            "runtime": target.runtime,
            "architecture": target.architecture,
        },
        "functions": functions,
        "layers": layers,
    }


def check_output(output: Path) -> None:
    """Raise a BuildError if replacing the folder `output` would lose anything but an old build."""
    if not output.exists():
        return
    if not output.is_dir():
        raise BuildError(f"{output}: is not a folder; choose another --output")
    foreign = {path.name for path in output.iterdir()} - files_of_last_build(output)
    for name in sorted(foreign):
        raise BuildError(
            f"{output / name}: was not made by a build and would be lost; move it away or choose "
            "another --output"
        )


def files_of_last_build(output: Path) -> set[str]:
    """Return the names of the files that the manifest in `output` accounts for."""
    try:
        manifest = json.loads((output / MANIFEST_NAME).read_bytes())
        entries = [*manifest["functions"].values(), *manifest["layers"].values()]
        return {MANIFEST_NAME, *(str(entry["file"]) for entry in entries)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Not a manifest of ours: then nothing in the folder is known to be.
        return set()


def swap_in(finished: Path, output: Path, previous: Path) -> None:
    """Put the folder `finished` in the place of `output`, all of it or nothing."""
    if not output.exists():
        finished.rename(output)
        return
    output.rename(previous)
    try:
        finished.rename(output)
    except OSError:
        previous.rename(output)
        raise


# Command line


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return `target` (a name) and `output` (a path or None)."""
    parser = argparse.ArgumentParser(
        prog="build.py", description="Build a zip for each Lambda function and layer."
    )
    parser.add_argument(
        "--target",
        choices=["arm64", "x86_64", "host"],
        default="arm64",
        help="AWS Lambda's architecture, or host: this Python on this machine (default: arm64)",
    )
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help="folder for the zips (default: build/)"
    )
    return parser.parse_args(argv)


def print_report(packages: Iterable[Package], output: Path, target: Target) -> None:
    """Print a line per package: name, size, start of the hash."""
    for package in packages:
        size = mebibytes(package.size_bytes)
        print(f"{package.file_name:<36} {size:>10}  sha256 {package.digest.hex()[:12]}")
    print(f"Built for {target.name} ({target.runtime}, {target.architecture}) in {output}")


def main(
    argv: Sequence[str] | None = None, *, root: Path = PROJECT, install: Installer | None = None
) -> int:
    """Build the packages of `root`; return the exit code."""
    arguments = parse_arguments(argv)
    # A linked output folder stays a link: what it points to is replaced.
    output = (arguments.output or root / "build").resolve()
    try:
        target = host_target() if arguments.target == "host" else aws_target(arguments.target)
        installer = install or partial(install_with_uv, find_uv())
        packages = build(root, output, target, installer)
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"error: {error}; check permissions and free space ({output} is as it was)",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print(f"error: interrupted; {output} is as it was", file=sys.stderr)
        return 130
    print_report(packages, output, target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
