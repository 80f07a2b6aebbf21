"""Which of a shell's variables reach a command, by its kind."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tooling import clean_environment
from tooling.clean_environment import FIXED, clean, kept
from tooling.paths import REPOSITORY

PROGRAM = REPOSITORY / "tooling" / "clean_environment.py"

# Each would change what a command does, or where.
HOSTILE = {
    "PYTHONSAFEPATH": "1",
    "PYTHONPATH": "/elsewhere",
    "PYTHONHOME": "/elsewhere",
    "PYTHONSTARTUP": "/elsewhere.py",
    "LC_ALL": "C",
    "PIP_USER": "1",
    "PIP_TARGET": "/elsewhere",
    "PIP_PREFIX": "/elsewhere",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_CONSTRAINT": "/elsewhere.txt",
    "UV_SYSTEM_PYTHON": "1",
    "UV_OFFLINE": "1",
    "UV_INDEX_STRATEGY": "unsafe-best-match",
    "TF_CLI_ARGS": "-input=false",
    "TF_CLI_ARGS_init": "-upgrade",
    "TF_WORKSPACE": "elsewhere",
    "TF_DATA_DIR": "/elsewhere",
    "GIT_DIR": "/elsewhere",
    "GIT_INDEX_FILE": "/elsewhere",
    "CDPATH": "/elsewhere",
    "BASH_ENV": "/elsewhere.sh",
    "BASH_FUNC_cd%%": "() { false; }",
    "MAKEFLAGS": "-e",
}
PROXY = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
CERTIFICATES = {"SSL_CERT_FILE": "/certificates.pem", "REQUESTS_CA_BUNDLE": "/certificates.pem"}
INDEX = {
    "PIP_INDEX_URL": "https://pip.example.com",
    "UV_DEFAULT_INDEX": "https://uv.example.com",
    "NETRC": "/netrc",
}
ACCOUNT = {"AWS_PROFILE": "production", "TF_VAR_from_address": "a@example.com"}
SHELL = {"PATH": "/bin", "HOME": "/home/ada"}
EVERYTHING = {**SHELL, **HOSTILE, **PROXY, **CERTIFICATES, **INDEX, **ACCOUNT}


@pytest.mark.parametrize(
    ("kind", "passes"),
    [
        ("setup", {**PROXY, **CERTIFICATES, **INDEX}),
        ("aws", {**PROXY, **CERTIFICATES, **ACCOUNT}),
        ("local", {}),
    ],
)
def test_a_kind_sees_what_it_needs_and_nothing_else(kind: str, passes: dict[str, str]) -> None:
    assert kept(kind, EVERYTHING) == {**SHELL, **passes, **FIXED}


def test_text_is_utf_8_whatever_the_shell_says() -> None:
    found = kept("local", {"PYTHONUTF8": "0", "LANG": "C", "LC_ALL": "C"})
    assert found["PYTHONUTF8"] == "1"
    assert found["LANG"] == "C.UTF-8"
    assert "LC_ALL" not in found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A shell without pip's files in its home and in the system."""
    monkeypatch.setattr(clean_environment, "_PIP_SYSTEM_FILES", ())
    return {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "system")}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_pips_file_says_where_packages_come_from_and_nothing_else(
    tmp_path: Path, home: dict[str, str]
) -> None:
    write(
        tmp_path / ".config" / "pip" / "pip.conf",
        "[global]\nuser = true\nindex-url = https://example.com/%(x)s\nTrusted_Host =\n  a\n  b\n"
        "[install]\ntarget = /elsewhere\n[list]\nformat = json\n",
    )
    found = clean("setup", home)
    pip = {name: value for name, value in found.items() if name.startswith("PIP_")}
    assert pip == {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_INDEX_URL": "https://example.com/%(x)s",
        "PIP_TRUSTED_HOST": "a b",
    }


def test_pips_files_win_over_each_other_as_pip_has_them(
    tmp_path: Path, home: dict[str, str]
) -> None:
    write(tmp_path / "system" / "pip" / "pip.conf", "[global]\nproxy = 1\nretries = 1\n")
    write(tmp_path / ".pip" / "pip.conf", "[install]\nretries = 2\ncert = 2\n")
    write(tmp_path / ".config" / "pip" / "pip.conf", "[global]\nretries = 3\ncert = 3\n")
    write(tmp_path / "named", "[global]\nproxy = 4\ntimeout = 4\n")
    shell = {**home, "PIP_CONFIG_FILE": str(tmp_path / "named"), "PIP_TIMEOUT": "5"}
    found = clean("setup", shell)
    # A command's section overrides the general one, and a variable overrides both.
    assert found["PIP_PROXY"] == "4"
    assert found["PIP_RETRIES"] == "2"
    assert found["PIP_CERT"] == "2"
    assert found["PIP_TIMEOUT"] == "5"


def test_a_shell_that_lets_pip_read_no_file_is_obeyed(tmp_path: Path, home: dict[str, str]) -> None:
    write(tmp_path / ".config" / "pip" / "pip.conf", "[global]\nproxy = 1\n")
    assert "PIP_PROXY" not in clean("setup", {**home, "PIP_CONFIG_FILE": os.devnull})


@pytest.mark.parametrize("content", [b"no section", b"[global]\nproxy = \xff\n"])
def test_a_file_of_pips_that_cannot_be_read_is_named_and_left_out(
    tmp_path: Path, home: dict[str, str], content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "named"
    file.write_bytes(content)
    found = clean("setup", {**home, "PIP_CONFIG_FILE": str(file)})
    assert "PIP_PROXY" not in found
    assert f"pip's file {file} is left out" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR"])
def test_settings_of_terraform_that_name_nothing_are_left_out(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert clean("aws", {name: str(tmp_path)})[name] == str(tmp_path)
    assert name not in clean("aws", {name: str(tmp_path / "missing")})
    assert capsys.readouterr().err == f"{name} is left out: there is no {tmp_path}/missing\n"


def become(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-I", "-S", PROGRAM, *arguments],
        env={**EVERYTHING, "PATH": os.environ["PATH"]},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_the_program_becomes_the_command_with_variables_of_its_own() -> None:
    done = become("local", "A=1", "B=x=ü", "--", "env")
    assert done.stderr == ""
    found = dict(line.split("=", 1) for line in done.stdout.splitlines())
    wanted = {"PATH": os.environ["PATH"], "HOME": "/home/ada", **FIXED, "A": "1", "B": "x=ü"}
    assert found == wanted


def test_the_commands_exit_code_is_the_programs() -> None:
    assert become("aws", "sh", "-c", "exit 7").returncode == 7


def test_a_command_that_is_not_there_is_named() -> None:
    done = become("local", "no-such-command-anywhere")
    assert done.returncode == 127
    assert done.stderr == "no-such-command-anywhere: No such file or directory\n"


@pytest.mark.parametrize("name", ["clean_environment.py", "environments.py"])
def test_an_old_python_can_read_what_runs_before_its_version_is_checked(name: str) -> None:
    source = (REPOSITORY / "tooling" / name).read_text("utf-8")
    ast.parse(source, feature_version=(3, 7))


def test_every_variable_that_the_tests_and_tools_read_reaches_them() -> None:
    """Listed here, so that a new one is considered; the product's own don't come from a shell."""
    read = {
        *("FAULT_SEED", "HYPOTHESIS_PROFILE", "PLAYWRIGHT_CHROMIUM", "PYENV_ROOT"),
        *("REQUIRE_ADVISORIES", "REQUIRE_TWO_PYTHONS", "SCREENSHOTS", "XDG_DATA_HOME"),
    }
    for kind in clean_environment.KINDS:
        assert read <= set(kept(kind, dict.fromkeys(read, "x")))
