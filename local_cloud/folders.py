"""The folders that the local cloud writes into."""

from tooling.paths import LOCAL

BUILD = LOCAL / "build"
DEMO = LOCAL / "demo"
UP = LOCAL / "up"
