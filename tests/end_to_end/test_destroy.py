"""A stack that was used can be destroyed."""

from collections.abc import Callable
from typing import Any

from tests.end_to_end.conftest import Cloud


def test_destroy_leaves_nothing(cloud: Cloud) -> None:
    """Of all tests on a stack it is the last: tests/side_by_side.py."""
    use(cloud)

    cloud.stack.destroy()

    assert_nothing_is_left(cloud.engine.client)


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
