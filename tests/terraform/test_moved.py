"""A stack from before the pipelines had switches is moved, and nothing of it replaced."""

import re
from pathlib import Path

import hcl2

from scans.policies import Stack
from tooling.paths import TERRAFORM_SOURCE

# Every resource of a stack with the default variables, as `terraform state list` named it.
OLD_ADDRESSES = (
    (Path(__file__).parent / "addresses_before_the_switches.txt").read_text("utf-8").splitlines()
)


def moves() -> dict[str, str]:
    """The blocks of moved.tf: from where to where."""
    code = hcl2.loads((TERRAFORM_SOURCE / "moved.tf").read_text(encoding="utf-8"))
    return {block["from"][2:-1]: block["to"][2:-1] for block in code["moved"]}


def moved(address: str) -> str:
    """Where Terraform looks for a resource of the old stack."""
    for old, new in moves().items():
        if re.fullmatch(re.escape(old) + r"(\..+)?", address):
            return new + address.removeprefix(old)
    return address


def test_each_block_moves_something() -> None:
    for old in moves():
        assert [address for address in OLD_ADDRESSES if moved(address) != address], old


def test_each_old_address_is_kept_or_moved(stacks: dict[str, Stack]) -> None:
    now = {resource.address for resource in stacks["default"].resources}
    assert len(OLD_ADDRESSES) > 150
    assert [address for address in OLD_ADDRESSES if moved(address) not in now] == []


def test_a_resource_that_is_not_moved_is_found(stacks: dict[str, Stack]) -> None:
    now = {resource.address for resource in stacks["default"].resources}
    table = "module.user_activation.aws_dynamodb_table.this"
    assert table in OLD_ADDRESSES
    assert table not in now
