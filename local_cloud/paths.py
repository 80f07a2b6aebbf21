"""Where things are in this repository."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
TERRAFORM_SOURCE = REPOSITORY / "terraform"
SAMPLES = REPOSITORY / "tests" / "samples"

# Everything that the local cloud writes is below this folder, which git ignores.
LOCAL = REPOSITORY / ".local"
BUILD = LOCAL / "build"
DEMO = LOCAL / "demo"
UP = LOCAL / "up"
PLUGIN_CACHE = LOCAL / "terraform-plugins"


def engine_python() -> Path:
    """The interpreter of the engine's own environment, made by `make setup`."""
    folder = "Scripts" if os.name == "nt" else "bin"
    return REPOSITORY / ".venv-engine" / folder / "python"
