"""What operators rely on: each way in which it can be broken is found."""

import io
import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from operations.deploy import packages
from operations.deploy.build_record import UNKNOWN_COMMIT, BuildRecord
from operations.deploy.records import Records
from operations.smoke import operation
from operations.smoke.report import table
from operations.smoke.run import FailedError, NotApplicableError, Run
from operations.smoke.steps import Step, results_of
from tests.unit.builders import BUCKET
from tests.unit.operations.smoke.fakes import Client, run_of
from tooling.errors import ToolingError
from tooling.progress import Progress
from tooling.terraform import Result

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms"
FUNCTION = "create_thumbnail"


def with_mappings(*mappings: dict[str, Any]) -> Run:
    client = Client(list_event_source_mappings={"EventSourceMappings": list(mappings)})
    return run_of({"lambda": client}, function_names={FUNCTION: "onboarding-CreateThumbnail"})


def test_enabled_mapping_without_a_problem_is_ok() -> None:
    for result in ("OK", "OK - 3 records", "No records processed", None):
        run = with_mappings({"State": "Enabled", "LastProcessingResult": result})
        assert operation.mapping(run, FUNCTION) == "enabled"
        assert operation.last_batch(run, FUNCTION) == "without a problem"


@pytest.mark.parametrize("state", ["Disabled", "Disabling", "Deleting", "Creating", "Enabling"])
def test_mapping_that_reads_nothing_is_found(state: str) -> None:
    with pytest.raises(FailedError, match=f"the mapping is {state}"):
        operation.mapping(with_mappings({"State": state}), FUNCTION)


@pytest.mark.parametrize("mappings", [(), ({"State": "Enabled"}, {"State": "Enabled"})])
def test_mapping_that_is_missing_or_there_twice_is_found(mappings: tuple[dict[str, Any]]) -> None:
    with pytest.raises(FailedError, match=f"has {len(mappings)} event source mappings"):
        operation.mapping(with_mappings(*mappings), FUNCTION)


@pytest.mark.parametrize("result", ["PROBLEM: Function call failed", "FAILED"])
def test_problem_of_the_last_batch_is_found(result: str) -> None:
    run = with_mappings({"State": "Enabled", "LastProcessingResult": result})
    with pytest.raises(FailedError, match=f"the last batch: {result}, for 0 s"):
        operation.last_batch(run, FUNCTION)


@pytest.mark.parametrize("attribute", operation.COUNTS)
def test_message_in_a_failure_queue_is_found(attribute: str) -> None:
    def counts(*, QueueUrl: str, AttributeNames: list[str]) -> object:  # noqa: N803 - SQS's names
        found = dict.fromkeys(AttributeNames, "0")
        if QueueUrl.endswith("/b"):
            found[attribute] = "2"
        return {"Attributes": found}

    clients = {"sqs": Client(get_queue_attributes=counts)}
    run = run_of(clients, failure_queue_urls={"a": "https://sqs/a"})
    assert operation.failure_queues(run) == "all 1 are empty"
    run = run_of(clients, failure_queue_urls={"a": "https://sqs/a", "b": "https://sqs/b"})
    with pytest.raises(FailedError, match=r"messages in b \(2\)"):
        operation.failure_queues(run)


def with_alarms(names: list[str], states: dict[str, str]) -> Run:
    def described(*, AlarmNames: list[str], MaxRecords: int) -> object:  # noqa: N803 - CloudWatch's
        assert len(AlarmNames) <= MaxRecords == 100
        found = [
            {"AlarmName": name, "StateValue": states[name]} for name in AlarmNames if name in states
        ]
        return {"MetricAlarms": found}

    return run_of({"cloudwatch": Client(describe_alarms=described)}, alarm_names=names)


def test_alarm_in_alarm_and_one_that_is_missing_are_found() -> None:
    names = [f"alarm-{number}" for number in range(130)]
    quiet = dict.fromkeys(names, "OK") | {"alarm-1": "INSUFFICIENT_DATA"}
    assert operation.alarms(with_alarms(names, quiet)) == "none of 130"
    with pytest.raises(FailedError, match="in ALARM: alarm-129"):
        operation.alarms(with_alarms(names, {**quiet, "alarm-129": "ALARM"}))
    with pytest.raises(FailedError, match="missing: alarm-130"):
        operation.alarms(with_alarms([*names, "alarm-130"], quiet))


def test_topic_takes_a_message_that_says_that_it_is_none() -> None:
    client = Client(publish={})
    assert operation.alarm_topic(run_of({"sns": client}, alarm_topic_arn=TOPIC)) == "took a message"
    ((_, sent),) = client.asked
    assert sent["TopicArn"] == TOPIC
    assert "AWS, account 123456789012, region eu-central-1" in sent["Message"]
    assert "no alarm" in sent["Message"]


def with_subscriptions(*arns: str) -> Run:
    found = [
        {"SubscriptionArn": arn, "Protocol": "email", "Endpoint": "ops@a.example"} for arn in arns
    ]
    client = Client(list_subscriptions_by_topic={"Subscriptions": found})
    return run_of({"sns": client}, alarm_topic_arn=TOPIC)


def test_unconfirmed_subscription_is_found() -> None:
    assert operation.subscriptions(with_subscriptions(f"{TOPIC}:1")) == "1 confirmed"
    with pytest.raises(FailedError, match="not confirmed: email ops@"):
        operation.subscriptions(with_subscriptions(f"{TOPIC}:1", "PendingConfirmation"))
    for ended in ((), ("Deleted",)):
        with pytest.raises(NotApplicableError, match="alarms reach nobody"):
            operation.subscriptions(with_subscriptions(*ended))


class Terraform:
    """Plans what a test says, and keeps which packages it was given."""

    def __init__(self, exit_code: int, output: str = "") -> None:
        self.result = Result(exit_code, output)
        self.packages: dict[str, bytes] = {}

    def run(self, arguments: list[str], *, allowed: tuple[int, ...], seconds: float) -> Result:
        assert arguments[:2] == ["plan", "-detailed-exitcode"]
        # Another deployment may have the lock, and this one has its own time after it.
        assert "-lock-timeout=15m" in arguments
        assert seconds == 25 * 60
        assert allowed == (0, 2)
        for argument in arguments:
            if argument.startswith("build_dir="):
                folder = Path(argument.removeprefix("build_dir="))
                self.packages = {file.name: file.read_bytes() for file in folder.iterdir()}
        return self.result


PLAN = """
Terraform will perform the following actions:

  # module.a.aws_sqs_queue.this will be updated in-place
  ~ resource "aws_sqs_queue" "this" {
      # (10 unchanged attributes hidden)
    }

  # aws_s3_bucket.b must be replaced
"""


def test_changed_resource_is_found() -> None:
    assert operation.plan(run_of(terraform=Terraform(0))) == "no changes"
    with pytest.raises(FailedError, match=r"change module.a.aws_sqs_queue.this, aws_s3_bucket.b$"):
        operation.plan(run_of(terraform=Terraform(2, PLAN)))
    with pytest.raises(FailedError, match="change outputs alone"):
        operation.plan(run_of(terraform=Terraform(2)))
    with pytest.raises(NotApplicableError):
        operation.plan(run_of())


def deployed(folder: Path, zipped: bytes, rollback_to: str | None = None) -> BuildRecord:
    """The build record of a deployment with one zip."""
    digest = packages.sha256(zipped)
    manifest = {"functions": {"a": {"file": "a.zip", "sha256": digest}}, "layers": {}}
    (folder / "a.zip").write_bytes(zipped)
    (folder / packages.MANIFEST).write_text(json.dumps(manifest), "utf-8")
    return BuildRecord(
        plan_sha256="",
        build_dir=str(folder),
        manifest_sha256=packages.sha256(packages.read_manifest(folder)),
        commit=UNKNOWN_COMMIT,
        dirty=False,
        account_id="123456789012",
        region="eu-central-1",
        environment="dev",
        variables={},
        code_sha256=packages.sha256(b"code"),
        has_changes=True,
        rollback_to=rollback_to,
    )


def test_after_a_rollback_its_packages_are_planned(tmp_path: Path, s3: "S3Client") -> None:
    """Those of the checkout would show as a change."""
    records = Records(s3, BUCKET)
    run = partial(run_of, {"s3": s3}, artifacts_bucket_name=BUCKET)
    now = datetime.now(UTC)

    assert operation.plan(run(terraform=Terraform(0))) == "no changes"
    first = records.add(deployed(tmp_path, b"first"), now - timedelta(hours=2))
    records.add(deployed(tmp_path, b"second"), now - timedelta(hours=1))
    terraform = Terraform(0)
    assert operation.plan(run(terraform=terraform)) == "no changes"
    assert terraform.packages == {}

    back = records.add(deployed(tmp_path, b"first", first.id), now)
    assert operation.plan(run(terraform=terraform)) == f"no changes, with the packages of {back.id}"
    assert terraform.packages["a.zip"] == b"first"
    with pytest.raises(FailedError, match="change outputs alone"):
        operation.plan(run(terraform=Terraform(2)))

    # The repair is deployed.
    records.add(deployed(tmp_path, b"third"), now + timedelta(hours=1))
    assert operation.plan(run(terraform=Terraform(0))) == "no changes"


class FailingTerraform:
    """Fails as tooling.terraform does: the end of the output, its errors last."""

    def __init__(self, said: str) -> None:
        self.said = said

    def run(self, *_: object, **__: object) -> Result:
        raise ToolingError(self.said)


REFRESHED = "".join(
    f"module.pictures.aws_sqs_queue.this[{number}]: Refreshing state... "
    f"[id=https://sqs.eu-central-1.amazonaws.com/123456789012/onboarding-dev-{number}]\n"
    for number in range(30)
)
DENIED = """
Error: reading SQS Queue (onboarding-dev-1): api error AccessDenied: no sqs:GetQueueAttributes

  with module.pictures.aws_sqs_queue.this[1],
"""


WARNED = "\n╷\n│ Warning: Deprecated\n╵\n"


@pytest.mark.parametrize("frame", ["", "│ "])
def test_what_terraform_complains_of_is_in_the_table(frame: str) -> None:
    denied = DENIED.replace("Error", f"{frame}Error")
    said = f"terraform plan failed (exit code 1):\n{REFRESHED}{WARNED}{denied}"
    run = run_of(terraform=FailingTerraform(said))
    step = Step("plan", operation.plan, "docs/smoke.md")
    results = list(results_of([step], run, Progress(io.StringIO())))
    printed = table(results, is_whole=True)
    assert "NOT OK: Error: reading SQS Queue (onboarding-dev-1): api error AccessDenied" in printed
    assert "Refreshing" not in printed


def test_terraform_that_can_not_be_run_is_said() -> None:
    run = run_of(terraform=FailingTerraform("terraform is not in PATH"))
    with pytest.raises(FailedError, match=r"^terraform is not in PATH$"):
        operation.plan(run)
