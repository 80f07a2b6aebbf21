import json

from tooling.terraform import ChangeLog


class Told:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, text: str) -> None:
        self.texts.append(text)


def complete(address: str, action: str = "create") -> str:
    hook = {"resource": {"addr": address}, "action": action}
    return json.dumps({"type": "apply_complete", "hook": hook})


def test_resources_are_counted_and_data_sources_are_not() -> None:
    told = Told()
    log = ChangeLog(told)
    summary = {"add": 2, "change": 1, "remove": 0, "operation": "plan"}

    log.read(json.dumps({"type": "change_summary", "changes": summary}))
    log.read(complete("data.aws_region.current", "read"))
    log.read(complete("aws_sqs_queue.a"))
    log.read(complete("aws_sqs_queue.b", "update"))

    assert told.texts == [
        "1 of 3 resources, last aws_sqs_queue.a",
        "2 of 3 resources, last aws_sqs_queue.b",
    ]


def test_errors_are_collected_with_their_place() -> None:
    log = ChangeLog(Told())
    error = {"severity": "error", "summary": "No", "detail": "Why", "address": "aws_x.y"}

    log.read(json.dumps({"type": "diagnostic", "diagnostic": error}))
    log.read(json.dumps({"type": "diagnostic", "diagnostic": {**error, "severity": "warning"}}))

    assert log.errors == ["No (aws_x.y)\nWhy"]


def test_lines_that_are_no_events_are_passed_over() -> None:
    told = Told()
    log = ChangeLog(told)

    for line in ("Warning: x", "[]", "null", "{}", '{"type": "apply_complete"}'):
        log.read(line)

    assert told.texts == []
    assert log.errors == []
