"""Where the state is kept: that it can be read, fits the account, and is locked by nobody."""

import fcntl
import json
import shlex
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from operations.environments import Environment, refuse_other_environment
from operations.errors import OperationsError
from operations.preflight import aws
from operations.preflight.context import Context
from operations.preflight.findings import Finding, fail, ok, warn
from operations.preflight.state import DEFAULT_FILE, DEFAULT_WORKSPACE, Backend, State, local_file
from tooling.terraform import LOCK_MINUTES

SUBJECT = "state"
# Arguments of the S3 backend by which it doesn't use the shell's credentials, or no AWS.
_OWN_ACCESS = ("access_key", "assume_role", "assume_role_with_web_identity", "endpoints", "profile")


def unreadable(environment: Environment, reason: str) -> Finding:
    """The line for a state that Terraform can't read."""
    return fail(
        SUBJECT,
        f"Terraform can't read it: {reason}",
        "correct backend.tf or your rights on its bucket (s3:ListBucket, s3:GetObject) and on that "
        f"bucket's own key (kms:Decrypt), then `{environment.init_command}`",
    )


def check(context: Context) -> Iterator[Finding]:
    """What is deployed already, and whether it is of this account and region."""
    state = context.state
    if state is None:
        return
    where = _where(state.backend)
    if not state.content.get("resources"):
        yield ok(SUBJECT, f"{where}: empty, this is the first apply")
    else:
        yield ok(SUBJECT, f"{where}: {len(state.content['resources'])} resources")
    yield from _of_another(context, state)
    yield from _of_another_environment(context, state)
    yield from _not_moved(context, state)


def _where(backend: Backend) -> str:
    if backend.type == "local":
        return "in a file on this machine alone"
    if backend.type == "s3":
        return f"in s3://{backend.settings.get('bucket')}/{_key(backend)}"
    return f"in the backend {backend.type}"


def _of_another(context: Context, state: State) -> Iterator[Finding]:
    """A state of another account or region: Terraform would make everything a second time."""
    here = {"account_id": context.account.id, "region": context.settings.region}
    for name, value in here.items():
        found = state.output(name)
        if found is not None and found != value:
            yield fail(
                SUBJECT,
                f"it is of a deployment in {found}, and you would deploy to {value}",
                "set AWS_PROFILE" if name == "account_id" else "each region needs its own state",
            )


def _of_another_environment(context: Context, state: State) -> Iterator[Finding]:
    """What `make plan` would refuse too."""
    outputs = {name: output["value"] for name, output in state.content.get("outputs", {}).items()}
    try:
        refuse_other_environment(context.environment, outputs)
    except OperationsError as error:
        yield fail(SUBJECT, str(error), "then run it again")


def _not_moved(context: Context, state: State) -> Iterator[Finding]:
    """A backend that was declared after an apply: the state is still in its file."""
    file = context.environment.source / DEFAULT_FILE
    if state.backend.type == "local" or context.environment.name is not None:
        return
    # Moving it leaves an empty file.
    if not state.content.get("resources") and file.exists() and file.stat().st_size > 0:
        yield fail(
            SUBJECT,
            f"what is deployed is in {file.name}, which the backend does not have",
            f"move it: `{context.environment.init_command} -migrate-state`",
        )


def check_lock(context: Context) -> Iterator[Finding]:
    """Whether somebody else is planning or applying."""
    if context.state is None:
        return
    backend = context.state.backend
    if backend.type == "local":
        yield _local_lock(context.environment, local_file(context.environment, backend))
    elif backend.type == "s3":
        yield from _s3_lock(context, backend)
    else:
        yield warn(
            "lock", f"not checked: the backend is {backend.type}", "`make plan` says who has it"
        )


def _local_lock(environment: Environment, file: Path) -> Finding:
    """Terraform locks the file itself, and describes the lock in another beside it.

    It leaves the description behind when it is killed, so the lock itself decides.
    """
    info = file.with_name(f".{file.name}.lock.info")
    if not info.exists() or not _is_locked(file):
        return ok("lock", "nobody has locked the state")
    return _locked(environment, info.read_text(encoding="utf-8", errors="replace"))


def _is_locked(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            # A shared lock: it fails beside Terraform's exclusive one, and ends with the block.
            fcntl.lockf(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _s3_lock(context: Context, backend: Backend) -> Iterator[Finding]:
    settings = backend.settings
    if any(settings.get(name) for name in _OWN_ACCESS):
        yield warn(
            "lock",
            "not checked: backend.tf has credentials or endpoints of its own",
            "`make plan` says who has it",
        )
    elif not settings.get("use_lockfile"):
        yield _without_lockfile(settings)
    else:
        yield _lockfile(context, backend)


def _without_lockfile(settings: Mapping[str, Any]) -> Finding:
    if settings.get("dynamodb_table"):
        return warn(
            "lock",
            "not checked: a DynamoDB table has it, which Terraform deprecates",
            "set use_lockfile = true in backend.tf",
        )
    return warn(
        "lock",
        "the backend locks nothing: two applies at once damage the state",
        "set use_lockfile = true in backend.tf",
    )


def _lockfile(context: Context, backend: Backend) -> Finding:
    """S3's own lock is an object beside the state ("Backend Type: s3", Terraform's pages)."""
    try:
        answer = context.aws.ask(
            aws.LOCK,
            region=backend.settings.get("region"),
            Bucket=backend.settings.get("bucket"),
            Key=f"{_key(backend)}.tflock",
        )
    except aws.NotThereError:
        return ok("lock", "nobody has locked the state")
    return _locked(context.environment, answer["Body"].read(65536).decode("utf-8", "replace"))


def _key(backend: Backend) -> str:
    """The object that holds the state; other workspaces have a prefix."""
    key = str(backend.settings.get("key"))
    if backend.workspace == DEFAULT_WORKSPACE:
        return key
    return f"{backend.settings.get('workspace_key_prefix') or 'env:'}/{backend.workspace}/{key}"


def _locked(environment: Environment, info: str) -> Finding:
    try:
        lock = json.loads(info)
        who = f"{lock['Who']} since {lock['Created']} for {lock['Operation']}"
        number = shlex.quote(str(lock["ID"]))
        # Either way: the other machine's clock may be ahead.
        age = abs(datetime.now(UTC) - datetime.fromisoformat(lock["Created"]))
    except (ValueError, KeyError, TypeError):
        who, number, age = "somebody unknown", "ID", timedelta.max
    found = f"the state is locked by {who}"
    unlock = f"if that run is dead: `{environment.terraform_command} force-unlock {number}`"
    if age < timedelta(minutes=LOCK_MINUTES):
        return warn("lock", found, f"`make plan` waits {LOCK_MINUTES} minutes for it; {unlock}")
    return fail("lock", found, f"wait, or {unlock}")
