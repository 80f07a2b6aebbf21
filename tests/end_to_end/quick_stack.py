"""The whole stack as the local cloud applies it, for fewer CPU seconds.

The provider validates its block `endpoints` for seconds: for each attribute, it describes the whole
block. It does so twice in an apply and a destroy: an apply takes 13.7 CPU seconds without the block
and 17.7 with it. The demo and tests/end_to_end/test_stack.py use the block.
"""

from pathlib import Path

from local_cloud.stack import Stack

_FILE = "endpoints_override.tf"
_NO_BLOCK = """\
provider "aws" {
  dynamic "endpoints" {
    for_each = []
    content {}
  }
}
"""


def leave_endpoints_to_environment(copy: Path) -> None:
    """Let the provider take its endpoint from AWS_ENDPOINT_URL alone, in a copy of terraform/."""
    (copy / _FILE).write_text(_NO_BLOCK, encoding="utf-8")


def take_endpoints_from_code(copy: Path) -> None:
    """Undo `leave_endpoints_to_environment`."""
    (copy / _FILE).unlink()


class QuickStack(Stack):
    """The whole stack at one engine, which the provider finds by AWS_ENDPOINT_URL."""

    def _stage(self) -> None:
        super()._stage()
        leave_endpoints_to_environment(self._work_dir)

    def _settings(self) -> dict[str, str]:
        return {**super()._settings(), "AWS_ENDPOINT_URL": self._engine.endpoint_url}
