"""Limits processes to a share of a CPU by a cgroup's quota, as Lambda limits a function."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import PeerMissingError

# A function has a whole vCPU at this memory size: "Configure Lambda function memory",
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
MB_OF_A_CPU = 1769
# As others have measured it on Lambda; AWS documents no period.
PERIOD_US = 20_000
# The kernel takes no quota below a millisecond.
QUOTA_US_MINIMUM = 1000

# So that the quota decides, and not what else the machine does. Of cgroup v1 and v2.
HIGHEST_WEIGHT = {False: ("cpu.shares", 262_144), True: ("cpu.weight", 10_000)}

ROOT = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class QuotaGroup:
    """A cgroup with a CPU quota.

    Attributes:
        folder: Its folder.
        is_unified: Whether it is one of cgroup v2.
    """

    folder: Path
    is_unified: bool

    @property
    def processes(self) -> Path:
        """The file that takes the id of a process to limit."""
        return self.folder / "cgroup.procs"

    def limit_to(self, memory_mb: int) -> None:
        """Give its processes together the CPU time of a function with this memory."""
        quota = quota_of(memory_mb)
        if self.is_unified:
            (self.folder / "cpu.max").write_text(f"{quota} {PERIOD_US}", encoding="utf-8")
            return
        (self.folder / "cpu.cfs_period_us").write_text(str(PERIOD_US), encoding="utf-8")
        (self.folder / "cpu.cfs_quota_us").write_text(str(quota), encoding="utf-8")


def quota_of(memory_mb: int) -> int:
    """The microseconds of CPU time in each period at a memory size."""
    return max(QUOTA_US_MINIMUM, round(PERIOD_US * memory_mb / MB_OF_A_CPU))


@contextmanager
def quota_group(root: Path = ROOT) -> Iterator[QuotaGroup]:
    """A new cgroup, which is removed at the end.

    Raises:
        PeerMissingError: This machine lets us make none.
    """
    group = _made(root)
    try:
        yield group
    finally:
        _remove(group.folder)


def _made(root: Path) -> QuotaGroup:
    name = f"bench-{os.getpid()}"
    for parent, is_unified in _parents(root):
        folder = parent / name
        limits = "cpu.max" if is_unified else "cpu.cfs_quota_us"
        with suppress(OSError):
            folder.mkdir()
            if is_unified:
                _delegate(parent)
            if os.access(folder / limits, os.W_OK):
                weight, highest = HIGHEST_WEIGHT[is_unified]
                (folder / weight).write_text(str(highest), encoding="utf-8")
                group = QuotaGroup(folder, is_unified)
                group.limit_to(MB_OF_A_CPU)
                return group
        _remove(folder)
    raise PeerMissingError("CPU quota: no writable cgroup")


def _delegate(parent: Path) -> None:
    """Let the children of a group of cgroup v2 have quotas, unless they may already."""
    with suppress(OSError), (parent / "cgroup.subtree_control").open("r+") as control:
        control.write("+cpu")


def _parents(root: Path) -> Iterator[tuple[Path, bool]]:
    """Where a group may be made: in the roots of cgroup v1 and v2, and beside this process."""
    yield root / "cpu", False
    yield root, True
    own = _own_unified()
    if own:
        yield from ((parent, True) for parent in (root / own, (root / own).parent))


def _own_unified() -> str:
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            if line.startswith("0::"):
                return line.removeprefix("0::").strip("/")
    return ""


def _remove(folder: Path) -> None:
    """Remove a group, once the kernel has noticed that its processes have ended."""
    for _ in range(50):
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.02)
        else:
            return
