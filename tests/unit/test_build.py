"""build.py from the command line to the output folder, with an installer that needs no network."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import json
import os
import stat
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import build

if TYPE_CHECKING:
    from collections.abc import Callable

ANY_HASH = f"--hash=sha256:{'0' * 64}"
ARM64_HEADER = b"\x7fELF\x02\x01" + bytes(12) + (183).to_bytes(2, "little")
X86_64_HEADER = b"\x7fELF\x02\x01" + bytes(12) + (62).to_bytes(2, "little")


class FakeInstaller:
    """Leaves in the destination what uv leaves there: packages, records, scripts, a lock."""

    def __init__(self) -> None:
        self.installed: list[list[str]] = []
        self.extra_files: dict[str, bytes] = {}
        self.versions: dict[str, str] = {}
        self.missing: set[str] = set()

    def __call__(self, lock: Path, destination: Path, target: build.Target) -> None:
        requirements = [line.split()[0] for line in lock.read_text("utf-8").splitlines()]
        self.installed.append(requirements)
        for name, version in (requirement.split("==") for requirement in requirements):
            if name not in self.missing:
                self.install(destination, name, self.versions.get(name, version))
        for name, data in self.extra_files.items():
            write(destination / name, data)
        write(destination / ".lock", b"")
        write(destination / "bin" / "tool", f"#!{sys.executable}".encode())
        assert target.name in {"arm64", "x86_64", "host"}

    def install(self, destination: Path, name: str, version: str) -> None:
        metadata = destination / f"{name}-{version}.dist-info"
        write(destination / name / "__init__.py", f"version = {version!r}\n".encode())
        write(destination / name / "__pycache__" / "__init__.cpython-311.pyc", b"bytecode")
        write(metadata / "METADATA", f"Name: {name}\nVersion: {version}\n".encode())
        write(metadata / "licenses" / "LICENSE", b"Do as you like.\n")
        for record in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"):
            write(metadata / record, str(destination).encode())


def write(path: Path, data: bytes = b"") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def write_requirements(folder: Path, *requirements: str) -> None:
    write(folder / "requirements.in", "".join(f"{line}\n" for line in requirements).encode())
    lock = "".join(f"{line} \\\n    {ANY_HASH}\n" for line in requirements)
    write(folder / "requirements.txt", f"# made by pip-compile\n{lock}".encode())


def write_function(root: Path, name: str, *requirements: str) -> Path:
    folder = root / "lambdas" / name
    write(folder / "__init__.py")
    write(folder / "handler.py", b"def handler(event, context):\n    return event\n")
    write_requirements(folder, *requirements)
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    write(root / "lambdas" / "shared" / "__init__.py")
    write(root / "lambdas" / "shared" / "clock.py", b"import time\n")
    greet = write_function(root, "greet", "boto3==1.44.5", "six==1.17.0")
    write(greet / "templates" / "mail.html", b"<p>Hello</p>\n")
    write_function(root, "count", "boto3==1.44.5", "six==1.17.0")
    write_requirements(root / "layers" / "pictures", "pillow==13.0.0")
    return root


@pytest.fixture
def installer() -> FakeInstaller:
    return FakeInstaller()


@pytest.fixture
def run(
    root: Path, installer: FakeInstaller, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Build and expect success; return what was printed."""

    def run(*arguments: str) -> str:
        exit_code = build.main(arguments, root=root, install=installer)
        printed = capsys.readouterr()
        assert (exit_code, printed.err) == (0, "")
        return printed.out

    return run


@pytest.fixture
def fail(
    root: Path, installer: FakeInstaller, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Build and expect an error; return its text."""

    def fail(*arguments: str, exit_code: int = 1) -> str:
        assert build.main(arguments, root=root, install=installer) == exit_code
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("error: ")
        assert "Traceback" not in printed.err
        return printed.err

    return fail


def names_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def manifest_in(folder: Path) -> dict[str, object]:
    manifest: dict[str, object] = json.loads((folder / "manifest.json").read_bytes())
    return manifest


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def bytes_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# What is built


def test_function_zip_has_its_code_the_shared_code_and_its_packages(
    root: Path, run: Callable[..., str]
) -> None:
    run()
    assert names_in(root / "build" / "greet.zip") == [
        "boto3-1.44.5.dist-info/METADATA",
        "boto3-1.44.5.dist-info/licenses/LICENSE",
        "boto3/__init__.py",
        "greet/__init__.py",
        "greet/handler.py",
        "greet/templates/mail.html",
        "shared/__init__.py",
        "shared/clock.py",
        "six-1.17.0.dist-info/METADATA",
        "six-1.17.0.dist-info/licenses/LICENSE",
        "six/__init__.py",
    ]


def test_layer_zip_has_its_packages_below_python(root: Path, run: Callable[..., str]) -> None:
    run()
    assert names_in(root / "build" / "pictures.zip") == [
        "python/pillow-13.0.0.dist-info/METADATA",
        "python/pillow-13.0.0.dist-info/licenses/LICENSE",
        "python/pillow/__init__.py",
    ]


def test_caches_hidden_files_and_editors_copies_are_left_out(
    root: Path, run: Callable[..., str]
) -> None:
    run()
    before = bytes_in(root / "build")
    for junk in (".env", ".idea/x.xml", "__pycache__/handler.cpython-311.pyc", "old.pyc", "h.py~"):
        write(root / "lambdas" / "greet" / junk, b"junk")
    run()
    assert bytes_in(root / "build") == before


def test_requirements_are_left_out_only_where_they_are_ours(
    root: Path, run: Callable[..., str]
) -> None:
    write(root / "lambdas" / "greet" / "templates" / "requirements.txt", b"a template\n")
    run()
    names = names_in(root / "build" / "greet.zip")
    assert [name for name in names if "requirements" in name] == [
        "greet/templates/requirements.txt"
    ]


def test_manifest_describes_target_and_zips(root: Path, run: Callable[..., str]) -> None:
    run()
    output = root / "build"

    def entry(name: str) -> dict[str, object]:
        data = (output / f"{name}.zip").read_bytes()
        digest = hashlib.sha256(data)
        return {
            "file": f"{name}.zip",
            "sha256": digest.hexdigest(),
            "source_code_hash": base64.b64encode(digest.digest()).decode(),
            "size_bytes": len(data),
        }

    assert manifest_in(output) == {
        "schema_version": 1,
        "target": {
            "name": "arm64",
            "python_version": "3.13",
            "runtime": "python3.13",
            "architecture": "arm64",
        },
        "functions": {
            "count": {"handler": "count.handler.handler", **entry("count")},
            "greet": {"handler": "greet.handler.handler", **entry("greet")},
        },
        "layers": {"pictures": entry("pictures")},
    }


def test_report_has_a_line_with_size_and_hash_for_each_zip(
    root: Path, run: Callable[..., str]
) -> None:
    lines = run("--target", "x86_64").splitlines()
    digest = hashlib.sha256((root / "build" / "greet.zip").read_bytes()).hexdigest()
    assert [line.split()[0] for line in lines[:3]] == ["count.zip", "greet.zip", "pictures.zip"]
    assert lines[1].endswith(f"0.0 MiB  sha256 {digest[:12]}")
    assert lines[3] == f"Built for x86_64 (python3.13, x86_64) in {root / 'build'}"


def test_equal_locks_are_installed_once(run: Callable[..., str], installer: FakeInstaller) -> None:
    run()
    assert sorted(installer.installed) == [["boto3==1.44.5", "six==1.17.0"], ["pillow==13.0.0"]]


def test_function_without_packages_is_built_without_installing(
    root: Path, run: Callable[..., str], installer: FakeInstaller
) -> None:
    write_requirements(root / "lambdas" / "greet")
    run()
    assert names_in(root / "build" / "greet.zip")[0] == "greet/__init__.py"
    assert ["boto3==1.44.5", "six==1.17.0"] in installer.installed  # count's
    assert [] not in installer.installed


def test_project_without_layers_needs_no_layers_folder(root: Path, run: Callable[..., str]) -> None:
    (root / "layers" / "pictures" / "requirements.in").unlink()
    (root / "layers" / "pictures" / "requirements.txt").unlink()
    (root / "layers" / "pictures").rmdir()
    (root / "layers").rmdir()
    run()
    assert manifest_in(root / "build")["layers"] == {}


def test_loose_files_and_what_a_branch_switch_left_are_no_functions(
    root: Path, run: Callable[..., str]
) -> None:
    write(root / "lambdas" / "py.typed")
    write(root / "lambdas" / "removed" / "__pycache__" / "handler.cpython-311.pyc")
    run()
    assert "removed" not in str(manifest_in(root / "build"))


# Reproducibility


def test_two_builds_are_byte_identical_whatever_the_surroundings(
    root: Path, tmp_path: Path, run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("--output", str(tmp_path / "first"))
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    old_umask = os.umask(0o077)
    try:
        for path in root.rglob("*"):
            os.utime(path, (10**9, 10**9))
            path.chmod(0o700)
        run("--output", str(tmp_path / "elsewhere" / "second"))
    finally:
        os.umask(old_umask)
        monkeypatch.undo()
        time.tzset()
    assert bytes_in(tmp_path / "first") == bytes_in(tmp_path / "elsewhere" / "second")


def test_zip_entries_are_sorted_dated_and_readable_by_all(
    tmp_path: Path,
) -> None:
    write(tmp_path / "text", b"print()\n" * 1000)
    write(tmp_path / "code", ARM64_HEADER)
    contents = {"b/z.py": tmp_path / "text", "b.py": tmp_path / "text", "a.so": tmp_path / "code"}
    assert build.write_zip(tmp_path / "x.zip", contents) == 2 * 8000 + len(ARM64_HEADER)
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == ["a.so", "b.py", "b/z.py"]
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.create_system for entry in entries} == {3}
    modes = [entry.external_attr >> 16 for entry in entries]
    assert modes == [stat.S_IFREG | mode for mode in (0o755, 0o644, 0o644)]
    assert entries[1].compress_size < entries[1].file_size / 20


def test_compression_level_is_really_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # With the level in ZipFile's argument alone, both would have zlib's default level.
    source = tmp_path / "source"
    write(source, Path(build.__file__).read_bytes())
    sizes = []
    for level in (0, 6):
        monkeypatch.setattr(build, "COMPRESSION_LEVEL", level)
        build.write_zip(tmp_path / f"{level}.zip", {"source": source})
        sizes.append((tmp_path / f"{level}.zip").stat().st_size)
    assert sizes[0] > source.stat().st_size > 2 * sizes[1]


# The output folder


def test_rebuild_replaces_the_folder_and_drops_zips_of_removed_functions(
    root: Path, run: Callable[..., str]
) -> None:
    run()
    for path in (root / "lambdas" / "count").iterdir():
        path.unlink()
    (root / "lambdas" / "count").rmdir()
    run()
    assert sorted(bytes_in(root / "build")) == ["greet.zip", "manifest.json", "pictures.zip"]


def test_nothing_is_left_beside_the_output(root: Path, run: Callable[..., str]) -> None:
    run()
    run()
    assert sorted(path.name for path in root.iterdir()) == ["build", "lambdas", "layers"]


def test_linked_output_folder_stays_a_link(
    root: Path, tmp_path: Path, run: Callable[..., str]
) -> None:
    (tmp_path / "big_disk").mkdir()
    (root / "build").symlink_to(tmp_path / "big_disk")
    run()
    assert (root / "build").is_symlink()
    assert (tmp_path / "big_disk" / "manifest.json").is_file()


@pytest.mark.parametrize(
    "manifest", [None, b"", b"[]", b"{}", b'{"functions": {"a": 1}, "layers": {}}']
)
def test_folder_with_foreign_files_is_not_replaced(
    root: Path, fail: Callable[..., str], manifest: bytes | None
) -> None:
    write(root / "build" / "precious.zip", b"not ours")
    if manifest is not None:
        write(root / "build" / "manifest.json", manifest)
    before = snapshot(root / "build")
    assert "was not made by a build and would be lost" in fail()
    assert snapshot(root / "build") == before


def test_output_that_is_a_file_is_refused(root: Path, fail: Callable[..., str]) -> None:
    write(root / "out.zip", b"mine")
    assert "out.zip: is not a folder" in fail("--output", str(root / "out.zip"))
    assert (root / "out.zip").read_bytes() == b"mine"


def test_project_folder_as_output_is_refused(root: Path, fail: Callable[..., str]) -> None:
    assert "was not made by a build" in fail("--output", str(root))
    assert (root / "lambdas" / "greet" / "handler.py").is_file()


def test_failed_swap_puts_the_old_folder_back(
    root: Path,
    run: Callable[..., str],
    fail: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run()
    before = snapshot(root / "build")
    rename = Path.rename

    def rename_fails_for_the_new_folder(self: Path, target: Path) -> Path:
        if self.name == "output":
            raise OSError(28, "No space left on device", str(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", rename_fails_for_the_new_folder)
    error = fail()
    assert "No space left on device" in error
    assert "is as it was" in error
    assert snapshot(root / "build") == before


def test_any_error_leaves_the_output_untouched(
    root: Path, run: Callable[..., str], fail: Callable[..., str], installer: FakeInstaller
) -> None:
    run()
    before = snapshot(root / "build")
    listing = sorted(root.iterdir())
    installer.missing = {"pillow"}  # the functions' installation succeeds
    fail()
    assert snapshot(root / "build") == before
    assert sorted(root.iterdir()) == listing


def test_interrupted_build_leaves_the_output_untouched(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(lock: Path, destination: Path, target: build.Target) -> None:
        assert lock.is_file()
        assert destination.is_dir()
        assert target.name == "arm64"
        raise KeyboardInterrupt

    assert build.main([], root=root, install=interrupted) == 130
    assert "interrupted" in capsys.readouterr().err
    assert sorted(path.name for path in root.iterdir()) == ["lambdas", "layers"]


# What is refused


def test_missing_lambdas_folder(root: Path, fail: Callable[..., str]) -> None:
    (root / "lambdas").rename(root / "functions")
    assert f"{root / 'lambdas'}: the folder is missing" in fail()


def test_no_function_at_all(root: Path, fail: Callable[..., str]) -> None:
    for name in ("greet", "count"):
        (root / "lambdas" / name).rename(root / name)
    assert "there is no function" in fail()


@pytest.mark.parametrize(
    "path",
    [
        "lambdas/greet/handler.py",
        "lambdas/greet/__init__.py",
        "lambdas/greet/requirements.in",
        "lambdas/greet/requirements.txt",
        "lambdas/shared/__init__.py",
        "layers/pictures/requirements.in",
        "layers/pictures/requirements.txt",
    ],
)
def test_missing_file_is_named(root: Path, fail: Callable[..., str], path: str) -> None:
    (root / path).rename(root / "away")
    # A folder without any file is no component, so something must stay in it.
    write(root / Path(path).parent / "README.md")
    assert f"{root / path}: the file is missing" in fail()


@pytest.mark.parametrize("name", ["Greet", "say-hello", "2fast", "import", "grüße"])
def test_folder_name_that_cannot_be_imported(
    root: Path, fail: Callable[..., str], name: str
) -> None:
    write_function(root, name)
    assert f"{root / 'lambdas' / name}: " in fail()


def test_layer_named_as_a_function(root: Path, fail: Callable[..., str]) -> None:
    write_requirements(root / "layers" / "greet", "six==1.17.0")
    assert "layers/greet: a function has this name too" in fail()


def test_layer_without_packages(root: Path, fail: Callable[..., str]) -> None:
    write_requirements(root / "layers" / "pictures")
    assert "pins no package" in fail()


def test_symlink_among_the_sources(root: Path, fail: Callable[..., str]) -> None:
    (root / "lambdas" / "greet" / "secrets.py").symlink_to("/etc/hostname")
    assert "greet/secrets.py: only plain files" in fail()


def test_pipe_among_the_sources(root: Path, fail: Callable[..., str]) -> None:
    os.mkfifo(root / "lambdas" / "greet" / "pipe")
    assert "greet/pipe: only plain files" in fail()


def test_source_name_that_file_systems_spell_differently(
    root: Path, fail: Callable[..., str]
) -> None:
    write(root / "lambdas" / "greet" / "templates" / "café.html")
    assert "café.html: only plain files with ASCII names" in fail()


@pytest.mark.parametrize("package", ["greet", "shared"])
def test_package_that_hides_our_code(
    root: Path, fail: Callable[..., str], installer: FakeInstaller, package: str
) -> None:
    installer.extra_files = {f"{package}.py": b""}
    error = fail()
    assert f"brings `{package}.py`, which collides" in error
    assert str(root / "lambdas") in error


@pytest.mark.parametrize(
    ("version", "message"),
    [("1.0.0", "locked at 1.44.5 but 1.0.0 was installed"), (None, "but nothing was installed")],
)
def test_installed_version_must_be_the_locked_one(
    fail: Callable[..., str], installer: FakeInstaller, version: str | None, message: str
) -> None:
    if version is None:
        installer.missing = {"boto3"}
    else:
        installer.versions = {"boto3": version}
    assert message in fail()


def test_package_that_is_not_locked(fail: Callable[..., str], installer: FakeInstaller) -> None:
    installer.extra_files = {"evil-1.0.dist-info/METADATA": b"Name: evil\nVersion: 1.0\n"}
    assert "evil was installed but is not locked" in fail()


def test_pin_with_a_marker_may_stay_out(
    root: Path, run: Callable[..., str], installer: FakeInstaller
) -> None:
    lock = root / "layers" / "pictures" / "requirements.txt"
    tomli = f'tomli==2.2.1 ; python_version < "3.11" {ANY_HASH}\n'
    lock.write_text(lock.read_text("utf-8") + tomli, "utf-8")
    installer.missing = {"tomli"}
    run()
    assert "tomli" not in str(names_in(root / "build" / "pictures.zip"))


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("Hash mismatch for `six==1.17.0`", "distrust the package index, else run `make lock`"),
        ("six==1.17.0 has no usable wheels", "has no wheel for this target"),
        ("Connection refused", "check the lock and the connection to the package index"),
    ],
)
def test_failed_installation_names_lock_reason_and_remedy(
    root: Path, capsys: pytest.CaptureFixture[str], words: str, remedy: str
) -> None:
    def refuse(lock: Path, destination: Path, target: build.Target) -> None:
        assert (lock.parent, target.name) == (destination.parent, "x86_64")
        if "pillow" in lock.read_text("utf-8"):
            raise build.InstallError(words)
        FakeInstaller()(lock, destination, target)

    assert build.main(["--target", "x86_64"], root=root, install=refuse) == 1
    error = capsys.readouterr().err
    assert str(root / "layers" / "pictures" / "requirements.txt") in error
    assert "cannot be installed for x86_64 (Python 3.13)" in error
    assert words in error
    assert remedy in error


def test_library_for_another_machine(fail: Callable[..., str], installer: FakeInstaller) -> None:
    installer.extra_files = {"fast/speed.abi3.so": X86_64_HEADER}
    error = fail()
    assert "`fast/speed.abi3.so` is for ELF machine 62 and cannot run on arm64" in error


def test_function_too_big_to_upload(
    fail: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "ZIPPED_LIMIT_BYTES", 100)
    assert "count: 0.0 MiB zipped, and Lambda takes 0.0 MiB" in fail()


def test_function_too_big_unzipped_together_with_the_layers(
    run: Callable[..., str],
    fail: Callable[..., str],
    installer: FakeInstaller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(build, "UNZIPPED_LIMIT_BYTES", 5 * 2**20)
    installer.extra_files = {"data": bytes(2 * 2**20)}
    run()
    installer.extra_files = {"data": bytes(3 * 2**20)}
    assert "6.0 MiB unzipped with the layers, and Lambda takes 5.0 MiB" in fail()


def test_unwritable_place_for_the_output(root: Path, fail: Callable[..., str]) -> None:
    write(root / "file")
    error = fail("--output", str(root / "file" / "build"))
    assert str(root / "file") in error
    assert "check permissions and free space" in error


def test_without_uv_nothing_is_tried(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uv", None)
    assert build.main([], root=root) == 1
    assert "uv is missing in this Python environment; run `make setup`" in capsys.readouterr().err


def test_unknown_target_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        build.main(["--target", "sparc"])
    assert exit_info.value.code == 2
    assert "sparc" in capsys.readouterr().err


def test_this_is_our_build_and_not_the_package_of_that_name() -> None:
    # PyPA's `build` is installed by pip-tools; a folder build/ is what we write.
    assert importlib.metadata.version("build")
    assert Path(build.__file__).name == "build.py"
