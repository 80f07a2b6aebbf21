"""What this deployment has already: Terraform's state, and where it is kept."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from operations.errors import OperationsError
from operations.preflight.configuration import BACKEND, Configuration, terraform

DEFAULT_FILE = "terraform.tfstate"
DEFAULT_WORKSPACE = "default"
# In TF_DATA_DIR: which backend `terraform init` has set up, and the selected workspace.
_RECORD, _WORKSPACE = "terraform.tfstate", "environment"
# Colours, and the frame around Terraform's messages.
_DECORATION = re.compile(r"\x1b\[[0-9;]*m|[│╷╵]")


@dataclass(frozen=True)
class Backend:
    """Where the state is kept.

    Attributes:
        type: Such as "s3"; "local" for a file.
        settings: Its arguments, as Terraform has recorded them.
        workspace: The selected workspace.
    """

    type: str
    settings: Mapping[str, Any] = field(repr=False)
    workspace: str = DEFAULT_WORKSPACE


@dataclass(frozen=True)
class State:
    """The state, as far as a check needs it. It holds secrets: never print it.

    Attributes:
        backend: Where it is kept.
        content: As `terraform state pull` writes it; empty before the first apply.
    """

    backend: Backend
    content: Mapping[str, Any] = field(repr=False)

    @cached_property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """The attributes of each resource that has an ARN, by it."""
        return {
            instance["attributes"]["arn"]: instance["attributes"]
            for resource in self.content.get("resources", ())
            if resource.get("mode") == "managed"
            for instance in resource.get("instances", ())
            if (instance.get("attributes") or {}).get("arn")
        }

    def output(self, name: str) -> str | None:
        """An output of the last apply."""
        value = self.content.get("outputs", {}).get(name, {}).get("value")
        return None if value is None else str(value)


def local_file(configuration: Configuration, backend: Backend) -> Path:
    """The file of a local state."""
    return configuration.folder / str(backend.settings.get("path") or DEFAULT_FILE)


def read(configuration: Configuration) -> State:
    """The state, which may be empty.

    Raises:
        OperationsError: Terraform can't read it; the message says why.
    """
    if configuration.declares_backend:
        # Without modules and providers: `terraform state pull` needs both, where both are declared.
        with configuration.only(BACKEND) as folder:
            data = folder / ".terraform"
            if not _copy_record(configuration, data):
                _initialise(configuration, folder)
            return _from(configuration, folder, data)
    return _from(configuration, configuration.folder, configuration.data)


def _copy_record(configuration: Configuration, data: Path) -> bool:
    """Copy what `terraform init` has recorded; return whether that says where the state is.

    Settings in a file may have changed since. As the declaration has not, Terraform would read
    the state from where they said before: of the record, only the workspace is copied.
    """
    source = configuration.data
    is_current = configuration.backend_settings is None and (source / _RECORD).exists()
    for name in (_RECORD, _WORKSPACE) if is_current else (_WORKSPACE,):
        if (source / name).exists():
            data.mkdir(exist_ok=True)
            shutil.copy(source / name, data)
    return is_current


def _initialise(configuration: Configuration, folder: Path) -> None:
    settings = configuration.backend_settings
    options = [] if settings is None else [f"-backend-config={settings.resolve()}"]
    done = terraform(["init", "-input=false", "-no-color", *options], folder)
    if done.returncode != 0:
        raise OperationsError(_said(done))


def _from(configuration: Configuration, folder: Path, data: Path) -> State:
    backend = _recorded(data)
    if backend.type == "local":
        return State(backend, _content(_text_of(local_file(configuration, backend))))
    done = terraform(["state", "pull", "-no-color"], folder, data)
    if done.returncode != 0:
        raise OperationsError(_said(done))
    return State(backend, _content(done.stdout))


def _recorded(data: Path) -> Backend:
    """The backend that `terraform init` has recorded; the local one where it has not."""
    record = _content(_text_of(data / _RECORD)).get("backend")
    if record is None:
        return Backend("local", {})
    workspace = _text_of(data / _WORKSPACE).strip() or DEFAULT_WORKSPACE
    return Backend(str(record["type"]), record.get("config") or {}, workspace)


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _content(text: str) -> Mapping[str, Any]:
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise OperationsError("the state is not JSON")
    return found


def _said(done: subprocess.CompletedProcess[str]) -> str:
    """Terraform's message on one line."""
    return " ".join(_DECORATION.sub(" ", done.stderr or done.stdout).split())
