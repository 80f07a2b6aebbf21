"""The environment variables of the engine, Terraform and the clients.

A developer's shell may hold real credentials, a profile, proxies and Terraform settings. None of
them may affect the local cloud, and no call of it may reach a real account.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from tooling import clean_environment, provider
from tooling.terraform import UNATTENDED

REGION = "eu-central-1"
ACCESS_KEY_ID = "local"
SECRET_ACCESS_KEY = "local"  # noqa: S105 - not a secret: the engine accepts anything


def dummy_credentials(no_such_folder: Path) -> dict[str, str]:
    """Dummy AWS settings, which also keep the SDKs from reading others."""
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": str(no_such_folder / "no-aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(no_such_folder / "no-aws-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def terraform_environment(user_environment: Mapping[str, str], state_dir: Path) -> dict[str, str]:
    """Terraform's variables on this machine: no account, no proxy, no user settings.

    The provider comes from the folder into which `make setup` fetched it.
    """
    return {
        **clean_environment.kept("local", user_environment),
        **dummy_credentials(state_dir),
        "TF_CLI_CONFIG_FILE": str(provider.CLI_CONFIG),
        **UNATTENDED,
        # Collect garbage less often: 13 runs of `terraform test` take 27 CPU seconds, not 35.
        "GOGC": "400",
    }


def isolate_this_process() -> None:
    """Replace the shell's AWS settings with dummies, for all clients from now on.

    For example AWS_PROFILE would make boto3 fail or read real credentials.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(dummy_credentials(Path("/nonexistent")))
