"""Paths in this repository."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
TERRAFORM_SOURCE = REPOSITORY / "terraform"
SAMPLES = REPOSITORY / "tests" / "samples"

# The tools write below this folder, which git ignores.
LOCAL = REPOSITORY / ".local"
