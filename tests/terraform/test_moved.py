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


def path_of(address: str) -> list[str]:
    """A resource's address in the old stack, and each that a block gives it, the last one now."""
    for old, new in moves().items():
        if re.fullmatch(re.escape(old) + r"(\..+)?", address):
            return [address, *path_of(new + address.removeprefix(old))]
    return [address]


def test_each_block_moves_something() -> None:
    passed = [step for address in OLD_ADDRESSES for step in path_of(address)[:-1]]
    for old in moves():
        assert [step for step in passed if step == old or step.startswith(f"{old}.")], old


def test_each_old_address_is_kept_or_moved(stacks: dict[str, Stack]) -> None:
    now = {resource.address for resource in stacks["default"].resources}
    assert len(OLD_ADDRESSES) > 150
    assert [address for address in OLD_ADDRESSES if path_of(address)[-1] not in now] == []


def test_a_resource_that_is_not_moved_is_found(stacks: dict[str, Stack]) -> None:
    now = {resource.address for resource in stacks["default"].resources}
    table = "module.user_activation.aws_dynamodb_table.this"
    assert table in OLD_ADDRESSES
    assert table not in now
