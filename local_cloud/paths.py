"""Where things are in this repository."""

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

# The interpreter of the engine's own environment, made by `make setup`.
ENGINE_PYTHON = REPOSITORY / ".venv-engine" / "bin" / "python"
