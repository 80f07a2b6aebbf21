"""The steps of a run, in their order. docs/smoke.md says what each one proves."""

from functools import partial

from operations.smoke import activation, cleaning, logs, operation, page, pictures
from operations.smoke.steps import Step

MAILS = ("user_table_name",)
PICTURES = ("user_profile_table_name",)
PAGE = ("web_api_url",)
FEEDBACK = ("mail_feedback_topic_arn",)
ALARMS = ("alarm_topic_arn",)
FUNCTIONS = ("function_names",)
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
    "user_table_trigger": ("mail", PAGE),
    "get_user_activation_status": ("mail", PAGE),
    "send_user_activation_mail": ("mail", PAGE),
    "record_mail_feedback": ("bounce", (*PAGE, *FEEDBACK)),
    "set_profile_image": ("thumbnail", PAGE),
    "create_thumbnail": ("thumbnail", PAGE),
    "remove_profile_images": ("removal", PAGE),
}
LEFTOVERS = Step(
    "leftovers of killed runs", cleaning.leftovers, "docs/smoke.md", (), (*MAILS, *QUEUES)
)
CLEAN_UP = Step("clean-up", cleaning.clean_up, "docs/smoke.md", (), (*MAILS, *QUEUES))


def _mapping(function: str) -> str:
    return f"mapping of {function}"


STEPS = (
    LEFTOVERS,
    *(
        Step(
            _mapping(function),
            partial(operation.mapping, function=function),
            read,
            (),
            (*outputs, *FUNCTIONS),
        )
        for function, (read, outputs) in MAPPINGS.items()
    ),
    Step("page", page.page, "docs/runbooks/5xx.md", (), PAGE),
    Step("wrong host", page.wrong_host, "docs/web-api.md", (), PAGE),
    Step("unknown path", page.unknown_path, "docs/web-api.md", ("page",), PAGE),
    Step("sign-up", activation.sign_up, "docs/runbooks/5xx.md", (), PAGE),
    Step(
        "execution",
        activation.execution,
        "docs/runbooks/executions-failed.md",
        ("sign-up", _mapping("user_table_trigger")),
        PAGE,
    ),
    Step("mail", activation.mail_sent, "docs/runbooks/executions-failed.md", ("execution",), PAGE),
    Step(
        "bounce",
        activation.bounce,
        "docs/mail-reputation.md",
        ("mail", _mapping("record_mail_feedback")),
        (*PAGE, *FEEDBACK),
    ),
    Step("known token", activation.known_token, "docs/web-api.md", ("mail",), PAGE),
    Step("activation", activation.activate, "docs/web-api.md", ("known token",), PAGE),
    Step("sign-in", activation.sign_in, "docs/web-api.md", ("activation",), PAGE),
    Step("upload", pictures.upload, "docs/web-api.md", ("page", "sign-in"), PAGE),
    Step(
        "thumbnail",
        pictures.thumbnail,
        "docs/where-events-end.md",
        ("upload", _mapping("create_thumbnail")),
        PAGE,
    ),
    Step("refused uploads", pictures.refused_uploads, "docs/web-api.md", ("sign-in",), PAGE),
    Step("unsigned GET", pictures.unsigned_get, "docs/security.md", ("upload",), PAGE),
    Step(
        "second upload",
        pictures.second_upload,
        "docs/where-events-end.md",
        ("thumbnail", _mapping("remove_profile_images")),
        PAGE,
    ),
    Step("removal", pictures.removal, "docs/where-events-end.md", ("second upload",), PAGE),
    *(
        Step(
            f"log of {function}",
            partial(logs.log_line, function=function),
            "docs/smoke.md",
            (need,),
            (*outputs, *FUNCTIONS),
        )
        for function, (need, outputs) in LINES.items()
    ),
    *(
        Step(
            f"last batch of {function}",
            partial(operation.last_batch, function=function),
            read,
            (_mapping(function),),
            (*outputs, *FUNCTIONS),
        )
        for function, (read, outputs) in MAPPINGS.items()
    ),
    Step("failure queues", operation.failure_queues, "docs/redrive.md", (), QUEUES),
    Step("alarms", operation.alarms, "docs/operations.md", (), ALARMS),
    Step("alarm topic", operation.alarm_topic, "docs/alarms.md", (), ALARMS),
    Step("subscriptions", operation.subscriptions, "docs/alarms.md", (), ALARMS),
    Step("plan", operation.plan, "docs/smoke.md"),
)
