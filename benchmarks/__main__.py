"""Run the benchmark: `python -m benchmarks [--only PART [--write]] [--runs N]`."""

import argparse
import sys
from collections.abc import Callable, Sequence

from benchmarks import build_speed, cold_start, thumbnails
from benchmarks.environments import PROJECT, PeerMissingError, announce, explained
from benchmarks.report import Section, document, machine_line, updated, verdict_lines

DOCUMENT = PROJECT / "docs" / "benchmarks.md"
PARTS: dict[str, tuple[Callable[[int], Section], int]] = {
    "build": (build_speed.measure, build_speed.DEFAULT_RUNS),
    "start": (cold_start.measure, cold_start.DEFAULT_RUNS),
    "thumbnails": (thumbnails.measure, thumbnails.DEFAULT_RUNS),
}


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return `only` (a part's name or None), `write` and `runs` (a number or None)."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--only", choices=sorted(PARTS), help="measure one part")
    parser.add_argument(
        "--write", action="store_true", help="with --only: replace that part of the document"
    )
    parser.add_argument("--runs", type=positive, metavar="N", help="runs of each measurement")
    return parser.parse_args(argv)


def positive(text: str) -> int:
    """Return a number of runs.

    Raises:
        argparse.ArgumentTypeError: it is not a whole number above zero.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of runs, such as 5")
    return int(text)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write; return 1 if a promise is not met."""
    arguments = parse_arguments(argv)
    names = [arguments.only] if arguments.only else list(PARTS)
    runs = {name: arguments.runs or PARTS[name][1] for name in names}
    try:
        sections = [PARTS[name][0](runs[name]) for name in names]
    except PeerMissingError as error:
        explained("our own side", error)
        return 1
    counts = "Runs: " + ", ".join(f"{name} {count}" for name, count in runs.items()) + "."
    print(f"{machine_line()}. {counts}\n")
    for section in sections:
        print("\n".join(section.lines()))
    print("\n".join(verdict_lines(sections)))
    if arguments.only and arguments.write:
        text = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(updated(text, sections[0], counts), encoding="utf-8")
    elif arguments.only:
        announce(f"{DOCUMENT.name} is left as it is without --write")
    else:
        DOCUMENT.write_text(document(sections, counts), encoding="utf-8")
    return _exit_code(sections)


def _exit_code(sections: Sequence[Section]) -> int:
    """Print missing peers and broken promises last, where they are seen; return the exit code."""
    for section in sections:
        for peer in section.missing:
            announce(f"MISSING: {peer}")
    broken = [verdict for section in sections for verdict in section.verdicts if not verdict.met]
    for verdict in broken:
        announce(f"NOT MET: {': '.join(verdict.cells()[:3])}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
