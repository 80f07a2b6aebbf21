"""The README's commands, from a clone, in a shell where every variable is hostile."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.hostile_shell import before_setup, everything
from tooling.paths import REPOSITORY

_MINUTES = 15
# Of requirements.in, what the build and the demo need.
_NEEDED = {
    *("boto3", "deflate", "packaging", "pillow", "pip", "platformdirs", "pyelftools", "requests"),
    "uv",
}


def make(checkout: Path, shell: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - the project's own Makefile
        ["make", *arguments],  # noqa: S607 - the user's own
        cwd=checkout,
        env={**os.environ, **shell},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=_MINUTES * 60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def clone(folder: Path) -> Path:
    """All files that git has or would take, below a folder with a blank, quotes and an umlaut."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607 - the developer's own git
        cwd=REPOSITORY,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    checkout = folder / "ü o'neil's \"own\" folder"
    for name in filter(None, listed.stdout.split("\0")):
        if (REPOSITORY / name).is_file():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, checkout / name)
    return checkout


def with_dependencies(names: Iterable[str]) -> set[str]:
    """The names of these packages and of all that they need."""
    found: set[str] = set()
    new = {canonicalize_name(name) for name in names}
    while new:
        found |= new
        needed = (Requirement(line) for name in new for line in requires(name) or ())
        new = {
            canonicalize_name(one.name)
            for one in needed
            if one.marker is None or one.marker.evaluate({"extra": ""})
        } - found
    return found


def leave_tools_out(lock: Path) -> None:
    """Remove the tools for tests and lint from a lock: 80 packages, which take 40 CPU seconds."""
    needed = with_dependencies(_NEEDED)
    entries = re.findall(
        r"^(\S+?)(?:\[.+\])?(==(?:.*\\\n)*.*\n)", lock.read_text("utf-8"), re.MULTILINE
    )
    kept = [name + pin for name, pin in entries if canonicalize_name(name) in needed]
    assert len(entries) > len(kept) == len(needed)
    lock.write_text("".join(kept), "utf-8")


def test_setup_build_and_demo(tmp_path: Path) -> None:
    """Proxies are dead after the set-up, which may need a live one."""
    checkout = clone(tmp_path)
    leave_tools_out(checkout / "requirements.txt")
    shells = [tmp_path / "before", tmp_path / "after"]
    for folder in shells:
        folder.mkdir()

    make(checkout, before_setup(shells[0]), "setup")
    shell = everything(shells[1])
    make(checkout, shell, "build", "TARGET=host")
    demo = make(checkout, shell, "demo")
    again = make(checkout, shell, "setup")

    assert "All of it ran from the sources and the Terraform code that are deployed to AWS." in demo
    assert json.loads((checkout / "build" / "manifest.json").read_bytes())["functions"]
    assert again == ""
