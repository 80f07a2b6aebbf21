"""Puts the tables of a module between the markers in its README."""

from pathlib import Path

from tooling.errors import ToolingError
from tooling.module_docs.tables import tables

BEGIN = "<!-- `make module-docs` writes the tables from variables.tf and outputs.tf. -->"
END = "<!-- End of the tables. -->"


def modules(source: Path) -> list[Path]:
    """The root modules, and each module below the first."""
    below = ("bootstrap/variables.tf", "modules/*/variables.tf")
    return [source, *sorted(file.parent for pattern in below for file in source.glob(pattern))]


def updated(module: Path) -> str:
    """The text of the module's README with the tables that its code has now.

    Raises:
        ToolingError: there is no README, or it lacks a marker.
    """
    file = module / "README.md"
    if not file.exists():
        raise ToolingError(
            f"There is no {file}: write the module's purpose and a minimal example, then the two"
            f" lines\n{BEGIN}\n{END}"
        )
    text = file.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ToolingError(f"{file} must have each of these lines once:\n{BEGIN}\n{END}")
    above, rest = text.split(BEGIN)
    below = rest.split(END)[1]
    return f"{above}{BEGIN}\n\n{tables(module)}\n{END}{below}"
