"""Returns settings as they were set, so that Terraform's second plan shows no change.

The engine keeps all of an alarm, but returns less by the Query protocol, which Terraform's provider
uses. It doesn't keep a state machine's tracing and a mapping's metrics.
"""

# ruff: noqa: SLF001, PLC0415 - internals of one version, which only the engine has

import json
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree as ET

_CLOUDWATCH = "http://monitoring.amazonaws.com/doc/2010-08-01/"

# An alarm's plain values, by the API's names, which the engine uses too:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
_ALARM_VALUES = (
    "ActionsEnabled",
    "AlarmDescription",
    "Period",
    "Statistic",
    "TreatMissingData",
    "Unit",
)
_ALARM_LISTS = ("AlarmActions", "InsufficientDataActions", "OKActions")

_NO_TRACING = {"enabled": False}


def install() -> None:
    """Complete alarms, state machines and event source mappings."""
    _complete_alarms()
    _keep_tracing()
    _keep_metrics()


def _complete_alarms() -> None:
    from ministack.services import cloudwatch

    describe = cloudwatch._describe_alarms

    def describe_whole(
        params: dict[str, Any],
        cbor_data: dict[str, Any],
        is_cbor: bool,
        is_json: bool = False,
    ) -> Any:  # noqa: ANN401 - the engine's
        status, headers, body = describe(params, cbor_data, is_cbor, is_json)
        if is_cbor or is_json or status != 200:
            return status, headers, body
        return status, headers, with_whole_alarms(body, cloudwatch._alarms)

    cloudwatch._describe_alarms = describe_whole


def with_whole_alarms(answer: bytes, alarms: Mapping[str, Mapping[str, Any]]) -> bytes:
    """A response to DescribeAlarms (XML), completed with the missing values of each metric alarm.

    `alarms` are the engine's, by name.
    """
    root = ET.fromstring(answer)  # noqa: S314 - the engine's own answer
    for told in root.findall(f".//{_tag('MetricAlarms')}/{_tag('member')}"):
        alarm = alarms[told.findtext(_tag("AlarmName"), "")]
        for name in _ALARM_VALUES:
            if told.find(_tag(name)) is None and alarm.get(name) not in (None, ""):
                ET.SubElement(told, _tag(name)).text = _text(alarm[name])
        for name in _ALARM_LISTS:
            members = ET.SubElement(told, _tag(name))
            for value in alarm.get(name, ()):
                ET.SubElement(members, _tag("member")).text = value
        dimensions = ET.SubElement(told, _tag("Dimensions"))
        for dimension in alarm.get("Dimensions", ()):
            member = ET.SubElement(dimensions, _tag("member"))
            for name in ("Name", "Value"):
                ET.SubElement(member, _tag(name)).text = dimension[name]
    whole: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return whole


def _tag(name: str) -> str:
    return f"{{{_CLOUDWATCH}}}{name}"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _keep_tracing() -> None:
    from ministack.services import stepfunctions

    machines = stepfunctions._state_machines
    stepfunctions._create_state_machine = keeping_tracing(
        stepfunctions._create_state_machine,
        machines,
        default=_NO_TRACING,
    )
    stepfunctions._update_state_machine = keeping_tracing(
        stepfunctions._update_state_machine,
        machines,
        default=None,
    )


def keeping_tracing(
    change: Callable[[dict[str, Any]], tuple[int, Any, Any]],
    machines: Mapping[str, dict[str, Any]],
    *,
    default: Mapping[str, Any] | None,
) -> Callable[[dict[str, Any]], tuple[int, Any, Any]]:
    """Wrap a function that creates or updates a state machine, to keep the tracing configuration.

    Args:
        change: the engine's function: takes the request, returns status, headers and body.
        machines: the engine's state machines, by ARN.
        default: for a request without tracing; None leaves the former configuration.
    """

    def change_and_keep(request: dict[str, Any]) -> tuple[int, Any, Any]:
        status, headers, body = change(request)
        configuration = request.get("tracingConfiguration", default)
        if status == 200 and configuration is not None:
            arn = request.get("stateMachineArn") or json.loads(body)["stateMachineArn"]
            machines[arn]["tracingConfiguration"] = configuration
        return status, headers, body

    return change_and_keep


def _keep_metrics() -> None:
    from ministack.services import lambda_svc

    mappings = lambda_svc._esms
    lambda_svc._create_esm = keeping_metrics(lambda_svc._create_esm, mappings)
    lambda_svc._update_esm = keeping_metrics(lambda_svc._update_esm, mappings)


def keeping_metrics(
    change: Callable[..., tuple[int, Any, Any]], mappings: Mapping[str, dict[str, Any]]
) -> Callable[..., tuple[int, Any, Any]]:
    """Wrap a function that creates or updates a mapping, to keep the metrics configuration.

    Args:
        change: the engine's function: takes the request last, returns status, headers and body.
        mappings: the engine's event source mappings, by UUID.
    """

    def change_and_keep(*arguments: Any) -> tuple[int, Any, Any]:  # noqa: ANN401 - the engine's
        status, headers, body = change(*arguments)
        request = arguments[-1]
        if status in (200, 202) and "MetricsConfig" in request:
            mappings[json.loads(body)["UUID"]]["MetricsConfig"] = request["MetricsConfig"]
        return status, headers, body

    return change_and_keep
