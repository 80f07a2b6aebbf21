"""The release that this code belongs to; `make release` writes it, as it is in pyproject.toml."""

VERSION = "0.1.0"
