"""This code's release, as in pyproject.toml; `make release` writes it."""

VERSION = "0.1.0"
