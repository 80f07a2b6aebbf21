"""`make smoke` is green on the stack, and red where something is broken."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local_cloud import folders, running
from operations.deployment import Deployment
from operations.smoke.catalogue import CLEAN_UP, LINES, STEPS
from operations.smoke.run import SIMULATOR, USERNAME_PREFIX, Run
from operations.smoke.steps import Outcome, Result, results_of
from tests.end_to_end.failure_records import disconnected
from tests.end_to_end.test_operations import Checkout, unreported_uploads
from tooling import provider
from tooling.progress import Progress
from web_api.limits import hashed

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Cloud

# For what will never come.
IMPATIENT_SECONDS = 3.0


@pytest.fixture
def tidy(cloud: "Cloud") -> None:
    """What other tests have left in queues and alarms is gone."""
    for url in cloud.outputs["failure_queue_urls"].values():
        cloud.sqs.purge_queue(QueueUrl=url)
    client = cloud.engine.client("cloudwatch")
    for page in client.get_paginator("describe_alarms").paginate(StateValue="ALARM"):
        for alarm in page["MetricAlarms"]:
            client.set_alarm_state(
                AlarmName=alarm["AlarmName"], StateValue="OK", StateReason="Another test"
            )


@pytest.fixture
def run(cloud: "Cloud") -> Iterator[Run]:
    """A run that waits for nothing in vain, and is cleaned up."""
    found = Deployment(cloud.outputs, cloud.outputs["region"], cloud.engine.endpoint_url)
    run = Run(found)
    yield run
    (cleaned,) = results_of([CLEAN_UP], run, Progress())
    assert cleaned.is_ok, cleaned


def do(run: Run, *names: str) -> dict[str, Result]:
    """Do some of the steps, in their order, with all that they need; the results by name."""
    wanted = set(names)
    for step in reversed(STEPS):
        if step.name in wanted:
            wanted.update(step.needs)
    steps = [step for step in STEPS if step.name in wanted]
    return {result.step.name: result for result in results_of(steps, run, Progress())}


def red(results: dict[str, Result]) -> dict[str, str]:
    """What is not ok, and why."""
    return {name: result.detail for name, result in results.items() if not result.is_ok}


def alone(run: Run, name: str) -> Result:
    """Do one step after what it needs was done."""
    (step,) = (replace(step, needs=()) for step in STEPS if step.name == name)
    (result,) = results_of([step], run, Progress())
    return result


@contextmanager
def impatient(run: Run) -> Iterator[None]:
    """Wait only briefly meanwhile."""
    run.patience_seconds, patience = IMPATIENT_SECONDS, run.patience_seconds
    try:
        yield
    finally:
        run.patience_seconds = patience


@pytest.mark.usefixtures("tidy")
def test_command_is_green_and_leaves_nothing(cloud: "Cloud", tmp_path: Path) -> None:
    checkout = Checkout(tmp_path, cloud)
    (tmp_path / ".local" / provider.FOLDER.name).symlink_to(provider.FOLDER)
    state_dir = cloud.engine.state_dir
    (state_dir / "terraform").symlink_to(state_dir.parent / "terraform")
    try:
        told: dict[str, Any] = json.loads(checkout.make("smoke", "JSON=1"))
    finally:
        (state_dir / "terraform").unlink()
        running.forget(state_dir)

    outcomes = {step["name"]: step["outcome"] for step in told["steps"]}
    assert told["ok"] is True
    assert list(outcomes) == [step.name for step in (*STEPS, CLEAN_UP)]
    # Nobody has subscribed, but for other tests on this stack.
    topic = cloud.outputs["alarm_topic_arn"]
    found = cloud.engine.client("sns").list_subscriptions_by_topic(TopicArn=topic)
    assert outcomes.pop("subscriptions") == ("ok" if found["Subscriptions"] else "not applicable")
    # This stack has no public addresses: tests/unit/operations/smoke/test_edge.py.
    of_delivery = {step.name for step in STEPS if "delivery_origin" in step.outputs}
    assert {outcomes.pop(name) for name in of_delivery} == {"not applicable"}
    assert set(outcomes.values()) == {"ok"}
    username = told["user"]
    (key,) = (step["detail"] for step in told["steps"] if step["name"] == "upload")
    profile_id = key.split("/")[2]
    mark = username.removeprefix(USERNAME_PREFIX)
    mailboxes = (f"{name}+{mark}@{SIMULATOR}" for name in ("success", "bounce"))
    whose = {*map(hashed, (username, f"{username}-b", profile_id, *mailboxes)), profile_id}
    left = {name for name in everything(cloud) if whose & set(re.split("[/#]", name))}
    assert not left
    assert not [name for name in everything(cloud) if name.startswith(username)]


def everything(cloud: "Cloud") -> set[str]:
    """The keys of all items, and of all versions of objects and delete markers."""
    found = set()
    for output, key in (
        ("user_table_name", "username"),
        ("user_profile_table_name", "id"),
        ("web_state_table_name", "id"),
    ):
        pages = cloud.dynamodb.get_paginator("scan").paginate(TableName=cloud.outputs[output])
        found |= {next(iter(item[key].values())) for page in pages for item in page["Items"]}
    pages = cloud.s3.get_paginator("list_object_versions").paginate(Bucket=cloud.bucket)
    for page in pages:
        for kind in ("Versions", "DeleteMarkers"):
            found |= {one["Key"] for one in page.get(kind, [])}
    return found


def test_disabled_mapping_is_red_and_so_is_what_needs_it(cloud: "Cloud", run: Run) -> None:
    with disconnected(cloud, "user_table_trigger"):
        results = do(run, "mail", "page")
    assert red(results) == {
        "mapping of user_table_trigger": "the mapping is Disabled",
        "execution": "needs: mapping of user_table_trigger",
        "mail": "needs: execution",
    }
    assert {"page", "sign-up"} < results.keys()


def test_bounce_that_nobody_reads_is_red(cloud: "Cloud", run: Run) -> None:
    assert red(do(run, "mail")) == {}
    with disconnected(cloud, "record_mail_feedback"), impatient(run):
        assert alone(run, "bounce").detail == "mailFeedback is missing, for 3 s"


def test_line_that_lambdas_filter_drops_is_red(cloud: "Cloud", run: Run) -> None:
    with filtered(cloud, "get_user_activation_status", "ERROR"):
        assert red(do(run, "mail")) == {}
    with impatient(run):
        dropped = alone(run, "log of get_user_activation_status")
    assert dropped.detail.startswith("a line of this run in /aws/lambda/onboarding-dev-Get")
    assert alone(run, "log of send_user_activation_mail").is_ok


@contextmanager
def filtered(cloud: "Cloud", function: str, level: str) -> Iterator[None]:
    """Lambda drops lines of a function below a level meanwhile."""
    client, name = cloud.engine.client("lambda"), cloud.outputs["function_names"][function]
    found = client.get_function_configuration(FunctionName=name)["LoggingConfig"]
    client.update_function_configuration(
        FunctionName=name, LoggingConfig={**found, "ApplicationLogLevel": level}
    )
    try:
        yield
    finally:
        client.update_function_configuration(FunctionName=name, LoggingConfig=found)


def test_pictures_that_nobody_makes_or_removes_are_red(cloud: "Cloud", run: Run) -> None:
    assert red(do(run, "page", "sign-in")) == {}
    with unreported_uploads(cloud), impatient(run):
        assert alone(run, "upload").is_ok
        assert f"thumbnail of {run.first_key}: not seen" in alone(run, "thumbnail").detail

    assert alone(run, "upload").is_ok
    assert alone(run, "thumbnail").is_ok
    with disconnected(cloud, "remove_profile_images"), impatient(run):
        assert f"still there: {run.first_key}, " in alone(run, "second upload").detail
        assert run.second_key in alone(run, "removal").detail
    run.patience_seconds = 60.0
    run.wait_until_right(lambda: "" if not current_keys(cloud, run) else "some are left")


def current_keys(cloud: "Cloud", run: Run) -> list[str]:
    """The keys of the run's originals."""
    found = cloud.s3.list_objects_v2(
        Bucket=cloud.bucket, Prefix=f"original/users/{run.profile_id}/"
    )
    return [one["Key"] for one in found.get("Contents", []) if one["Key"] == run.second_key]


@pytest.mark.usefixtures("tidy")
def test_message_in_a_queue_and_alarm_in_alarm_are_red(cloud: "Cloud", run: Run) -> None:
    alarm = cloud.outputs["alarm_names"][0]
    url = cloud.outputs["failure_queue_urls"]["activation"]
    names = ("failure queues", "alarms")
    assert red(do(run, *names)) == {}

    cloud.sqs.send_message(QueueUrl=url, MessageBody="hello")
    with ringing(cloud, alarm):
        assert red(do(run, *names)) == {
            "failure queues": "messages in activation (1)",
            "alarms": f"in ALARM: {alarm}",
        }
    cloud.sqs.purge_queue(QueueUrl=url)


@contextmanager
def ringing(cloud: "Cloud", alarm: str) -> Iterator[None]:
    """An alarm is in ALARM meanwhile."""
    client = cloud.engine.client("cloudwatch")
    client.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="A try")
    try:
        yield
    finally:
        client.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="It was a try")


@pytest.mark.usefixtures("tidy")
def test_without_the_web_api_both_pipelines_are_tried(cloud: "Cloud", run: Run) -> None:
    outputs = {**cloud.outputs, "web_api_url": None, "web_state_table_name": None}
    other = replace(run, found=replace(run.found, outputs=outputs))
    results = list(results_of(STEPS, other, Progress()))
    run.profile_id = other.profile_id
    assert red({result.step.name: result for result in results}) == {}
    done = {result.step.name for result in results if result.outcome is Outcome.OK}
    assert {"execution", "mail", "bounce", "thumbnail", "second upload", "removal"} <= done
    assert {f"log of {name}" for name in LINES if name != "web_api"} <= done

    assert cloud.user(run.username)["userProfileId"] == {"N": str(run.profile_id)}
    (cleaned,) = results_of([CLEAN_UP], other, Progress())
    assert cleaned.is_ok
    assert not [name for name in everything(cloud) if name.startswith(run.username)]
    assert str(run.profile_id) not in everything(cloud)


def test_page_that_lacks_a_header_is_red(cloud: "Cloud", run: Run) -> None:
    with without_line(cloud, "web_api/security_headers.py", '"X-Content-Type-Options"'):
        assert red(do(run, "page", "unknown path", "wrong host")) == {
            "page": "missing, or not as the function sets them: X-Content-Type-Options",
            "unknown path": "needs: page",
        }
        assert alone(run, "unknown path").detail.endswith(": X-Content-Type-Options")


@contextmanager
def without_line(cloud: "Cloud", file: str, start: str) -> Iterator[None]:
    """A function's code lacks a line meanwhile."""
    function, module = file.split("/")
    whole = (folders.BUILD / f"{function}.zip").read_bytes()
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as source, zipfile.ZipFile(changed, "w") as copy:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == file:
                lines = data.splitlines(keepends=True)
                kept = [line for line in lines if not line.strip().startswith(start.encode())]
                assert len(kept) == len(lines) - 1
                data = b"".join(kept)
            # The bytecode is of the whole file.
            elif entry.filename.startswith(f"{function}/__pycache__/{module.removesuffix('py')}"):
                continue
            copy.writestr(entry, data)
    client, name = cloud.engine.client("lambda"), cloud.outputs["function_names"][function]
    client.update_function_code(FunctionName=name, ZipFile=changed.getvalue())
    try:
        yield
    finally:
        client.update_function_code(FunctionName=name, ZipFile=whole)


def test_function_that_may_not_run_makes_page_and_sign_up_red(cloud: "Cloud", run: Run) -> None:
    with stopped(cloud, "web_api"):
        assert red(do(run, "page", "sign-up")).keys() == {"page", "sign-up"}
    assert red(do(run, "page")) == {}


@contextmanager
def stopped(cloud: "Cloud", function: str) -> Iterator[None]:
    """A function may not run meanwhile."""
    client, name = cloud.engine.client("lambda"), cloud.outputs["function_names"][function]
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        yield
    finally:
        client.delete_function_concurrency(FunctionName=name)


def test_account_that_is_not_ready_is_red(run: Run) -> None:
    assert alone(run, "known token").detail == "the user waits for no activation"
    assert red(do(run, "mail")) == {}
    assert alone(run, "activation").detail.startswith("the page behind the link says ")
    assert "403 not-activated" in alone(run, "sign-in").detail


def test_bucket_that_the_page_may_not_use_is_red(cloud: "Cloud", run: Run) -> None:
    assert red(do(run, "page", "sign-in")) == {}
    rules = cloud.s3.get_bucket_cors(Bucket=cloud.bucket)["CORSRules"]
    cloud.s3.delete_bucket_cors(Bucket=cloud.bucket)
    try:
        refused = alone(run, "upload")
    finally:
        cloud.s3.put_bucket_cors(Bucket=cloud.bucket, CORSConfiguration={"CORSRules": rules})
    assert "the bucket has no CORS rule" in refused.detail
    run.upload_origin = "https://elsewhere.example.com"
    assert "the page's headers permit no upload to " in alone(run, "upload").detail


def test_batch_that_fails_is_red_until_it_is_processed(
    cloud: "Cloud", run: Run, profile_id: int
) -> None:
    function = "remove_profile_images"
    with stopped(cloud, function):
        cloud.create_profile(profile_id, image=f"original/{profile_id}/a.jpg")
        cloud.create_profile(profile_id)
        run.wait_until_right(lambda: "" if last_result(cloud, function) == "FAILED" else "not yet")
        with impatient(run):
            failed = alone(run, f"last batch of {function}").detail
    assert failed == "the last batch: FAILED, for 3 s"
    assert alone(run, f"last batch of {function}").is_ok


def last_result(cloud: "Cloud", function: str) -> str:
    name = cloud.outputs["function_names"][function]
    (found,) = cloud.engine.client("lambda").list_event_source_mappings(FunctionName=name)[
        "EventSourceMappings"
    ]
    return str(found["LastProcessingResult"])


def test_topic_that_is_gone_is_red(cloud: "Cloud", run: Run) -> None:
    gone = {**cloud.outputs, "alarm_topic_arn": f"{cloud.outputs['alarm_topic_arn']}-gone"}
    other = replace(run, found=replace(run.found, outputs=gone))
    assert "NotFound" in alone(other, "alarm topic").detail


def test_user_of_a_killed_run_is_removed(cloud: "Cloud", run: Run) -> None:
    username = cloud.insert_user(
        username=f"{USERNAME_PREFIX}killed", email=f"success+1@{SIMULATOR}", activationStatus="DONE"
    )
    assert red(do(run, "leftovers of killed runs")) == {}
    assert username not in everything(cloud)
