"""A digest of all that decides a zip's bytes, so that a zip whose inputs are the same is kept."""

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
    """Return what decides the bytes beside a component's own files: the builder and the target."""
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

    Args:
        component: what is to be built.
        own: its own sources.
        builder: from `builder_identity`.
    """
    inputs = {
        "builder": builder,
        "name": component.name,
        "is_layer": component.is_layer,
        # As text: a lock that was in step when its zip was made needs no parsing.
        "requirements": component.requirements,
        "settings": vars(component.settings),
        "sources": {name: [file.sha256, file.is_script] for name, file in own.items()},
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Return the sha256 of a file as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
