"""What this deployment has already: Terraform's state, and where it is kept."""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from operations.environments import Environment
from operations.errors import OperationsError
from operations.preflight.excerpt import BACKEND, excerpt
from operations.terraform import TerraformCommand
from tooling.terraform import Result

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


def local_file(environment: Environment, backend: Backend) -> Path:
    """The file of a local state."""
    return environment.source / str(backend.settings.get("path") or DEFAULT_FILE)


def read(environment: Environment) -> State:
    """The state, which may be empty.

    Raises:
        OperationsError: Terraform can't read it; the message says why.
    """
    if not any((environment.source / name).exists() for name in BACKEND):
        return _from(environment, environment)
    # Without modules and providers: `terraform state pull` needs both, where both are declared.
    with excerpt(environment, BACKEND) as copy:
        if not _copy_record(environment, copy.data_dir):
            _checked(TerraformCommand(copy).run([*environment.init_arguments, "-no-color"]))
        return _from(environment, copy)


def _copy_record(environment: Environment, data: Path) -> bool:
    """Copy what `terraform init` has recorded; return whether that says where the state is.

    A named environment's settings may have changed since. As the declaration has not, Terraform
    would read the state from where they said before: of the record, only the workspace is copied.
    """
    source = environment.data_dir
    is_current = environment.name is None and (source / _RECORD).exists()
    for name in (_RECORD, _WORKSPACE) if is_current else (_WORKSPACE,):
        if (source / name).exists():
            data.mkdir(exist_ok=True)
            shutil.copy(source / name, data)
    return is_current


def _from(environment: Environment, initialised: Environment) -> State:
    """The state of an environment, from the same or a copy for which `init` was called."""
    backend = _recorded(initialised.data_dir)
    if backend.type == "local":
        return State(backend, _content(_text_of(local_file(environment, backend))))
    pulled = _checked(TerraformCommand(initialised).run(["state", "pull", "-no-color"]))
    return State(backend, _content(pulled))


def _checked(done: Result) -> str:
    """What terraform wrote.

    Raises:
        OperationsError: It failed; its message is on one line.
    """
    if done.exit_code != 0:
        said = _DECORATION.sub(" ", done.complaints or done.output)
        raise OperationsError(" ".join(said.split()))
    return done.output


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
