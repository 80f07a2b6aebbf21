"""The steps of a run, in their order. docs/smoke.md says what each one proves."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Protocol

from operations.smoke import activation, cleaning, edge, logs, operation, page, pictures
from operations.smoke.run import Run
from operations.smoke.steps import Step

MAILS = ("user_table_name",)
PICTURES = ("user_profile_table_name",)
PAGE = ("web_api_url",)
MACHINE = ("state_machine_arn",)
FEEDBACK = ("mail_feedback_topic_arn",)
ALARMS = ("alarm_topic_arn",)
FUNCTIONS = ("function_names",)
DELIVERY = (*PICTURES, "delivery_origin")
QUEUES = ("failure_queue_urls",)

# By function: the alarm's page on its source, and the outputs without which it isn't deployed.
MAPPINGS = {
    "user_table_trigger": ("docs/runbooks/not-read.md", MAILS),
    "record_mail_feedback": ("docs/runbooks/backlog.md", FEEDBACK),
    "create_thumbnail": ("docs/runbooks/not-read.md", PICTURES),
    "remove_profile_images": ("docs/runbooks/not-read.md", PICTURES),
}
# By function: the step that makes it write a line, and the outputs without which none does.
LINES = {
    "web_api": ("sign-up", PAGE),
    "user_table_trigger": ("mail", MAILS),
    "get_user_activation_status": ("mail", MAILS),
    "send_user_activation_mail": ("mail", MAILS),
    "record_mail_feedback": ("bounce", (*MAILS, *FEEDBACK)),
    "set_profile_image": ("thumbnail", PICTURES),
    "create_thumbnail": ("thumbnail", PICTURES),
    "remove_profile_images": ("removal", PICTURES),
}
LEFTOVERS = Step("leftovers of killed runs", cleaning.leftovers, "docs/smoke.md")
CLEAN_UP = Step("clean-up", cleaning.clean_up, "docs/smoke.md")


def _mapping(function: str) -> str:
    return f"mapping of {function}"


class _Check(Protocol):
    """What a step does with one of the functions."""

    def __call__(self, run: Run, function: str) -> str: ...


def _of_each(
    name: str,
    check: _Check,
    functions: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]],
) -> Iterator[Step]:
    """A step for each function.

    Args:
        name: The first part of the steps' names.
        check: What each does.
        functions: By function: what to read, what the step needs, and which outputs.
    """
    for function, (read, needs, outputs) in functions.items():
        yield Step(
            f"{name} of {function}",
            partial(check, function=function),
            read,
            needs,
            (*outputs, *FUNCTIONS),
        )


STEPS = (
    LEFTOVERS,
    *_of_each(
        "mapping",
        operation.mapping,
        {function: (read, (), outputs) for function, (read, outputs) in MAPPINGS.items()},
    ),
    Step("page", page.page, "docs/runbooks/5xx.md", (), PAGE),
    Step("wrong host", page.wrong_host, "docs/web-api.md", (), PAGE),
    Step("unknown path", page.unknown_path, "docs/web-api.md", ("page",), PAGE),
    Step("sign-up", activation.sign_up, "docs/runbooks/5xx.md", (), MAILS),
    Step(
        "execution",
        activation.execution,
        "docs/runbooks/executions-failed.md",
        ("sign-up", _mapping("user_table_trigger")),
        (*MAILS, *MACHINE),
    ),
    Step(
        "mail",
        activation.mail_sent,
        "docs/runbooks/executions-failed.md",
        ("sign-up", "execution"),
        MAILS,
    ),
    Step(
        "bounce",
        activation.bounce,
        "docs/mail-reputation.md",
        ("mail", _mapping("record_mail_feedback")),
        (*MAILS, *FEEDBACK),
    ),
    Step("known token", activation.known_token, "docs/web-api.md", ("mail",), PAGE),
    Step("activation", activation.activate, "docs/web-api.md", ("known token",), PAGE),
    Step("sign-in", activation.sign_in, "docs/web-api.md", ("activation",), PAGE),
    Step("upload", pictures.upload, "docs/web-api.md", ("page", "sign-in"), PICTURES),
    Step(
        "thumbnail",
        pictures.thumbnail,
        "docs/where-events-end.md",
        ("upload", _mapping("create_thumbnail")),
        PICTURES,
    ),
    Step("refused uploads", pictures.refused_uploads, "docs/web-api.md", ("sign-in",), PAGE),
    Step("unsigned GET", pictures.unsigned_get, "docs/security.md", ("upload",), PICTURES),
    Step("public address", edge.public_picture, "docs/delivery.md", ("thumbnail",), DELIVERY),
    Step("cache key", edge.cache_key, "docs/delivery.md", ("public address",), DELIVERY),
    Step(
        "second upload",
        pictures.second_upload,
        "docs/where-events-end.md",
        ("thumbnail", _mapping("remove_profile_images")),
        PICTURES,
    ),
    Step(
        "removal from caches",
        edge.removed_picture,
        "docs/delivery.md",
        ("public address", "second upload"),
        DELIVERY,
    ),
    Step("removal", pictures.removal, "docs/where-events-end.md", ("second upload",), PICTURES),
    *_of_each(
        "log",
        logs.log_line,
        {
            function: ("docs/smoke.md", (need,), outputs)
            for function, (need, outputs) in LINES.items()
        },
    ),
    *_of_each(
        "last batch",
        operation.last_batch,
        {
            function: (read, (_mapping(function),), outputs)
            for function, (read, outputs) in MAPPINGS.items()
        },
    ),
    Step("failure queues", operation.failure_queues, "docs/redrive.md", (), QUEUES),
    Step("alarms", operation.alarms, "docs/operations.md", (), ALARMS),
    Step("alarm topic", operation.alarm_topic, "docs/alarms.md", (), ALARMS),
    Step("subscriptions", operation.subscriptions, "docs/alarms.md", (), ALARMS),
    Step("plan", operation.plan, "docs/smoke.md"),
)
