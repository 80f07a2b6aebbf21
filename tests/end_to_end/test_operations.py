"""What a person is told by: the alarms of a deployment, and their way to whom they wake."""

import json
from typing import TYPE_CHECKING, Any

from tooling.polling import wait_until

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Cloud


def test_every_alarm_stands_and_tells_the_topic(cloud: "Cloud") -> None:
    pages = cloud.engine.client("cloudwatch").get_paginator("describe_alarms").paginate()
    alarms = {alarm["AlarmName"]: alarm for page in pages for alarm in page["MetricAlarms"]}

    assert set(alarms) == set(cloud.outputs["alarm_names"])
    for alarm in alarms.values():
        assert alarm["ActionsEnabled"]
        assert alarm["AlarmActions"] == [cloud.outputs["alarm_topic_arn"]]


def test_the_dashboard_stands(cloud: "Cloud") -> None:
    dashboard = cloud.engine.client("cloudwatch").get_dashboard(
        DashboardName=cloud.outputs["dashboard_name"]
    )
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    (shown,) = [widget for widget in widgets if widget["type"] == "alarm"]
    assert len(shown["properties"]["alarms"]) == len(cloud.outputs["alarm_names"])


def test_an_alarm_reaches_who_has_subscribed(cloud: "Cloud") -> None:
    alarm_name = f"{cloud.outputs['function_names']['web_api']}-errors"
    queue_url = cloud.sqs.create_queue(QueueName="a-pager")["QueueUrl"]
    try:
        cloud.engine.client("sns").subscribe(
            TopicArn=cloud.outputs["alarm_topic_arn"],
            Protocol="sqs",
            Endpoint=arn_of(cloud, queue_url),
        )
        cloud.engine.client("cloudwatch").set_alarm_state(
            AlarmName=alarm_name, StateValue="ALARM", StateReason="A try"
        )
        (message,) = wait_until(
            lambda: cloud.sqs.receive_message(QueueUrl=queue_url).get("Messages"),
            f"the alarm {alarm_name}",
        )
    finally:
        cloud.sqs.delete_queue(QueueUrl=queue_url)

    told: dict[str, Any] = json.loads(json.loads(message["Body"])["Message"])
    assert told["AlarmName"] == alarm_name
    assert told["NewStateValue"] == "ALARM"
    assert told["AlarmDescription"].endswith("What to do: docs/runbooks/errors.md")


def arn_of(cloud: "Cloud", queue_url: str) -> str:
    answer = cloud.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    return str(answer["Attributes"]["QueueArn"])
