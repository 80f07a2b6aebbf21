"""The build record: from which packages, code and variables a plan was made."""

import dataclasses
import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.deploy import packages
from operations.environments import Environment
from operations.errors import OperationsError
from operations.terraform import TerraformCommand
from tooling import clean_environment, paths

UNKNOWN_COMMIT = "unknown"
# The folder of the packages, which is another for each person and for a rollback.
_NOT_COMPARED = frozenset({"build_dir"})


@dataclass(frozen=True)
class BuildRecord:
    """What `make plan` notes beside the plan.

    Attributes:
        plan_sha256: The plan's, so that the two belong together.
        build_dir: Where the packages are.
        manifest_sha256: The manifest's; it has the hash of each zip.
        commit: The commit that is checked out.
        dirty: Whether files differed from that commit.
        account_id: The account that the plan is for.
        region: The region that the plan is for.
        environment: The environment's name in AWS, also of the one without ENV.
        variables: A digest of each variable's value that isn't sensitive.
        code_sha256: The digest of the Terraform code.
        has_changes: Whether there is anything to apply.
        rollback_to: The earlier deployment whose packages these are; None for a build's.
    """

    plan_sha256: str
    build_dir: str
    manifest_sha256: str
    commit: str
    dirty: bool
    account_id: str
    region: str
    environment: str
    variables: Mapping[str, str]
    code_sha256: str
    has_changes: bool
    rollback_to: str | None = None

    def text(self) -> str:
        """As it is in its file."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    def write(self, file: Path) -> None:
        """Write it to a file."""
        file.write_text(self.text(), encoding="utf-8")

    def check(self, environment: Environment) -> None:
        """Check that the plan and the packages are those that were noted.

        Raises:
            OperationsError: One is missing, or another than at the plan.
        """
        again = f"run `make plan{environment.switch}` and read it"
        if packages.sha256(environment.plan_file.read_bytes()) != self.plan_sha256:
            raise OperationsError(f"the plan is not the one that was noted: {again}")
        folder = Path(self.build_dir)
        manifest = packages.read_manifest(folder)
        if packages.sha256(manifest) != self.manifest_sha256:
            raise OperationsError(f"the packages were built again since the plan: {again}")
        for name, expected in packages.zips_of(manifest).items():
            packages.read_zip(folder / name, expected)


def read(environment: Environment) -> BuildRecord:
    """The build record of the environment's plan.

    Raises:
        OperationsError: There is no plan.
    """
    none = OperationsError(
        f"there is no plan of {environment}: run `make plan{environment.switch}` and read it"
    )
    if not environment.plan_file.is_file():
        raise none
    try:
        return parse(environment.build_record.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        raise none from None


def parse(text: str) -> BuildRecord:
    """A build record from the text of its file.

    Raises:
        ValueError: It is something else.
    """
    try:
        return BuildRecord(**json.loads(text))
    except TypeError as error:
        raise ValueError(str(error)) from error


def remove(environment: Environment) -> None:
    """Remove the plan and its build record."""
    for file in (environment.plan_file, environment.build_record, partial(environment)):
        file.unlink(missing_ok=True)


def partial(environment: Environment) -> Path:
    """Where terraform writes a plan that may not be applied yet."""
    return environment.plan_file.with_suffix(".tfplan.partial")


def record_of(
    environment: Environment,
    *,
    rollback: tuple[str, str] | None = None,
    plan: Path | None = None,
) -> BuildRecord:
    """The build record of a plan, made from what is here.

    Args:
        environment: Whose plan.
        rollback: The id and the commit of the earlier deployment whose packages are planned.
        plan: Its file; None for the one that may not be applied yet.
    """
    plan = plan or partial(environment)
    shown = json.loads(
        TerraformCommand(environment).read(["show", "-json", "-no-color", str(plan)])
    )
    values = _values(shown)
    folder = (environment.source / str(values["build_dir"])).resolve()
    commit, dirty = _checked_out() if rollback is None else (rollback[1], False)
    outputs = shown["planned_values"]["outputs"]
    return BuildRecord(
        plan_sha256=packages.sha256(plan.read_bytes()),
        build_dir=str(folder),
        manifest_sha256=packages.sha256(packages.read_manifest(folder)),
        commit=commit,
        dirty=dirty,
        account_id=str(outputs["account_id"]["value"]),
        region=str(outputs["region"]["value"]),
        environment=str(outputs["environment"]["value"]),
        variables={name: _digest(value) for name, value in values.items()},
        code_sha256=code_digest(environment.source),
        # https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
        has_changes=bool(shown["applyable"]),
        rollback_to=None if rollback is None else rollback[0],
    )


def _values(shown: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of a plan as Terraform evaluated them, without sensitive ones."""
    declared = shown["configuration"]["root_module"].get("variables", {})
    return {
        name: variable.get("value")
        for name, variable in shown.get("variables", {}).items()
        if not declared.get(name, {}).get("sensitive", False)
    }


def compared(variables: Mapping[str, str]) -> dict[str, str]:
    """The digests that say whether two deployments have the same variables."""
    return {name: value for name, value in variables.items() if name not in _NOT_COMPARED}


def _digest(value: object) -> str:
    return packages.sha256(json.dumps(value, sort_keys=True).encode())


def code_digest(source: Path) -> str:
    """A digest of the Terraform code: the root module and the modules, by name and content.

    Without backend.tf: each person may keep it in another form.
    """
    files = [file for file in source.glob("*.tf") if file.name != "backend.tf"]
    files += [
        file
        for file in (source / "modules").rglob("*")
        if file.is_file() and file.suffix != ".md" and ".terraform" not in file.parts
    ]
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda found: found.relative_to(source).as_posix()):
        name = file.relative_to(source).as_posix().encode()
        content = hashlib.sha256(file.read_bytes()).hexdigest().encode()
        digest.update(name + b"\0" + content + b"\n")
    return digest.hexdigest()


def _checked_out() -> tuple[str, bool]:
    """The commit that is checked out, and whether files differ from it."""
    commit = git("rev-parse", "HEAD")
    if commit is None:
        return UNKNOWN_COMMIT, False
    return commit.strip(), bool(git("status", "--porcelain"))


def git(*arguments: str) -> str | None:
    """What git writes; None where it fails: without git, or without a repository, for example."""
    try:
        return subprocess.run(  # noqa: S603 - fixed commands
            ["git", "-C", str(paths.REPOSITORY), *arguments],  # noqa: S607 - the user's own git
            env=clean_environment.clean("local", os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=True,
        ).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
