"""Which Terraform configuration is checked, and running terraform for it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from operations.environments import Environment
from operations.errors import OperationsError
from tooling import clean_environment

TIME_LIMIT_SECONDS = 120
# The declarations, and the values that terraform reads by itself.
VARIABLES = (
    *("variables*.tf", "terraform.tfvars", "terraform.tfvars.json"),
    *("*.auto.tfvars", "*.auto.tfvars.json"),
)
# In a file of its own, as terraform/backend.tf.example says.
BACKEND = ("backend.tf",)


@dataclass(frozen=True)
class Configuration:
    """A root module and where its values, its state and its data are.

    Attributes:
        folder: The root module.
        variable_files: Files for -var-file, beside those that terraform reads by itself.
        backend_settings: A file for -backend-config.
        data_folder: TF_DATA_DIR; None for .terraform in the folder.
        environment: What ENV says, which wins over the files.
        command: How a person starts terraform for it.
        init_command: How a person calls `terraform init` for it.
    """

    folder: Path
    variable_files: tuple[Path, ...] = ()
    backend_settings: Path | None = None
    data_folder: Path | None = None
    environment: str | None = None
    command: str = "terraform -chdir=terraform"
    init_command: str = "terraform -chdir=terraform init"

    @property
    def data(self) -> Path:
        """The folder that `terraform init` writes to."""
        return self.data_folder or self.folder / ".terraform"

    @property
    def declares_backend(self) -> bool:
        """Whether the state is kept elsewhere."""
        return any((self.folder / name).exists() for name in BACKEND)

    @contextmanager
    def only(self, patterns: Sequence[str]) -> Iterator[Path]:
        """A folder for a moment, with copies of some of the root module's files.

        Without a resource terraform needs no provider: it evaluates the variables in 0.3 s, where
        the module itself needs `terraform init`, which fetches 700 MB.
        """
        with tempfile.TemporaryDirectory(prefix="preflight-") as name:
            copy = Path(name)
            for file in (file for pattern in patterns for file in self.folder.glob(pattern)):
                try:
                    shutil.copy(file, copy)
                except OSError as error:
                    raise OperationsError(f"{file} can't be read: {error.strerror}") from error
            yield copy


def of(environment: Environment) -> Configuration:
    """The configuration of an environment in this checkout."""
    if environment.name is None:
        return Configuration(environment.source)
    return Configuration(
        environment.source,
        (environment.variables_file,),
        environment.backend_file,
        environment.data_dir,
        environment.name,
        environment.terraform_command,
        environment.init_command,
    )


def terraform(
    arguments: Sequence[str], folder: Path, data: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run terraform to its end, as `make plan` would run it.

    Args:
        arguments: The command and its options.
        folder: Where to run it.
        data: TF_DATA_DIR; None for .terraform in the folder.

    Raises:
        OperationsError: terraform is missing, or took too long.
    """
    environment = clean_environment.clean("aws", os.environ)
    # No look at releases.hashicorp.com for a newer version.
    environment.update(TF_INPUT="0", TF_IN_AUTOMATION="1", CHECKPOINT_DISABLE="1")
    if data is not None:
        environment["TF_DATA_DIR"] = str(data)
    try:
        return subprocess.run(  # noqa: S603 - fixed commands
            ["terraform", *arguments],  # noqa: S607 - the user's terraform, from PATH
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIME_LIMIT_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise OperationsError("terraform is not in PATH") from error
    except subprocess.TimeoutExpired as error:
        raise OperationsError(
            f"terraform {arguments[0]} did not answer within {TIME_LIMIT_SECONDS} s"
        ) from error
