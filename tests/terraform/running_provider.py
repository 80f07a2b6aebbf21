"""A provider process that serves many Terraform commands.

Terraform starts the provider several times for each run of a test, and hashes its 700 MB at each
command: https://developer.hashicorp.com/terraform/plugin/debugging#starting-a-provider-in-debug-mode
"""

import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tooling import provider
from tooling.polling import wait_until

_PROGRAM = ".terraform/providers/*/hashicorp/aws/*/*/terraform-provider-aws_*"


@contextmanager
def start(environment: Mapping[str, str], log: Path, folder: Path | None = None) -> Iterator[str]:
    """Run the provider during the block; yield the value of TF_REATTACH_PROVIDERS.

    Args:
        environment: Its variables.
        log: The file that it writes to.
        folder: The root module, for what the code names by a relative path.
    """
    (program,) = provider.FOLDER.glob(_PROGRAM)
    with (
        log.open("wb") as output,
        subprocess.Popen(  # noqa: S603 - the provider of `make setup`
            [program, "-debug"], env=environment, cwd=folder, stdout=output, stderr=output
        ) as process,
    ):
        try:
            yield wait_until(lambda: _address_in(log), f"the provider's address in {log}")
        finally:
            process.terminate()


def _address_in(log: Path) -> str | None:
    found = re.search(r"TF_REATTACH_PROVIDERS='(.+)'", log.read_text(encoding="utf-8"))
    return found[1] if found else None
