"""Finding the target's Python, and bytecode that depends on the source alone."""

from __future__ import annotations

import importlib.util
import json
import marshal
import os
import subprocess
import sys
import types
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import build
from packager import bytecode, compile_sources
from packager.bytecode import Interpreter, Source, bytecode_name, find_interpreter
from packager.errors import BuildError
from tests.unit.packager.project import FakeWheels, write

if TYPE_CHECKING:
    from collections.abc import Callable

RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
THIS = Interpreter(sys.executable, sys.version.split()[0])
# marshal's output for these depends on what else the process has seen: names shared with other
# modules, texts that equal a qualified name, single characters, nested tuples and sets.
TRICKY = '''"""A module."""
def meta(base):
    class metaclass(type):
        """With a `__qualname__`."""
        text = "meta.<locals>.metaclass"
    return metaclass
PAIRS = (("a", "unique_name"), ("not a name!", ("b", 1.5, 10**20)))
found = lambda x: x in {"red", "green", "blue", "unique_name"}
def outer():
    cell = 1
    def inner(): return cell, "outer.<locals>.inner"
    return inner
'''


def compiled_by_a_process(
    folder: Path, sources: dict[str, str], seed: str = "0"
) -> dict[str, bytes]:
    """Compile in a new process, in this order."""
    for name, text in sources.items():
        write(folder / name, text.encode())
    jobs = [[str(folder / n), f"/var/task/{n}", str(folder / f"{n}c")] for n in sources]
    result = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(bytecode.PROGRAM)],
        input=json.dumps(jobs),
        env={"PYTHONHASHSEED": seed},
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    assert result.stdout == "[]"
    return {name: (folder / f"{name}c").read_bytes() for name in sources}


def test_bytes_do_not_depend_on_what_was_compiled_before(tmp_path: Path) -> None:
    other = 'def unique_name(): pass\nx = "not a name!"\n' + TRICKY.replace("A module", "Another")
    alone = compiled_by_a_process(tmp_path / "1", {"tricky.py": TRICKY})
    after = compiled_by_a_process(tmp_path / "2", {"a.py": other, "tricky.py": TRICKY}, seed="7")
    assert alone["tricky.py"] == after["tricky.py"]


def test_bytes_do_not_depend_on_references_from_elsewhere() -> None:
    first = compile_sources.compiled(TRICKY.encode(), "/var/task/tricky.py")
    keep = [sys.intern(text) for text in ("meta.<locals>.metaclass", "not a name!", "metaclass")]
    code = compile(TRICKY, "elsewhere.py", "exec")
    assert compile_sources.compiled(TRICKY.encode(), "/var/task/tricky.py") == first
    assert keep
    assert code


def test_bytecode_is_valid_whatever_the_sources_time_and_content() -> None:
    data = compile_sources.compiled(b"x = 1\n", "/var/task/x.py")
    assert data[:4] == importlib.util.MAGIC_NUMBER
    assert int.from_bytes(data[4:8], "little") == 0b01  # by an unchecked hash
    assert data[8:16] == importlib.util.source_hash(b"x = 1\n")
    code = marshal.loads(data[16:])  # noqa: S302 - of our own making
    assert isinstance(code, types.CodeType)
    assert code.co_filename == "/var/task/x.py"
    assert [code.co_filename for code in code.co_consts if isinstance(code, types.CodeType)] == []


def test_compiled_module_does_what_its_source_does(tmp_path: Path) -> None:
    write(tmp_path / "tricky.pyc", compile_sources.compiled(TRICKY.encode(), "/var/task/tricky.py"))
    spec = importlib.util.spec_from_file_location("tricky", tmp_path / "tricky.pyc")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.__doc__ == "A module."
    assert module.meta(0).__qualname__ == module.meta(0).text
    assert module.PAIRS == (("a", "unique_name"), ("not a name!", ("b", 1.5, 10**20)))
    assert [module.found(x) for x in ("red", "black", "unique_name")] == [True, False, True]
    assert module.outer()() == (1, "outer.<locals>.inner")


@pytest.mark.parametrize(
    "source", [b"print 'Python 2'\n", b"{% if x %}\n", b"x = '\0'\n", b"\xff = 1\n"]
)
def test_what_is_no_python_of_this_version_is_named(tmp_path: Path, source: bytes) -> None:
    write(tmp_path / "good.py", b"x = 1\n")
    write(tmp_path / "bad.py", source)
    sources = [
        Source(tmp_path / f"{name}.py", f"/var/task/{name}.py", tmp_path / f"{name}.pyc")
        for name in ("bad", "good")
    ]
    assert bytecode.compile_sources(THIS, sources) == {tmp_path / "bad.py"}
    assert (tmp_path / "good.pyc").is_file()
    assert not (tmp_path / "bad.pyc").exists()


def test_main_of_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "good.py", b"x = 1\n")
    write(tmp_path / "bad.py", b"x =\n")
    jobs = [[str(tmp_path / f"{n}.py"), f"/{n}.py", str(tmp_path / n)] for n in ("good", "bad")]
    monkeypatch.setattr(json, "load", lambda _file: jobs)
    compile_sources.main()
    assert json.loads(capsys.readouterr().out) == [str(tmp_path / "bad.py")]
    assert (tmp_path / "good").is_file()


def test_interpreter_that_does_not_work(tmp_path: Path) -> None:
    program = tmp_path / "python3.13"
    program.write_text("#!/bin/sh\necho broken >&2\nexit 3\n", "utf-8")
    program.chmod(0o755)
    with pytest.raises(
        BuildError, match=r"python3\.13: cannot compile; repair this Python .*\nbroken"
    ):
        bytecode.compile_sources(Interpreter(str(program), "3.13.0"), [])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("six.py", "__pycache__/six.cpython-313.pyc"),
        ("python/PIL/Image.py", "python/PIL/__pycache__/Image.cpython-313.pyc"),
    ],
)
def test_bytecode_lies_where_python_looks_for_it(name: str, expected: str) -> None:
    assert bytecode_name(name, "3.13") == expected


# Interpreters


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a PATH without any Python."""
    for name in ("XDG_DATA_HOME", "UV_PYTHON_INSTALL_DIR", "PYENV_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path / 'nowhere'}:{tmp_path / 'bin'}")
    # A script stands in for a real program; scripts named like it are ignored.
    monkeypatch.setattr(bytecode, "version_of", lambda program: program.read_text("utf-8"))
    return tmp_path


def add_python(path: Path, version: str, mode: int = 0o755) -> str:
    write(path, version.encode())
    path.chmod(mode)
    return str(path)


def test_without_a_home_folder_only_path_is_looked_at(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as for a user without a home
    program = add_python(machine / "bin" / "python3.99", "3.99.1")
    assert find_interpreter("3.99") == Interpreter(program, "3.99.1")
    assert find_interpreter("3.98") is None


def test_running_python_is_taken_if_it_is_the_right_one(machine: Path) -> None:
    add_python(machine / "bin" / f"python{RUNNING}", f"{RUNNING}.99")
    assert find_interpreter(RUNNING) == THIS


def test_python_on_path_is_taken_before_those_of_uv_and_pyenv(machine: Path) -> None:
    uv = machine / ".local" / "share" / "uv" / "python"
    pyenv = machine / ".pyenv" / "versions"
    add_python(uv / "cpython-3.99.1-linux-x86_64-gnu" / "bin" / "python3.99", "3.99.1")
    add_python(pyenv / "3.99.2" / "bin" / "python3.99", "3.99.2")
    on_path = add_python(machine / "bin" / "python3.99", "3.99.3")
    assert find_interpreter("3.99") == Interpreter(on_path, "3.99.3")
    Path(on_path).unlink()
    found = find_interpreter("3.99")
    assert found
    assert found.version == "3.99.1"


def test_newest_patch_of_pyenv_is_taken(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYENV_ROOT", str(machine / "pyenv"))
    for patch in ("2", "10", "9", "3t"):
        folder = machine / "pyenv" / "versions" / f"3.99.{patch}"
        add_python(folder / "bin" / "python3.99", f"3.99.{patch}")
    found = find_interpreter("3.99")
    assert found
    assert found.version == "3.99.10"


@pytest.mark.parametrize(
    ("content", "mode"),
    [("3.98.0", 0o755), ("", 0o755), ("#!/bin/sh\n", 0o755), ("3.99.0", 0o644)],
    ids=["another version", "broken", "a script that starts another", "not to be run"],
)
def test_python_that_will_not_do(machine: Path, content: str, mode: int) -> None:
    add_python(machine / "bin" / "python3.99", content, mode)
    assert find_interpreter("3.99") is None


@pytest.mark.parametrize("abiflags", ["t", "d"])
def test_other_builds_of_python_are_not_taken(
    machine: Path, monkeypatch: pytest.MonkeyPatch, abiflags: str
) -> None:
    assert machine.is_dir()
    monkeypatch.setattr(sys, "abiflags", abiflags)
    assert find_interpreter(RUNNING) is None


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        ("echo cpython - 3.13.7", "3.13.7"),
        ("echo cpython t 3.13.7", ""),
        ("echo cpython d 3.13.7", ""),
        ("echo pypy - 3.10.13", ""),
        ("echo Python 3.13.7 and more", ""),
        ("echo cpython - 3.13.7 && exit 1", ""),
        ("exit 127", ""),
    ],
)
def test_version_that_a_program_says(tmp_path: Path, answer: str, version: str) -> None:
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{answer}\n", "utf-8")
    program.chmod(0o755)
    assert bytecode.version_of(program) == version


@pytest.mark.parametrize("content", [b"", b"\x7fELF\x02\x01\x01damaged"], ids=["empty", "damaged"])
def test_program_that_does_not_start_has_no_version(tmp_path: Path, content: bytes) -> None:
    program = tmp_path / "python"
    program.write_bytes(content)
    program.chmod(0o755)
    assert bytecode.version_of(program) == ""


# In the zips


@pytest.fixture
def build_with_bytecode(
    root: Path, wheels: FakeWheels, capsys: pytest.CaptureFixture[str]
) -> Callable[[], tuple[int, str, str]]:
    """Build for this machine, whose Python is always there; return exit code and output."""

    def run() -> tuple[int, str, str]:
        exit_code = build.main(["--target", "host"], root=root, wheels=wheels)
        printed = capsys.readouterr()
        return exit_code, printed.out, printed.err

    return run


def test_every_source_has_its_bytecode(
    root: Path, build_with_bytecode: Callable[[], tuple[int, str, str]]
) -> None:
    exit_code, out, err = build_with_bytecode()
    assert (exit_code, err) == (0, "")
    # greet 3, count 2, shared 2, boto3 and six, pillow; shared sources are compiled once.
    assert "compiling 9 sources" in out
    with zipfile.ZipFile(root / "build" / "greet.zip") as opened:
        names = opened.namelist()
        data = opened.read(bytecode_name("greet/handler.py", RUNNING))
    sources = [name for name in names if name.endswith(".py")]
    assert "greet/handler.py" in sources
    assert sorted(name for name in names if name.endswith(".pyc")) == sorted(
        bytecode_name(name, RUNNING) for name in sources
    )
    assert marshal.loads(data[16:]).co_filename == "/var/task/greet/handler.py"  # noqa: S302 - of our own making
    with zipfile.ZipFile(root / "build" / "pictures.zip") as opened:
        data = opened.read(bytecode_name("python/pillow/__init__.py", RUNNING))
    assert marshal.loads(data[16:]).co_filename == "/opt/python/pillow/__init__.py"  # noqa: S302 - of our own making
    manifest = json.loads((root / "build" / "manifest.json").read_bytes())
    assert manifest["bytecode"] == THIS.version


def test_packages_files_that_do_not_compile_are_listed(
    root: Path,
    wheels: FakeWheels,
    build_with_bytecode: Callable[[], tuple[int, str, str]],
) -> None:
    wheels.extra_files = {"six/template.py": b"{% if x %}\n"}
    exit_code, out, _err = build_with_bytecode()
    assert exit_code == 0
    assert "greet.zip: no bytecode for six/template.py, which does not compile" in out
    manifest = json.loads((root / "build" / "manifest.json").read_bytes())
    assert manifest["functions"]["greet"]["without_bytecode"] == ["six/template.py"]
    with zipfile.ZipFile(root / "build" / "greet.zip") as opened:
        assert "six/template.py" in opened.namelist()
        assert bytecode_name("six/template.py", RUNNING) not in opened.namelist()


def test_own_source_must_compile_for_the_target(
    root: Path,
    build_with_bytecode: Callable[[], tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = root / "lambdas" / "greet" / "handler.py"
    # Syntax of a newer Python than this one: only the target's can compile it.
    monkeypatch.setattr("packager.zips.check_declared_services", lambda _component: None)
    write(path, b"def handler(:\n")
    exit_code, _out, err = build_with_bytecode()
    assert exit_code == 1
    assert f"error: {path}: is not valid Python {RUNNING}; correct it" in err
