"""What operators rely on: mappings, queues, alarms and their topic, and Terraform's plan."""

import re
import tempfile
from pathlib import Path
from typing import Any

from operations.deploy.records import Record, Records
from operations.deployment import Deployment
from operations.smoke.run import FailedError, NotApplicableError, Run
from tooling.errors import ToolingError
from tooling.terraform import LOCK_MINUTES, LOCK_TIMEOUT, TIME_LIMIT_SECONDS

COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
)
GOOD_RESULTS = ("OK", "No records processed")
SOON = frozenset({"Creating", "Enabling", "Updating"})
NAMES_AT_ONCE = 100  # that DescribeAlarms takes
CHANGED = re.compile(r"^  # (\S+) (?:will|must) be .+$", re.MULTILINE)
# Where Terraform's complaints begin: before them it says which objects it refreshes.
COMPLAINTS = re.compile(r"^[^\w\n]*(Error: .*)", re.MULTILINE | re.DOTALL)


def mapping(run: Run, function: str) -> str:
    """Lambda reads the source of a function: the mapping is enabled."""

    def wrong() -> str:
        state = str(_mapping(run, function)["State"])
        if state != "Enabled" and state not in SOON:
            raise FailedError(f"the mapping is {state}")
        return "" if state == "Enabled" else f"the mapping is {state}"

    run.wait_until_right(wrong)
    return "enabled"


def last_batch(run: Run, function: str) -> str:
    """Lambda had no problem with the last batch of a mapping."""

    def wrong() -> str:
        # A mapping of a queue has none.
        result = str(_mapping(run, function).get("LastProcessingResult") or "")
        return "" if not result or result.startswith(GOOD_RESULTS) else f"the last batch: {result}"

    run.wait_until_right(wrong)
    return "without a problem"


def _mapping(run: Run, function: str) -> dict[str, Any]:
    name = run.found.output("function_names")[function]
    answer = run.client("lambda").list_event_source_mappings(FunctionName=name)
    found: list[dict[str, Any]] = answer["EventSourceMappings"]
    if len(found) != 1:
        raise FailedError(f"{name} has {len(found)} event source mappings, and not one")
    return found[0]


def failure_queues(run: Run) -> str:
    """Nothing is in a failure queue."""
    counts = message_counts(run.found)
    full = [f"{name} ({count})" for name, count in counts.items() if count]
    if full:
        raise FailedError(f"messages in {', '.join(full)}")
    return f"all {len(counts)} are empty"


def message_counts(found: Deployment) -> dict[str, int]:
    """The number of messages in each failure queue, as SQS counts them, by the queue's name."""
    sqs = found.client("sqs")
    counts = {}
    for name, url in (found.outputs.get("failure_queue_urls") or {}).items():
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(COUNTS))
        counts[name] = sum(int(answer["Attributes"][attribute]) for attribute in COUNTS)
    return counts


def alarms(run: Run) -> str:
    """No alarm is in the state ALARM."""
    names: list[str] = run.found.output("alarm_names")
    client, states = run.client("cloudwatch"), {}
    for start in range(0, len(names), NAMES_AT_ONCE):
        chunk = names[start : start + NAMES_AT_ONCE]
        answer = client.describe_alarms(AlarmNames=chunk, MaxRecords=NAMES_AT_ONCE)
        states.update({one["AlarmName"]: one["StateValue"] for one in answer["MetricAlarms"]})
    missing = [name for name in names if name not in states]
    if missing:
        raise FailedError(f"missing: {', '.join(missing)}")
    ringing = [name for name, state in states.items() if state == "ALARM"]
    if ringing:
        raise FailedError(f"in ALARM: {', '.join(sorted(ringing))}")
    return f"none of {len(names)}"


def alarm_topic(run: Run) -> str:
    """The alarms' topic takes a message."""
    run.client("sns").publish(
        TopicArn=run.found.output("alarm_topic_arn"),
        Subject="make smoke: nothing to do",
        Message=f"This is a test of {run.found}: {run.username}. It is no alarm.",
    )
    return "took a message"


def subscriptions(run: Run) -> str:
    """All subscriptions to the alarms are confirmed."""
    pages = run.client("sns").get_paginator("list_subscriptions_by_topic")
    found = [
        one
        for page in pages.paginate(TopicArn=run.found.output("alarm_topic_arn"))
        for one in page["Subscriptions"]
        # SNS lists one that was ended for some days more.
        if one["SubscriptionArn"] != "Deleted"
    ]
    if not found:
        raise NotApplicableError("nobody has subscribed: alarms reach nobody (alarms.addresses)")
    # An unconfirmed one has this in place of its ARN.
    waiting = [one for one in found if one["SubscriptionArn"] == "PendingConfirmation"]
    if waiting:
        whom = ", ".join(f"{one['Protocol']} {one['Endpoint']}" for one in waiting)
        raise FailedError(f"not confirmed: {whom}")
    return f"{len(found)} confirmed"


def plan(run: Run) -> str:
    """Terraform would change nothing."""
    if run.found.terraform is None:
        raise NotApplicableError("there is no folder with Terraform's state")
    with tempfile.TemporaryDirectory() as folder:
        rollback = _fetched_rollback(run, Path(folder))
        packages = [] if rollback is None else ["-var", f"build_dir={folder}"]
        try:
            planned = run.found.terraform.run(
                [
                    *("plan", "-detailed-exitcode", "-input=false", "-no-color", LOCK_TIMEOUT),
                    *run.found.variable_arguments,
                    *packages,
                ],
                allowed=(0, 2),
                seconds=TIME_LIMIT_SECONDS + 60 * LOCK_MINUTES,
            )
        except ToolingError as error:
            raise FailedError(_complaints(str(error))) from error
    if planned.exit_code:
        changed = ", ".join(CHANGED.findall(planned.output)) or "outputs alone"
        raise FailedError(f"Terraform would change {changed}")
    return "no changes" if rollback is None else f"no changes, with the packages of {rollback.id}"


def _fetched_rollback(run: Run, folder: Path) -> Record | None:
    """The newest deployment if it is a rollback, with its packages in the folder.

    The packages of the checkout are newer than those of a rollback.
    """
    bucket = run.found.outputs.get("artifacts_bucket_name")
    if bucket is None:
        return None
    records = Records(run.client("s3"), bucket)
    recorded, _ = records.all()
    if not recorded or recorded[-1].rollback_to is None:
        return None
    records.fetch(recorded[-1], folder)
    return recorded[-1]


def _complaints(said: str) -> str:
    """Terraform's errors alone, on one line: a table shows only the beginning of a text."""
    found = COMPLAINTS.search(said)
    return " ".join((found[1] if found else said).split())
