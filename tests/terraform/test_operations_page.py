"""Every alarm has its entry on the page of operations, and what that says is what the code has."""

import ast
import re

import hcl2

from tooling.paths import REPOSITORY, TERRAFORM_SOURCE

MODULE = TERRAFORM_SOURCE / "modules" / "operations"
PAGE = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
OPTIONS = hcl2.SerializationOptions(strip_string_quotes=True, with_comments=False)
QUESTIONS = ["What it means", "How to look", "What to do"]

# Errors of the functions' own that end no call: nobody meets them in a log or a queue.
ENDS_NO_CALL = {
    "ImageRefusedError": "create_thumbnail notes it on the profile, as thumbnailError",
    "ProblemError": "web_api answers it: it is the answer",
    "TooManyAttemptsError": "web_api answers it, with 429",
}

HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def alarms() -> dict[str, dict[str, object]]:
    """The alarms of the module by the name of their resource."""
    return {
        name: body
        for path in MODULE.glob("*.tf")
        for resource in hcl2.loads(path.read_text("utf-8"), serialization_options=OPTIONS).get(
            "resource", []
        )
        for name, body in resource.get("aws_cloudwatch_metric_alarm", {}).items()
        if name != "__is_block__"
    }


def end_of(alarm_name: object) -> str:
    """What an alarm is called behind the name of what it watches, such as "-errors"."""
    found = re.fullmatch(r"(?:\$\{[\w.]+\}-?)+?(-[a-z0-9-]+)", str(alarm_name))
    assert found, alarm_name
    return found[1]


def headings() -> list[tuple[int, str]]:
    return [(len(marks), text) for marks, text in HEADING.findall(CODE.sub("", PAGE))]


def entries() -> dict[str, list[str]]:
    """The parts of each entry of an alarm, by the end of the alarm's name."""
    found: dict[str, list[str]] = {}
    entry: list[str] = []
    for level, text in headings():
        if level <= 3:
            entry = []
            if text.startswith("-"):
                found[text.split(":")[0]] = entry
        else:
            entry.append(text)
    return found


def test_each_alarm_has_an_entry_and_each_entry_an_alarm() -> None:
    ends = [end_of(alarm["alarm_name"]) for alarm in alarms().values()]
    assert len(ends) == len(set(ends)) > 10
    assert set(entries()) == set(ends)


def test_each_entry_answers_the_same_questions() -> None:
    for end, parts in entries().items():
        assert parts == QUESTIONS, end


def test_each_alarm_says_where_to_read_on() -> None:
    for name, alarm in alarms().items():
        description = str(alarm["alarm_description"])
        assert description.endswith(f" ${{local.runbook}}, {end_of(alarm['alarm_name'])}."), name


def test_each_alarm_is_on_the_dashboard() -> None:
    dashboard = (MODULE / "dashboard.tf").read_text(encoding="utf-8")
    listed = re.findall(r"aws_cloudwatch_metric_alarm\.(\w+)", dashboard)
    assert sorted(listed) == sorted(alarms())


def slug(heading: str) -> str:
    """The anchor that a heading gets: https://docs.github.com/en/get-started/writing-on-github"""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_links_within_the_page_lead_somewhere() -> None:
    links = set(re.findall(r"\]\(#([^)]+)\)", PAGE))
    assert links
    assert links <= {slug(text) for _, text in headings()}


def test_links_to_other_pages_lead_somewhere() -> None:
    for page, anchor in re.findall(r"\]\(([\w-]+\.md)(?:#([^)]+))?\)", PAGE):
        text = (REPOSITORY / "docs" / page).read_text(encoding="utf-8")
        assert not anchor or anchor in {slug(heading) for _, heading in HEADING.findall(text)}, (
            anchor
        )


def errors_of_functions() -> set[str]:
    """The exceptions that functions define, by the name that Lambda reports them under."""
    return {
        node.name
        for path in (REPOSITORY / "lambdas").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(re.search(r"(Exception|Error)$", ast.unparse(base)) for base in node.bases)
    }


def test_each_error_that_ends_a_call_is_on_the_page() -> None:
    found = errors_of_functions()
    assert set(ENDS_NO_CALL) < found
    on_the_page = set(re.findall(r"`(\w+Error)`", PAGE))
    assert found - set(ENDS_NO_CALL) - on_the_page == set()
