"""Checks with import-linter which package may import which: the contracts in pyproject.toml.

There, `lambdas/*` stands for every function, so that a new function needs no line.
"""

import sys
import tempfile
from pathlib import Path

from importlinter import cli

from tooling.paths import REPOSITORY

_EVERY_FUNCTION = '"lambdas/*"'


def main() -> int:
    """Check the contracts; return the exit code."""
    lambdas = REPOSITORY / "lambdas"
    sys.path.append(str(lambdas))
    functions = sorted(handler.parent.name for handler in lambdas.glob("*/handler.py"))
    names = ", ".join(f'"{name}"' for name in functions)
    settings = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        contracts = Path(folder) / "contracts.toml"
        contracts.write_text(settings.replace(_EVERY_FUNCTION, names), encoding="utf-8")
        return int(cli.lint_imports(config_filename=str(contracts), no_cache=True))


if __name__ == "__main__":
    sys.exit(main())
