"""An environment is made again if it differs from its stamp."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tooling import environments
from tooling.paths import REPOSITORY

PROGRAM = REPOSITORY / "tooling" / "environments.py"
LOCK = "requirements.txt"
FOLDER = ".venv"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what makes an environment, and this process in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / LOCK).write_text("", "utf-8")
    for name in ("python", "python3", "pip"):
        file = tmp_path / FOLDER / "bin" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.symlink_to(os.path.realpath(sys.executable))
    for file_name in ("pip/__init__.py", "pip-1.dist-info/RECORD", "six.py", "__pycache__/six.pyc"):
        file = tmp_path / FOLDER / "lib" / "python3.11" / "site-packages" / file_name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("content", "utf-8")
    (tmp_path / FOLDER / "pyvenv.cfg").write_text("home = /usr/bin\n", "utf-8")
    environments._write_stamp(FOLDER, environments._digest(LOCK))
    return tmp_path


def run(
    root: Path, *options: str, python: str = sys.executable
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [python, "-I", "-S", PROGRAM, *options, FOLDER, LOCK],
        cwd=root,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def packages(root: Path) -> Path:
    (found,) = (root / FOLDER / "lib").glob("python*/site-packages")
    return found


def change_lock(root: Path) -> None:
    (root / LOCK).write_text("# changed\n", "utf-8")


def lose_interpreter(root: Path) -> None:
    for name in ("python", "python3"):
        (root / FOLDER / "bin" / name).unlink()
        (root / FOLDER / "bin" / name).symlink_to("/gone/python3")


def lose_one_name_of_the_interpreter(root: Path) -> None:
    (root / FOLDER / "bin" / "python3").unlink()
    (root / FOLDER / "bin" / "python3").symlink_to("/gone/python3")


def have_another_interpreter(root: Path) -> None:
    other = root / "other-python"
    shutil.copy(os.path.realpath(sys.executable), other)
    for name in ("python", "python3"):
        (root / FOLDER / "bin" / name).unlink()
        (root / FOLDER / "bin" / name).symlink_to(other)


def empty(root: Path) -> None:
    folder = packages(root)
    shutil.rmtree(folder)
    folder.mkdir()


def lose_all_files(root: Path) -> None:
    for file in packages(root).rglob("*"):
        if file.is_file():
            file.unlink()


def lose_a_package(root: Path) -> None:
    shutil.rmtree(packages(root) / "pip")


def lose_a_program(root: Path) -> None:
    (root / FOLDER / "bin" / "pip").unlink()


def lose_what_makes_it_an_environment(root: Path) -> None:
    (root / FOLDER / "pyvenv.cfg").unlink()


def lose_the_stamp(root: Path) -> None:
    (root / FOLDER / environments.STAMP).unlink()


def have_the_stamp_of_an_older_version(root: Path) -> None:
    (root / FOLDER / environments.STAMP).write_text("", "utf-8")


def have_a_stamp_of_something_else(root: Path) -> None:
    (root / FOLDER / environments.STAMP).write_text("[]", "utf-8")


def lose_all(root: Path) -> None:
    shutil.rmtree(root / FOLDER)


WRONG: list[tuple[Callable[[Path], None], str]] = [
    (change_lock, "requirements.txt has changed"),
    (lose_interpreter, "is gone or has changed"),
    (lose_one_name_of_the_interpreter, "is gone or has changed"),
    (have_another_interpreter, "is gone or has changed"),
    (empty, "is missing in it"),
    (lose_all_files, "is missing in it"),
    (lose_a_package, "pip is missing in it"),
    (lose_a_program, "bin/pip is missing in it"),
    (lose_what_makes_it_an_environment, "pyvenv.cfg is missing in it"),
    (lose_the_stamp, "it is not complete"),
    (have_the_stamp_of_an_older_version, "its stamp can't be read"),
    (have_a_stamp_of_something_else, "its stamp can't be read"),
    (lose_all, "it does not exist"),
]


@pytest.mark.parametrize(("change", "reason"), WRONG, ids=[change.__name__ for change, _ in WRONG])
def test_what_is_wrong_is_seen(project: Path, change: Callable[[Path], None], reason: str) -> None:
    assert environments.problem(FOLDER, LOCK) is None
    assert run(project, "--check").returncode == 0

    change(project)

    assert reason in str(environments.problem(FOLDER, LOCK))
    assert run(project, "--check").returncode == 1


def test_an_interpreter_that_was_written_again_is_another(project: Path) -> None:
    """As by an upgrade of the system's Python."""
    have_another_interpreter(project)
    stamp = project / FOLDER / environments.STAMP
    text = stamp.read_text("utf-8")
    stamp.write_text(text.replace(os.path.realpath(sys.executable), f"{project}/other-python"))
    assert "is gone or has changed" in str(environments.problem(FOLDER, LOCK))


def test_an_environment_in_another_place_is_wrong(project: Path, tmp_path: Path) -> None:
    """Its programs name the Python of the old place."""
    moved = tmp_path / "moved"
    shutil.copytree(project / FOLDER, moved, symlinks=True)
    assert f"it was made as {project}" in str(environments.problem(str(moved), LOCK))


def test_what_a_person_has_added_is_left_alone(project: Path) -> None:
    (packages(project) / "theirs").mkdir()
    assert environments.problem(FOLDER, LOCK) is None


@pytest.mark.usefixtures("project")
def test_the_python_counts_only_where_one_is_asked_for() -> None:
    assert environments.problem(FOLDER, LOCK, os.path.realpath(sys.executable)) is None
    assert "it has the Python" in str(environments.problem(FOLDER, LOCK, "/other/python3"))


def test_two_programs_at_once_make_it_once_and_say_why(project: Path) -> None:
    lose_interpreter(project)
    done: list[subprocess.CompletedProcess[str]] = []
    both = [threading.Thread(target=lambda: done.append(run(project))) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert [one.returncode for one in done] == [0, 0]
    said = "".join(one.stderr for one in done)
    reason = f"its Python {os.path.realpath(sys.executable)} is gone or has changed"
    assert said.count(f"Installing {LOCK} into {FOLDER}: {reason}\n") == 1
    assert environments.problem(FOLDER, LOCK) is None
    assert run(project, "--with-this-python").stderr == ""


def test_a_step_that_fails_leaves_no_stamp(project: Path) -> None:
    change_lock(project)
    with pytest.raises(environments.StepFailedError):
        environments.make(FOLDER, LOCK, "/bin/false", None)
    assert environments.problem(FOLDER, LOCK) == "it is not complete"


def test_a_python_that_is_too_old_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environments, "NEEDED_PYTHON", (99, 0))
    lose_all(project)
    assert environments.main([FOLDER, LOCK]) == 1
    found = sys.version.split()[0]
    message = f"Python 3.11 or newer is needed, this is {found}: call make PYTHON=/path/to/python3"
    assert capsys.readouterr().err == f"{message}\n"
    assert not (project / FOLDER).exists()
