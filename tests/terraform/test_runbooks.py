"""Every alarm has its page, every page its alarm, and what the pages say is what the code has."""

import ast
import re

import hcl2

from tooling.paths import REPOSITORY, TERRAFORM_SOURCE

MODULE = TERRAFORM_SOURCE / "modules" / "operations"
OPERATIONS = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
PAGES = {
    page.stem: page.read_text(encoding="utf-8")
    for page in (REPOSITORY / "docs" / "runbooks").iterdir()
}
OPTIONS = hcl2.SerializationOptions(strip_string_quotes=True, with_comments=False)
HEADINGS = [
    "What users notice",
    "Is it still happening",
    "Likely causes",
    "What to do",
    "How to know that it is over",
]
SCREEN = 60  # lines that one sees without looking for them

# Errors of the functions' own that end no call: nobody meets them in a log or a queue.
ENDS_NO_CALL = {
    "BrokenPixelsError": "create_thumbnail refuses the picture",
    "ImageRefusedError": "create_thumbnail notes it on the profile, as thumbnailError",
    "ProblemError": "web_api answers it: it is the answer",
    "TooManyAttemptsError": "web_api answers it, with 429",
}

HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
CODE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
ROW = re.compile(
    r"^\| \[`-([a-z0-9-]+)`\]\(runbooks/([a-z0-9-]+)\.md\) \| .+ \| .+ \|$", re.MULTILINE
)


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
    """What an alarm is called behind the name of what it watches, such as "errors"."""
    found = re.fullmatch(r"(?:\$\{[\w.]+\}-?)+?-([a-z0-9-]+)", str(alarm_name))
    assert found, alarm_name
    return found[1]


def headings(page: str) -> list[tuple[int, str]]:
    return [(len(marks), text) for marks, text in HEADING.findall(CODE.sub("", page))]


def test_each_alarm_has_a_page_and_each_page_an_alarm() -> None:
    ends = [end_of(alarm["alarm_name"]) for alarm in alarms().values()]
    assert len(ends) == len(set(ends)) > 10
    assert set(PAGES) == set(ends)


def test_each_page_has_the_same_shape() -> None:
    for end, page in PAGES.items():
        (level, title), *rest = headings(page)
        assert (level, title.split(":")[0]) == (1, f"-{end}")
        assert rest == [(2, heading) for heading in HEADINGS], end
        assert f"For the person whom the alarm `…-{end}` woke." in page, end


def test_each_page_has_a_command_that_says_whether_it_is_still_happening() -> None:
    for end, page in PAGES.items():
        answer = page.split("## Is it still happening\n")[1].split("\n## ")[0]
        assert "```shell\n" in answer, end


def test_each_alarm_is_on_the_one_screen_with_a_link_to_its_page() -> None:
    rows = ROW.findall(OPERATIONS)
    assert all(shown == linked for shown, linked in rows)
    assert sorted(shown for shown, _ in rows) == sorted(PAGES)
    assert len(OPERATIONS.splitlines()) <= SCREEN


def test_each_alarm_says_where_to_read_on() -> None:
    for name, alarm in alarms().items():
        description = str(alarm["alarm_description"])
        page = f"{end_of(alarm['alarm_name'])}.md"
        assert description.endswith(f". ${{local.runbooks}}/{page}"), name


def test_each_alarm_is_on_the_dashboard() -> None:
    dashboard = (MODULE / "dashboard.tf").read_text(encoding="utf-8")
    listed = re.findall(r"aws_cloudwatch_metric_alarm\.(\w+)", dashboard)
    assert sorted(listed) == sorted(alarms())


def errors_of_functions() -> set[str]:
    """The exceptions that functions define, by the name that Lambda reports them under."""
    return {
        node.name
        for path in (REPOSITORY / "lambdas").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(re.search(r"(Exception|Error)$", ast.unparse(base)) for base in node.bases)
    }


def test_each_error_that_ends_a_call_is_on_a_page() -> None:
    found = errors_of_functions()
    assert set(ENDS_NO_CALL) < found
    on_the_pages = {error for page in PAGES.values() for error in re.findall(r"`(\w+Error)`", page)}
    assert found - set(ENDS_NO_CALL) - on_the_pages == set()


def test_what_the_pages_search_the_logs_for_is_what_the_functions_log() -> None:
    sources = "".join(
        path.read_text(encoding="utf-8") for path in (REPOSITORY / "lambdas").rglob("*.py")
    )
    pages = [page.read_text(encoding="utf-8") for page in (REPOSITORY / "docs").rglob("*.md")]
    searched = {text for page in pages for text in re.findall(r'\$\.message = "([^"]+)"', page)}
    assert len(searched) >= 4
    assert [text for text in searched if f'"{text}"' not in sources] == []
