"""The stack as a whole: nothing drifts, nothing stays."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Cloud


def test_second_plan_changes_nothing(cloud: "Cloud") -> None:
    assert cloud.deployment.plan_has_changes() is None


def test_destroy_leaves_nothing(cloud: "Cloud") -> None:
    """The order of collection makes this the last test (see conftest.py)."""
    cloud.deployment.destroy()
    client = cloud.engine.client

    assert cloud.dynamodb.list_tables()["TableNames"] == []
    assert cloud.s3.list_buckets()["Buckets"] == []
    assert cloud.sqs.list_queues().get("QueueUrls", []) == []
    assert cloud.states.list_state_machines()["stateMachines"] == []
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
