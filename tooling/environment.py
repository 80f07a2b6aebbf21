"""The environment variables that reach the engine, Terraform and the clients.

A developer's shell may hold real credentials, a real profile, proxies and Terraform settings. None
of them may decide what the local cloud does, and no call of it may ever reach a real account.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from tooling.loopback import LOOPBACK

REGION = "eu-central-1"
ACCESS_KEY_ID = "local"
SECRET_ACCESS_KEY = "local"  # noqa: S105 - the engine accepts anything; this is no secret

# Settings of a developer's own Terraform work that would change what the copy of it does.
_TERRAFORM_SETTINGS_TO_DROP = ("TF_VAR_", "TF_CLI_ARGS", "TF_WORKSPACE", "TF_DATA_DIR", "TF_LOG")
_PROXIES_TO_BYPASS = ("NO_PROXY", "no_proxy")


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


def terraform_environment(
    user_environment: Mapping[str, str], state_dir: Path, plugin_cache: Path
) -> dict[str, str]:
    """The user's environment without what would point Terraform at an account or change its work.

    Proxies stay, as `terraform init` may need them to fetch the provider; the engine is reached
    past them.
    """
    kept = {
        name: value
        for name, value in user_environment.items()
        if not name.startswith(("AWS_", *_TERRAFORM_SETTINGS_TO_DROP))
    }
    kept.update(dummy_credentials(state_dir))
    for name in _PROXIES_TO_BYPASS:
        others = kept.get(name, "")
        kept[name] = f"{others},{LOOPBACK},localhost" if others else f"{LOOPBACK},localhost"
    kept.setdefault("TF_PLUGIN_CACHE_DIR", str(plugin_cache))
    kept["TF_IN_AUTOMATION"] = "1"
    kept["TF_INPUT"] = "0"
    kept["CHECKPOINT_DISABLE"] = "1"
    # Collect garbage less often: 13 runs of `terraform test` take 27 CPU seconds and not 35.
    kept["GOGC"] = "400"
    return kept


def isolate_this_process() -> None:
    """Put dummy AWS settings in the place of the shell's, for every client made from now on.

    A profile in AWS_PROFILE, for one, would make boto3 fail or read real credentials.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(dummy_credentials(Path("/nonexistent")))
