"""Writes the tables: `python -m tooling.module_docs`; `--check` only says which are out of date."""

import argparse
import sys
from pathlib import Path

from tooling.errors import ToolingError
from tooling.module_docs.readme import modules, updated
from tooling.paths import REPOSITORY, TERRAFORM_SOURCE


def main(arguments: list[str] | None = None, source: Path = TERRAFORM_SOURCE) -> int:
    """Write the tables of each module, or check them; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tooling.module_docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail on a difference")
    check = parser.parse_args(arguments).check
    try:
        stale = {
            path: text
            for path, text in (
                (module / "README.md", updated(module)) for module in modules(source)
            )
            if path.read_text(encoding="utf-8") != text
        }
    except ToolingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for path, text in stale.items():
        name = path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path
        if check:
            print(f"{name} is out of date: run `make module-docs`", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
            print(f"Wrote {name}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
