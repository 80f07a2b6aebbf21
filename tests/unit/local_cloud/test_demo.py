from pathlib import Path

import pytest

from local_cloud import demo, folders
from local_cloud.engine.process import Engine
from tooling.errors import ToolingError
from tooling.processes import only_one
from tooling.progress import Progress


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A thumbnail of the demo that runs."""
    monkeypatch.setattr(folders, "DEMO", tmp_path)
    monkeypatch.setattr(demo, "build_for_this_machine", lambda _: pytest.fail("was built"))
    thumbnail = tmp_path / "thumbnails" / "rocket.jpg"
    thumbnail.parent.mkdir()
    thumbnail.touch()
    return thumbnail


def test_second_demo_is_refused_before_it_touches_anything(kept: Path, tmp_path: Path) -> None:
    with (
        only_one(tmp_path / "demo.lock", "make demo"),
        pytest.raises(ToolingError, match="another `make demo` is running") as refusal,
    ):
        demo.run_demo()

    assert "make down" not in str(refusal.value)
    assert kept.exists()


def test_engine_of_a_killed_demo_is_named(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tooling.processes.lock_holder", lambda _file: 4711)

    with pytest.raises(ToolingError, match=r"already runs in .+ \(process 4711\)"):
        demo.run_demo()

    assert kept.exists()


def test_failure_names_the_step_and_the_engines_log(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    engine.log_file.write_text("what the engine said", encoding="utf-8")
    title = "ada signs up, waiting for the mail"

    with (
        pytest.raises(ToolingError, match=f"{title}: not seen") as failure,
        demo._part(Progress(), engine, title),
    ):
        raise ToolingError("not seen")

    assert str(engine.log_file) in str(failure.value)
    assert "what the engine said" in str(failure.value)
