"""The environment variables that reach the engine, Terraform and the clients.

A developer's shell may hold real credentials, a real profile, proxies and Terraform settings. None
of them may decide what the local cloud does, and no call of it may ever reach a real account.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from tooling import clean_environment, provider

REGION = "eu-central-1"
ACCESS_KEY_ID = "local"
SECRET_ACCESS_KEY = "local"  # noqa: S105 - the engine accepts anything; this is no secret


def dummy_credentials(no_such_folder: Path) -> dict[str, str]:
    """AWS settings that belong to nobody, and that keep the SDKs from looking for others."""
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
    """What terraform sees on this machine: no account, no proxy, no settings of a user's.

    The provider comes from the folder that `make setup` fetched it into.
    """
    return {
        **clean_environment.kept("local", user_environment),
        **dummy_credentials(state_dir),
        "TF_CLI_CONFIG_FILE": str(provider.CLI_CONFIG),
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
        # Collect garbage less often: 13 runs of `terraform test` take 27 CPU seconds and not 35.
        "GOGC": "400",
    }


def isolate_this_process() -> None:
    """Put dummy AWS settings in the place of the shell's, for every client made from now on.

    A profile in AWS_PROFILE, for one, would make boto3 fail or read real credentials.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(dummy_credentials(Path("/nonexistent")))
