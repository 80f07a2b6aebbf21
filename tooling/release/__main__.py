"""Command line of a release: python -m tooling.release prepare | check-tag | notes | assets."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tooling.release import assets, preparation, version
from tooling.release.errors import ReleaseError

ROOT = Path(__file__).resolve().parents[2]


def main(argv: Sequence[str] | None = None, *, root: Path = ROOT) -> int:
    """Run a command; return the exit code."""
    chosen = _parser().parse_args(argv)
    try:
        _run(chosen, root)
    except ReleaseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tooling.release", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    prepare = commands.add_parser("prepare", help="write a version into the work tree")
    prepare.add_argument("version", help="such as 1.0.0")
    check_tag = commands.add_parser("check-tag", help="check that a tag may be published")
    check_tag.add_argument("tag", help="such as v1.0.0")
    notes = commands.add_parser("notes", help="print what changed in this version")
    notes.add_argument("link_base", help="where the repository's files are, for links")
    make = commands.add_parser("assets", help="make the files of a release")
    make.add_argument("output", type=Path, help="a new folder")
    return parser


def _run(chosen: argparse.Namespace, root: Path) -> None:
    if chosen.command == "prepare":
        _prepare(root, chosen.version)
    elif chosen.command == "check-tag":
        preparation.check_tag(root, chosen.tag)
        print(f"{chosen.tag} may be published")
    elif chosen.command == "notes":
        print(preparation.notes(root, chosen.link_base), end="")
    else:
        for path in assets.make(root, version.current(root), chosen.output.resolve()):
            print(path)


def _prepare(root: Path, wanted: str) -> None:
    today = datetime.now(tz=UTC).date()
    for path in preparation.prepare(root, wanted, today):
        print(f"{path.relative_to(root)}: {wanted}")
    print(
        f"\nRead `git diff`. Then commit, tag and push; the tag starts the release workflow:\n\n"
        f'  git commit --all --message "Release {wanted}"\n'
        f'  git tag --annotate v{wanted} --message "Release {wanted}"\n'
        f"  git push --atomic origin main v{wanted}"
    )


if __name__ == "__main__":
    sys.exit(main())
