"""Figures, tables, verdicts, and their document."""

from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks.environments import PeerMissingError, explained, run
from benchmarks.measures import Samples, as_ratio, as_size, as_time, ratio, turn_ratio
from benchmarks.report import (
    Section,
    Table,
    Verdict,
    document,
    machine_line,
    table_lines,
    updated,
)


def test_the_median_is_not_moved_by_one_slow_run() -> None:
    assert Samples([0.2, 9.0, 0.1]).median == 0.2
    assert Samples().median is None


def test_the_highest_peak_is_kept() -> None:
    samples = Samples()
    for peak in (5, 9, 7):
        samples.saw_peak(peak)
    assert samples.peak_bytes == 9


@pytest.mark.parametrize(
    ("value", "base", "expected"),
    [(3.0, 2.0, 1.5), (None, 2.0, None), (3.0, None, None), (3.0, 0.0, None)],
)
def test_a_ratio_needs_both_sides(
    value: float | None, base: float | None, expected: float | None
) -> None:
    assert ratio(value, base) == expected


def test_a_ratio_is_of_what_ran_in_the_same_turn() -> None:
    fast, slow = Samples([1.0, 10.0, 2.0]), Samples([2.0, 20.0, 4.0, 9.0])
    assert turn_ratio(slow, fast) == 2
    assert turn_ratio(slow, Samples()) is None
    assert turn_ratio(None, fast) is None


def test_figures_are_written_for_a_person() -> None:
    assert [as_time(value) for value in (None, 0.01234, 0.9, 12.345)] == [
        "missing",
        "12.3 ms",
        "900 ms",
        "12.3 s",
    ]
    assert [as_ratio(value) for value in (None, 1.256)] == ["-", "1.26"]
    assert [as_size(value) for value in (None, 12, 6510, 42_100_000)] == [
        "-",
        "12 B",
        "6.51 kB",
        "42.1 MB",
    ]


@pytest.mark.parametrize(
    ("value", "at_least", "met"),
    [
        (1.25, False, True),
        (1.26, False, False),
        (1.25, True, True),
        (1.24, True, False),
        (None, False, False),
        (None, True, False),
    ],
)
def test_a_verdict_is_met_at_its_limit_and_never_unmeasured(
    value: float | None,
    at_least: bool,
    met: bool,
) -> None:
    assert Verdict("time", value, 1.25, at_least=at_least).met is met


def test_a_table_lines_up() -> None:
    assert table_lines(("what", "time"), [("a", "1 s"), ("longer", "10 ms")]) == [
        "| what   |  time |",
        "| ------ | ----: |",
        "| a      |   1 s |",
        "| longer | 10 ms |",
    ]


def test_a_row_with_a_cell_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        table_lines(("what", "time"), [("a",)])


def section(value: float) -> Section:
    return Section(
        "Build",
        [Table("Times", ("builder", "time"), [("ours", "1 s")], "A note.")],
        [Verdict("no slower", value, 1)],
        ["sam: there is no Python 3.13"],
        {"uv": "1.2", "pip": "3.4"},
    )


def test_the_document_tells_verdicts_first_and_what_is_missing() -> None:
    text = document([section(2)], "Runs: build 5.")
    assert text.index("NOT MET") < text.index("## Build") < text.index("| ours")
    assert "**MISSING: sam: there is no Python 3.13**" in text
    assert "Versions: pip 3.4, uv 1.2." in text
    assert text.endswith(".\n")


def test_the_machine_is_told_without_its_name() -> None:
    assert "cores" in machine_line()
    assert "/" not in machine_line()


def test_a_promise_that_is_not_kept_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(command.PARTS, "build", (lambda _runs: section(2), 5))
    assert command.main(["--only", "build"]) == 1
    told = capsys.readouterr()
    assert "| no slower | at most 1 |" in told.out
    assert "MISSING: sam" in told.err
    assert "NOT MET: no slower: at most 1: 2" in told.err


def test_promises_that_are_kept_end_with_0(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def measure(runs: int) -> Section:
        asked.append(runs)
        return section(1)

    monkeypatch.setitem(command.PARTS, "build", (measure, 5))
    assert command.main(["--only", "build", "--runs", "3"]) == 0
    assert asked == [3]


def test_all_parts_together_write_the_document(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in command.PARTS:
        monkeypatch.setitem(command.PARTS, name, (lambda _runs: section(1), 7))
    monkeypatch.setattr(command, "DOCUMENT", tmp_path / "benchmarks.md")
    assert command.main([]) == 0
    written = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    assert "Runs: build 7, start 7, thumbnails 7." in written
    assert written.count("## Build") == 3


def part(name: str, value: float) -> Section:
    return Section(
        name,
        [Table("Times", ("what", "time"), [("a", f"{value} s")])],
        [Verdict(f"{name.lower()}, a: time", value, 1)],
    )


@pytest.mark.parametrize("title", ["Build", "Start", "Thumbnails"])
def test_one_part_takes_the_place_of_its_former_self_and_no_more(title: str) -> None:
    names = ["Build", "Start", "Thumbnails"]
    before = document([part(name, 2) for name in names], "Runs: build 5.")
    after = updated(before, part(title, 0.5), "Runs: 3.")
    assert after.count("0.5 s") == 1
    assert after.count("2 s") == 2
    assert [line.split("|")[4].strip() for line in after.splitlines() if "a: time" in line] == [
        "met" if name == title else "NOT MET" for name in names
    ]
    assert [line for line in after.splitlines() if line.startswith("## ")] == [
        "## Verdicts",
        *(f"## {name}" for name in names),
    ]
    assert updated(after, part(title, 0.5), "Runs: 3.") == after
    assert f"## {title}\n\nThis part was measured on " in after


def test_one_part_is_written_if_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "benchmarks.md"
    path.write_text(document([part("Build", 2)], "Runs: build 5."), encoding="utf-8")
    monkeypatch.setattr(command, "DOCUMENT", path)
    monkeypatch.setitem(command.PARTS, "build", (lambda _runs: part("Build", 1), 5))
    former = path.read_text(encoding="utf-8")
    assert command.main(["--only", "build"]) == 0
    assert path.read_text(encoding="utf-8") == former
    assert command.main(["--only", "build", "--write"]) == 0
    assert "NOT MET" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("program", ["false", "no-such-program"])
def test_what_a_missing_peer_said_is_not_published(
    program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(PeerMissingError) as caught:
        run([program])
    assert explained("sam", caught.value).startswith(f"sam: {program}")
    assert "bench: sam" in capsys.readouterr().err


@pytest.mark.parametrize("runs", ["0", "-1", "many", "1.5"])
def test_a_wrong_number_of_runs_is_refused(runs: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--runs", runs])
    assert "is not a number of runs" in capsys.readouterr().err
