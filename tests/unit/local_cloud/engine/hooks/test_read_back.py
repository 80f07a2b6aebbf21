import json
from typing import Any
from xml.etree import ElementTree as ET

from local_cloud.engine.hooks.read_back import keeping_metrics, keeping_tracing, with_whole_alarms

NAMESPACE = {"cw": "http://monitoring.amazonaws.com/doc/2010-08-01/"}
ANSWER = (
    b'<?xml version="1.0" encoding="UTF-8"?>'
    b'<DescribeAlarmsResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/">'
    b"<DescribeAlarmsResult><MetricAlarms><member><AlarmName>errors</AlarmName>"
    b"<MetricName>Errors</MetricName><Threshold>1.0</Threshold></member></MetricAlarms>"
    b"<CompositeAlarms><member><AlarmName>both</AlarmName></member></CompositeAlarms>"
    b"</DescribeAlarmsResult></DescribeAlarmsResponse>"
)


def alarm(**changes: object) -> dict[str, Any]:
    return {
        "AlarmName": "errors",
        "AlarmDescription": "Calls fail & fail",
        "MetricName": "Errors",
        "Threshold": 1.0,
        "Statistic": "Sum",
        "Unit": None,
        "Period": 300,
        "TreatMissingData": "notBreaching",
        "ActionsEnabled": True,
        "AlarmActions": ["arn:topic"],
        "OKActions": [],
        "InsufficientDataActions": [],
        "Dimensions": [{"Name": "FunctionName", "Value": "WebApi"}],
        **changes,
    }


def told(kind: str = "MetricAlarms", **changes: object) -> ET.Element:
    answer = with_whole_alarms(ANSWER, {"errors": alarm(**changes)})
    root = ET.fromstring(answer)  # noqa: S314 - the test's own answer
    (member,) = root.findall(f".//cw:{kind}/cw:member", NAMESPACE)
    return member


def texts(element: ET.Element, path: str) -> list[str | None]:
    return [found.text for found in element.findall(path, NAMESPACE)]


def test_an_alarm_is_told_whole() -> None:
    member = told()

    assert texts(member, "cw:AlarmDescription") == ["Calls fail & fail"]
    assert texts(member, "cw:Statistic") == ["Sum"]
    assert texts(member, "cw:Period") == ["300"]
    assert texts(member, "cw:TreatMissingData") == ["notBreaching"]
    assert texts(member, "cw:ActionsEnabled") == ["true"]
    assert texts(member, "cw:AlarmActions/cw:member") == ["arn:topic"]
    assert texts(member, "cw:Dimensions/cw:member/cw:Name") == ["FunctionName"]
    assert texts(member, "cw:Dimensions/cw:member/cw:Value") == ["WebApi"]


def test_what_the_engine_told_is_told_once() -> None:
    member = told()

    assert texts(member, "cw:MetricName") == ["Errors"]
    assert texts(member, "cw:Threshold") == ["1.0"]


def test_what_was_not_set_is_not_told() -> None:
    member = told(AlarmDescription="", Dimensions=[], ActionsEnabled=False)

    assert texts(member, "cw:AlarmDescription") == []
    assert texts(member, "cw:Unit") == []
    assert texts(member, "cw:OKActions/cw:member") == []
    assert texts(member, "cw:Dimensions/cw:member") == []
    assert texts(member, "cw:ActionsEnabled") == ["false"]


def test_composite_alarms_are_left_as_they_are() -> None:
    assert len(told("CompositeAlarms")) == 1


class Machines:
    """State machines in the engine's form, and its function that changes one."""

    def __init__(self, status: int = 200, **kept: object) -> None:
        self.by_arn: dict[str, dict[str, Any]] = {"arn:machine": {"name": "machine", **kept}}
        self._status = status

    def change(self, _request: dict[str, Any]) -> tuple[int, Any, Any]:
        return self._status, {}, json.dumps({"stateMachineArn": "arn:machine"}).encode()

    def tracing_after(self, request: dict[str, Any], *, default: dict[str, Any] | None) -> object:
        keeping_tracing(self.change, self.by_arn, default=default)(request)
        return self.by_arn["arn:machine"].get("tracingConfiguration")


ON, OFF = {"enabled": True}, {"enabled": False}


def test_a_new_state_machine_is_traced_as_it_was_asked_for() -> None:
    assert Machines().tracing_after({"tracingConfiguration": ON}, default=OFF) == ON
    assert Machines().tracing_after({}, default=OFF) == OFF


def test_an_update_changes_tracing_only_where_it_names_it() -> None:
    update = {"stateMachineArn": "arn:machine"}

    assert Machines(tracingConfiguration=ON).tracing_after(update, default=None) == ON
    traced = {**update, "tracingConfiguration": ON}
    assert Machines(tracingConfiguration=OFF).tracing_after(traced, default=None) == ON


def test_a_refused_change_is_not_kept() -> None:
    refused = Machines(status=400)

    assert refused.tracing_after({"tracingConfiguration": ON}, default=OFF) is None


def test_the_answer_is_the_engines_own() -> None:
    machines = Machines()

    answer = keeping_tracing(machines.change, machines.by_arn, default=OFF)({})

    assert answer == machines.change({})


COUNTS = {"Metrics": ["EventCount"]}


def metrics_after(request: dict[str, Any], *, status: int = 202) -> object:
    """A mapping's metrics after a request, on a mapping without metrics before."""
    mappings: dict[str, dict[str, Any]] = {"one": {"UUID": "one"}}

    def change(_uuid: str, _request: dict[str, Any]) -> tuple[int, Any, Any]:
        return status, {}, json.dumps({"UUID": "one"}).encode()

    answer = keeping_metrics(change, mappings)("one", request)
    assert answer == change("one", request)
    return mappings["one"].get("MetricsConfig")


def test_a_mapping_keeps_its_metrics() -> None:
    assert metrics_after({"BatchSize": 5, "MetricsConfig": COUNTS}) == COUNTS
    assert metrics_after({"BatchSize": 5}) is None
    assert metrics_after({"MetricsConfig": COUNTS}, status=404) is None
