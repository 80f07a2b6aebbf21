"""A copy of some of the root module's files, for a command that needs no others."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from operations.environments import Environment
from operations.errors import OperationsError

# The declarations, and the values that terraform reads by itself.
VARIABLES = (
    *("variables*.tf", "terraform.tfvars", "terraform.tfvars.json"),
    *("*.auto.tfvars", "*.auto.tfvars.json"),
)
# In a file of its own, as terraform/backend.tf.example says.
BACKEND = ("backend.tf",)


@contextmanager
def excerpt(environment: Environment, patterns: Sequence[str]) -> Iterator[Environment]:
    """An environment without a name for a moment, with copies of some files alone.

    Without a resource terraform needs no provider: it evaluates the variables in 0.3 s, where
    the module itself needs `terraform init`, which fetches 700 MB.
    """
    with tempfile.TemporaryDirectory(prefix="preflight-") as name:
        copy = Path(name)
        for file in (file for pattern in patterns for file in environment.source.glob(pattern)):
            try:
                shutil.copy(file, copy)
            except OSError as error:
                raise OperationsError(f"{file} can't be read: {error.strerror}") from error
        yield Environment(source=copy)
