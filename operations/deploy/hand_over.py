"""Hands a plan to the machine that applies it, by the bucket of the states.

    plans/<key of the state>@<id>/onboarding.tfplan
    plans/<key of the state>@<id>/manifest.json
    plans/<key of the state>@<id>/record.json        the build record, written last

Code with the right to write there could replace a plan after its review. So the SHA-256 of the
build record goes another way, and the record has those of the plan and of the manifest. The zips
are not stored: they are built again, and must be the same. Code that runs in the planning job could
store a plan of other code beside an honest record. So the code inside the plan must be the
checkout's too.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from operations.deploy import apply, build_record, packages, plan, plan_code
from operations.deploy.build_record import BuildRecord, compared
from operations.deployment import Deployment, outputs_of
from operations.environments import Environment, refuse_other_environment, state_object
from operations.errors import OperationsError

ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_TOP = "plans/"
_PLAN, _MANIFEST, _RECORD = "onboarding.tfplan", "manifest.json", "record.json"
# What is compared as it is, and how it is named.
_COMPARED: Mapping[str, str] = {
    "commit": "the commit",
    "dirty": "whether files differ from the commit",
    "code_sha256": "the Terraform code",
    "account_id": "the account",
    "region": "the region",
    "environment": "the environment",
}


@dataclass(frozen=True)
class _Stored:
    """A plan as it was stored, with its hashes checked."""

    record: BuildRecord
    plan: bytes
    manifest: bytes


class _Plans:
    """The plans of one environment in the bucket of its state."""

    def __init__(self, environment: Environment, number: str) -> None:
        place = state_object(environment)
        self._s3 = Deployment({}, place.region).client("s3")
        self._bucket = place.bucket
        self._folder = f"{_TOP}{place.key}@{number}/"

    def put(self, name: str, data: bytes) -> None:
        """Store a file, unless there is one already: no plan is ever replaced."""
        digest = base64.b64encode(bytes.fromhex(packages.sha256(data))).decode()
        try:
            self._s3.put_object(
                Bucket=self._bucket,
                Key=self._folder + name,
                Body=data,
                ChecksumSHA256=digest,
                IfNoneMatch="*",
            )
        except self._s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
            raise OperationsError(
                f"s3://{self._bucket}/{self._folder}{name} exists already: take another ID"
            ) from None

    def get(self, name: str, expected: str) -> bytes:
        """A stored file with this SHA-256.

        Raises:
            OperationsError: It is missing, or another.
        """
        where = f"s3://{self._bucket}/{self._folder}{name}"
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=self._folder + name)
        except self._s3.exceptions.NoSuchKey:
            raise OperationsError(f"{where} is missing: make the plan again") from None
        data = bytes(answer["Body"].read())
        if packages.sha256(data) != expected:
            raise OperationsError(
                f"{where} is not what was stored, and is not applied: find out who replaced it"
            )
        return data


def store(environment: Environment, number: str) -> str:
    """Store the environment's plan; return the SHA-256 of its build record.

    Args:
        environment: Whose plan.
        number: The id under which it is fetched.

    Raises:
        OperationsError: There is no plan, something changed since, or it can't be stored.
    """
    planned = build_record.read(environment)
    planned.check(environment)
    if planned.rollback_to is not None:
        raise OperationsError(
            "a rollback's packages are not built, so its plan can't be handed over: "
            f"`make apply{environment.switch}` applies it from here"
        )
    refuse_other_environment(environment, outputs_of(environment))
    apply.deployment_of(planned).prepare()
    plans = _Plans(environment, number)
    plans.put(_PLAN, environment.plan_file.read_bytes())
    plans.put(_MANIFEST, packages.read_manifest(Path(planned.build_dir)))
    record = planned.text().encode()
    plans.put(_RECORD, record)
    return packages.sha256(record)


def fetch(environment: Environment, number: str, record_sha256: str) -> BuildRecord:
    """Fetch a stored plan, so that `make apply` applies it with the packages that are built here.

    Args:
        environment: Whose plan.
        number: The id under which it was stored.
        record_sha256: What `store` returned.

    Raises:
        OperationsError: It is missing or was replaced, or it was made from something else than
            what is here.
    """
    build_record.remove(environment)
    plan.initialise(environment)
    stored = _fetch(_Plans(environment, number), record_sha256)
    apply.deployment_of(stored.record).prepare()
    environment.plan_file.parent.mkdir(parents=True, exist_ok=True)
    partial = build_record.partial(environment)
    try:
        code = plan_code.differences(environment, stored.plan)
        partial.write_bytes(stored.plan)
        here = build_record.record_of(environment)
        _compare(stored, here, code)
        here.write(environment.build_record)
        partial.replace(environment.plan_file)
    finally:
        partial.unlink(missing_ok=True)
    return here


def _fetch(plans: _Plans, record_sha256: str) -> _Stored:
    text = plans.get(_RECORD, record_sha256).decode()
    try:
        record = build_record.parse(text)
    except ValueError:
        raise OperationsError(
            "the plan was stored by another version of this project: make it again"
        ) from None
    return _Stored(
        record,
        plans.get(_PLAN, record.plan_sha256),
        plans.get(_MANIFEST, record.manifest_sha256),
    )


def _compare(stored: _Stored, here: BuildRecord, code: Sequence[str]) -> None:
    """Refuse a plan that was made from something else than what is here.

    Args:
        stored: The plan.
        here: The build record of this checkout.
        code: What of the code inside the plan is not the checkout's.
    """
    differences = [
        f"{text}: {getattr(stored.record, name)}, here {getattr(here, name)}"
        for name, text in _COMPARED.items()
        if getattr(stored.record, name) != getattr(here, name)
    ]
    if code and stored.record.code_sha256 == here.code_sha256:
        differences.append(f"the code inside the plan: {', '.join(code)}")
    differences += _other_variables(stored.record, here)
    differences += _other_zips(stored, here)
    if differences:
        listed = "\n".join(f"  - {difference}" for difference in differences)
        raise OperationsError(
            f"the plan was made from something else than what is here:\n{listed}\n"
            "Make the plan again, and read it"
        )


def _other_variables(planned: BuildRecord, here: BuildRecord) -> list[str]:
    before, now = compared(planned.variables), compared(here.variables)
    names = sorted(name for name in before | now if before.get(name) != now.get(name))
    return [f"variables: {', '.join(names)}"] if names else []


def _other_zips(stored: _Stored, here: BuildRecord) -> list[str]:
    """The zips that are not the same here; each is read."""
    folder = Path(here.build_dir)
    planned = packages.zips_of(stored.manifest)
    built = packages.zips_of(packages.read_manifest(folder))
    for name, digest in built.items():
        packages.read_zip(folder / name, digest)
    names = sorted(name for name in planned | built if planned.get(name) != built.get(name))
    if names:
        return [f"the packages that were built here: {', '.join(names)}"]
    if stored.record.manifest_sha256 != here.manifest_sha256:
        return ["the packages' manifest.json"]
    return []
