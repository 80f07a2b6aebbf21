"""Which environment a command acts on: its files, and how terraform is started for it."""

import argparse
import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from operations.errors import OperationsError
from tooling import clean_environment, paths

# As terraform/modules/context/variables.tf has it.
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
# POSIX: ENV of a shell is the path of a start-up file: absolute, or from `~` or `$HOME`. Any other
# value may be a mistyped name.
_STARTS_A_PATH = ("/", "~", "$")
# At the start of a line, so in no comment and in no nested value that `terraform fmt` indents.
_ENVIRONMENT_SET = re.compile(r'^environment[ \t]*=[ \t]*"([^"\n]*)"', re.MULTILINE)
# Terraform loads these for every environment.
_SHARED_FILES = ("terraform.tfvars", "terraform.tfvars.json")
_LOCAL_STATE = "terraform.tfstate"


@dataclass(frozen=True)
class Environment:
    """One deployment's files: a named environment's, or those of the one without a name.

    Attributes:
        name: What ENV says; None without it.
        source: The folder of the root module, in which terraform works.
    """

    name: str | None = None
    source: Path = field(default_factory=lambda: paths.TERRAFORM_SOURCE)

    def __str__(self) -> str:
        return "the environment without a name" if self.name is None else f"environment {self.name}"

    @property
    def switch(self) -> str:
        """What follows a `make` command in a message, so that it acts on this environment."""
        return "" if self.name is None else f" ENV={self.name}"

    @property
    def variables_file(self) -> Path:
        """The values of the variables."""
        if self.name is None:
            return self.source / "terraform.tfvars"
        return self.source / "environments" / f"{self.name}.tfvars"

    @property
    def backend_file(self) -> Path:
        """Where the state is; only a named environment has this file."""
        return self.source / "environments" / f"{self.name}.backend.hcl"

    @property
    def data_dir(self) -> Path:
        """What `terraform init` makes: the backend's settings, modules and providers."""
        return self.source / ".terraform" if self.name is None else self._folder / "terraform"

    @property
    def plan_file(self) -> Path:
        """The plan that `make plan` writes."""
        folder = self.source if self.name is None else self._folder
        return folder / "onboarding.tfplan"

    @property
    def build_record(self) -> Path:
        """Which build, code and variables the plan was made from."""
        return self.plan_file.with_suffix(".tfplan.json")

    @property
    def rollback_dir(self) -> Path:
        """The earlier deployments that `make rollback` fetches."""
        return (paths.LOCAL if self.name is None else self._folder) / "rollback"

    @property
    def _folder(self) -> Path:
        return paths.LOCAL / "environments" / str(self.name)

    @property
    def init_arguments(self) -> list[str]:
        """The arguments of `terraform init`."""
        backend = [] if self.name is None else [f"-backend-config={self.backend_file}"]
        return ["init", "-input=false", *backend]

    @property
    def variable_arguments(self) -> list[str]:
        """What `terraform plan`, `apply` and `destroy` need to know the variables."""
        if self.name is None:
            return []
        # The name comes last and wins: equal names would let one environment write over another.
        return [f"-var-file={self.variables_file}", "-var", f"environment={self.name}"]

    def process_environment(self, shell: Mapping[str, str]) -> dict[str, str]:
        """The variables of a terraform process.

        As of all commands that work on AWS: a shell's TF_WORKSPACE, for one, would show another
        deployment.
        """
        own = {} if self.name is None else {"TF_DATA_DIR": str(self.data_dir)}
        return {**clean_environment.clean("aws", shell), **own}

    @property
    def terraform_command(self) -> str:
        """How a person starts terraform for this environment, from the top of the repository."""
        command = f"terraform -chdir={shown(self.source)}"
        return command if self.name is None else f'TF_DATA_DIR="{self.data_dir}" {command}'

    @property
    def init_command(self) -> str:
        """How a person calls `terraform init` for this environment."""
        if self.name is None:
            return f"{self.terraform_command} init"
        return f'{self.terraform_command} init -backend-config="{self.backend_file}"'


def add_argument(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say which environment on AWS to act on."""
    parser.add_argument(
        "--environment",
        type=typed,
        metavar="NAME",
        help="which environment: the name of a file terraform/environments/NAME.tfvars",
    )
    # From make, where nobody typed it: there it may be a shell's own setting.
    parser.add_argument(
        "--shell-environment", dest="environment", type=from_shell, help=argparse.SUPPRESS
    )


def typed(text: str) -> str | None:
    """The argument --environment, which `make` takes from its command line; empty: no name.

    Raises:
        argparse.ArgumentTypeError: No environment can have this name.
    """
    if not text:
        return None
    if not _NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text!a}: an environment's name has lower-case letters, digits and hyphens, and does "
            "not start or end with a hyphen"
        )
    return text


def from_shell(text: str) -> str | None:
    """The variable ENV of the shell: an environment's name, unless it is a start-up file's path.

    A path is ignored with a line on stderr. Any other value is refused, as a person who mistypes a
    name must not act on the environment without one.

    Raises:
        argparse.ArgumentTypeError: It is neither a name nor the path of a start-up file.
    """
    if text.startswith(_STARTS_A_PATH):
        print(f"ENV={text!a} of your shell is a start-up file's path: ignored", file=sys.stderr)
        return None
    try:
        return typed(text)
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(
            f"{error}. If your shell sets ENV: ENV= behind the command acts on the environment "
            "without a name"
        ) from None


def environment_of(name: str | None) -> Environment:
    """The environment of this name, with its files checked.

    Raises:
        OperationsError: A file is missing, or must not be there; the message says what to do.
    """
    environment = Environment(name)
    if name is None:
        return environment
    if not _NAME.fullmatch(name):
        raise OperationsError(f"{name!a} can't be the name of an environment")
    _check_files(environment)
    _check_variables(environment)
    return environment


def names(source: Path) -> list[str]:
    """The environments whose variables are in the repository."""
    return sorted(file.stem for file in (source / "environments").glob("*.tfvars"))


def _check_files(environment: Environment) -> None:
    source = environment.source
    if not environment.variables_file.is_file():
        found = ", ".join(names(source)) or "none yet"
        raise OperationsError(
            f"ENV={environment.name}: there is no {shown(environment.variables_file)} "
            f"(environments: {found}).\nFor a new one: cp "
            f"{shown(source / 'terraform.tfvars.example')} {shown(environment.variables_file)}\n"
            "Without an environment: ENV= behind the command, as in `make plan ENV=`"
        )
    if not environment.backend_file.is_file():
        raise OperationsError(
            f"there is no {shown(environment.backend_file)}, which says where the state of "
            f"{environment} is: cp {shown(source / 'environments' / 'backend.hcl.example')} "
            f"{shown(environment.backend_file)}"
        )
    if not (source / "backend.tf").is_file():
        raise OperationsError(
            f"there is no {shown(source / 'backend.tf')}, which says of what kind the backends of "
            f"all environments are: cp {shown(source / 'backend.tf.example')} "
            f"{shown(source / 'backend.tf')}"
        )
    for file in (source / name for name in _SHARED_FILES):
        if file.exists():
            raise OperationsError(
                f"Terraform reads {shown(file)} for every environment: move it to "
                f"{shown(environment.variables_file.parent)}/<name>.tfvars"
            )


def _check_variables(environment: Environment) -> None:
    text = environment.variables_file.read_text("utf-8")
    for other in _ENVIRONMENT_SET.findall(text):
        if other != environment.name:
            raise OperationsError(
                f'{shown(environment.variables_file)} sets environment = "{other}": remove the '
                f"line, as ENV={environment.name} sets it"
            )


def refuse_shared_state(environment: Environment) -> None:
    """Refuse a state that another environment of this repository uses; after `terraform init`.

    Raises:
        OperationsError: Another environment has the same place for its state.
    """
    place = _state_place(environment)
    if place is None:
        return
    source = environment.source
    others = [Environment(name, source) for name in (None, *names(source))]
    for other in others:
        if other != environment and _state_place(other) == place:
            unnamed = Environment(None, environment.source)
            hint = (
                f". To deploy under a name from now on, remove {shown(unnamed.data_dir)}"
                if unnamed in (environment, other)
                else ""
            )
            raise OperationsError(
                f"{environment} and {other} keep their state in one place, {', '.join(place)}: "
                f"give each its own in {shown(source / 'environments')}/<name>.backend.hcl{hint}"
            )


def refuse_other_environment(environment: Environment, outputs: Mapping[str, Any]) -> None:
    """Refuse a state that holds another environment, or does not say which it holds.

    A state without any output is `operations.deploy.plan.initialise`'s to check.

    Raises:
        OperationsError: The state was applied under another name, or before there were names.
    """
    if environment.name is None or not outputs:
        return
    holds = outputs.get("environment")
    if holds is None:
        raise OperationsError(
            f"the state of {environment} does not say which environment it holds: if it is this "
            "one, apply it once without ENV, with its name as the variable environment, so that "
            f"it has the output environment; otherwise set {shown(environment.backend_file)} to "
            "a place of its own"
        )
    if holds != environment.name:
        raise OperationsError(
            f"the state of {environment} holds the environment {holds!a}: give each its own place "
            f"in {shown(environment.backend_file)}"
        )


@dataclass(frozen=True)
class StateObject:
    """The object in S3 that holds an environment's state.

    Attributes:
        bucket: Its bucket.
        key: Its key.
        region: The bucket's region.
    """

    bucket: str
    key: str
    region: str


def state_object(environment: Environment) -> StateObject:
    """Where in S3 the state is; after `terraform init`.

    Raises:
        OperationsError: It is kept elsewhere.
    """
    kind, config = _backend(environment) or ("unknown", {})
    if kind != "s3":
        raise OperationsError(
            f"the state of {environment} is not in S3 (its backend is {kind}), and only there a "
            "plan is handed over: set up a bucket for the states (docs/environments.md)"
        )
    try:
        return StateObject(**{name: str(config[name]) for name in ("bucket", "key", "region")})
    except KeyError as error:
        raise OperationsError(
            f"the S3 backend of {environment} says no {error}: set it in "
            f"{shown(environment.backend_file)}"
        ) from None


def _state_place(environment: Environment) -> tuple[str, ...] | None:
    """Where an environment's state is, as `terraform init` noted it; None before that."""
    found = _backend(environment)
    if found is None:
        return None
    kind, config = found
    if kind == "local":
        path = environment.source / str(config.get("path") or _LOCAL_STATE)
        return (kind, os.path.normpath(path))
    if kind == "s3":
        return (kind, str(config.get("bucket")), str(config.get("key")))
    return (kind, json.dumps(config, sort_keys=True))


def _backend(environment: Environment) -> tuple[str, dict[str, Any]] | None:
    """The kind and the settings of the backend, as `terraform init` noted them."""
    if not environment.data_dir.is_dir():
        return None
    try:
        noted = json.loads((environment.data_dir / "terraform.tfstate").read_text("utf-8"))
        return str(noted["backend"]["type"]), dict(noted["backend"]["config"])
    except FileNotFoundError:
        # There is no such file without a backend block.
        return "local", {}
    except (ValueError, KeyError, TypeError):
        return None


def shown(path: Path) -> str:
    """A path as a person types it at the top of the repository."""
    top = paths.REPOSITORY
    return str(path.relative_to(top) if path.is_relative_to(top) else path)
