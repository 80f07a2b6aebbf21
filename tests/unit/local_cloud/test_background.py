import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local_cloud import background, folders, running
from tooling import processes
from tooling.errors import ToolingError
from tooling.paths import REPOSITORY

ENGINE = os.getpid()


@pytest.fixture
def engine_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "lock_holder", lambda _file: ENGINE)


def describe(folder: Path, **changes: object) -> None:
    described = {
        "process_id": ENGINE,
        "endpoint_url": "http://127.0.0.1:1",
        "inbox_url": "http://127.0.0.1:2",
        "outputs": {},
        **changes,
    }
    (folder / "running.json").write_text(json.dumps(described), encoding="utf-8")


def test_nothing_runs_whatever_an_old_file_says(tmp_path: Path) -> None:
    describe(tmp_path)

    assert running.find(tmp_path) is None


@pytest.mark.usefixtures("engine_runs")
def test_what_runs_is_found(tmp_path: Path) -> None:
    describe(tmp_path)

    found = running.find(tmp_path)

    assert found is not None
    assert found.process_id == ENGINE
    assert found.endpoint_url == "http://127.0.0.1:1"
    assert found.inbox_url == "http://127.0.0.1:2"


@pytest.mark.usefixtures("engine_runs")
@pytest.mark.parametrize("text", [None, "", "{", '{"process_id": 1}', '{"unknown": 1}'])
def test_engine_without_a_finished_up_says_what_to_do(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "running.json").write_text(text, encoding="utf-8")

    with pytest.raises(ToolingError, match="make down"):
        running.find(tmp_path)


@pytest.mark.usefixtures("engine_runs")
def test_description_of_another_engine_is_refused(tmp_path: Path) -> None:
    describe(tmp_path, process_id=ENGINE + 1)

    with pytest.raises(ToolingError, match="another engine"):
        running.find(tmp_path)


def test_down_twice_is_harmless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("local_cloud.folders.UP", tmp_path)
    describe(tmp_path)

    running.down()
    running.down()

    assert capsys.readouterr().out == "The local cloud is not up.\n" * 2
    assert not (tmp_path / "running.json").exists()


def test_down_needs_no_package(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys; sys.path.insert(0, sys.argv[1]);"
        "from local_cloud import folders; folders.UP = pathlib.Path(sys.argv[2]);"
        "from local_cloud.__main__ import main; sys.exit(main(['down']))"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-I", "-S", "-c", program, REPOSITORY, tmp_path],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.stdout, done.stderr) == ("The local cloud is not up.\n", "")


def test_second_up_is_refused_while_the_first_is_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "UP", tmp_path)
    monkeypatch.setattr(background, "build_for_this_machine", lambda _: pytest.fail("was built"))

    with (
        processes.only_one(tmp_path / "up.lock", "make up"),
        pytest.raises(ToolingError, match="another `make up` is running"),
    ):
        background.up()


def test_an_unknown_example_is_refused() -> None:
    with pytest.raises(ToolingError, match="there is no terraform/examples/nothing; there are "):
        background.up("nothing")
