"""A stack that was used can be destroyed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from local_cloud import folders
from local_cloud.engine.process import Engine
from local_cloud.packages import build_for_this_machine
from local_cloud.stack import Stack
from tests.end_to_end.conftest import Cloud


def test_destroy_leaves_nothing(tmp_path: Path) -> None:
    build_for_this_machine(folders.BUILD)
    with Engine(tmp_path / "engine") as engine:
        stack = Stack(engine, tmp_path / "terraform", folders.BUILD)
        stack.apply()
        use(Cloud(engine, stack, stack.outputs()))

        stack.destroy()

        assert_nothing_is_left(engine.client)


def use(cloud: Cloud) -> None:
    """Leave data of all kinds in it: users, messages, and versions under odd keys."""
    cloud.wait_for_mail(cloud.insert_user())
    cloud.create_profile(1)
    for key in ("original/a.jpg", "original/a b+c%20d/é.jpg"):
        for data in (b"no picture", b"none either"):
            cloud.upload(key, data, user_profile_id="1")
    cloud.wait_for_profile(1, "thumbnailStatus", "FAILED")
    cloud.sqs.send_message(
        QueueUrl=cloud.outputs["failure_queue_urls"]["activation"], MessageBody="left behind"
    )


def assert_nothing_is_left(client: Callable[[str], Any]) -> None:
    assert client("dynamodb").list_tables()["TableNames"] == []
    assert client("s3").list_buckets()["Buckets"] == []
    assert client("sqs").list_queues().get("QueueUrls", []) == []
    assert client("stepfunctions").list_state_machines()["stateMachines"] == []
    assert client("lambda").list_functions()["Functions"] == []
    assert client("lambda").list_layers()["Layers"] == []
    assert client("lambda").list_event_source_mappings()["EventSourceMappings"] == []
    assert client("apigatewayv2").get_apis()["Items"] == []
    assert client("ssm").describe_parameters()["Parameters"] == []
    assert client("logs").describe_log_groups()["logGroups"] == []
    assert client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert client("cloudwatch").list_dashboards()["DashboardEntries"] == []
    assert client("sns").list_topics()["Topics"] == []
    assert client("iam").list_roles()["Roles"] == []
    assert client("sesv2").list_email_identities().get("EmailIdentities", []) == []
    assert client("sesv2").list_configuration_sets().get("ConfigurationSets", []) == []
