"""A digest of all that decides a zip's bytes, so that a zip whose inputs are the same is kept."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packager.bytecode import Interpreter
    from packager.components import Component
    from packager.contents import Contents
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


def inputs_digest(
    component: Component, own: Contents, programs: frozenset[str], builder: str
) -> str:
    """Return the sha256 of a component's inputs, as hexadecimal digits.

    Args:
        component: what is to be built.
        own: its own sources.
        programs: the names of those that are executable in the zip.
        builder: from `builder_identity`.
    """
    inputs = {
        "builder": builder,
        "name": component.name,
        "is_layer": component.is_layer,
        "requirements": file_digest(component.requirements),
        "lock": file_digest(component.lock),
        "settings": vars(component.settings),
        "sources": {name: file_digest(path) for name, path in own.items()},
        "programs": sorted(programs),
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Return the sha256 of a file as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
