"""Digests of all inputs that decide a zip's bytes: a zip with the same inputs is kept."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packager.bytecode import Interpreter
    from packager.components import Component
    from packager.sources import OwnFiles
    from packager.targets import Target


def builder_identity(target: Target, interpreter: Interpreter | None, compressor: str) -> str:
    """Return the builder and the target as text: they decide a zip's bytes, as its files do."""
    packager = Path(__file__).parent
    return json.dumps(
        {
            "packager": {path.name: file_digest(path) for path in sorted(packager.glob("*.py"))},
            "compressor": compressor,
            "bytecode": interpreter.version if interpreter else None,
            "target": vars(target),
        },
        sort_keys=True,
    )


def inputs_digest(component: Component, own: OwnFiles, builder: str) -> str:
    """Return the sha256 of a component's inputs, as hexadecimal digits.

    `builder` is from `builder_identity`.
    """
    inputs = {
        "builder": builder,
        "name": component.name,
        "is_layer": component.is_layer,
        # As text: an unchanged lock needs no parsing.
        "requirements": component.requirements,
        "settings": vars(component.settings),
        "sources": {name: [file.sha256, file.is_script] for name, file in own.items()},
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Return the sha256 of a file as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
