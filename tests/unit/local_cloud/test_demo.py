from pathlib import Path

import pytest

from local_cloud import demo, paths
from local_cloud.engine import Engine
from local_cloud.errors import LocalCloudError
from local_cloud.processes import only_one
from local_cloud.progress import Progress


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A thumbnail of the demo that runs."""
    monkeypatch.setattr(paths, "DEMO", tmp_path)
    monkeypatch.setattr(demo, "build_for_this_machine", lambda _: pytest.fail("was built"))
    thumbnail = tmp_path / "thumbnails" / "rocket.jpg"
    thumbnail.parent.mkdir()
    thumbnail.touch()
    return thumbnail


def test_second_demo_is_refused_before_it_touches_anything(kept: Path, tmp_path: Path) -> None:
    with (
        only_one(tmp_path / "demo.lock", "make demo"),
        pytest.raises(LocalCloudError, match="another `make demo` is at work") as refusal,
    ):
        demo.run_demo()

    assert "make down" not in str(refusal.value)
    assert kept.exists()


def test_engine_of_a_killed_demo_is_named(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_cloud.processes.lock_holder", lambda _file: 4711)

    with pytest.raises(LocalCloudError, match=r"already runs in .+ \(process 4711\)"):
        demo.run_demo()

    assert kept.exists()


def test_failure_names_the_step_and_the_engines_log(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    engine.log_file.write_text("what the engine said", encoding="utf-8")
    title = "ada signs up, waiting for the mail"

    with (
        pytest.raises(LocalCloudError, match=f"{title}: not seen") as failure,
        demo._part(Progress(), engine, title),
    ):
        raise LocalCloudError("not seen")

    assert str(engine.log_file) in str(failure.value)
    assert "what the engine said" in str(failure.value)
