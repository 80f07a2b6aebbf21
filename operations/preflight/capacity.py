"""Lambda: whether the account's concurrency and memory are enough."""

from collections.abc import Iterator, Mapping

from operations.preflight import aws
from operations.preflight.context import Context
from operations.preflight.findings import Finding, fail, ok, warn
from operations.preflight.settings import LANES, WEB_API_MEMORY, Settings

# Of a new table: terraform/modules/dynamodb_stream_trigger/outputs.tf says why. With traffic there
# are more.
SHARDS = 4
# maximum_concurrency of the mapping of record_mail_feedback.
FEEDBACK = 2
# Lambda keeps these for functions without a reservation: "Configuring reserved concurrency".
ALWAYS_UNRESERVED = 100
# For the page, the uploads and the state machine's tasks.
ROOM = 10
# What a new account may give a function, in MiB. No API says it: "Lambda quotas", Lambda
# Developer Guide.
NEW_ACCOUNT_MEMORY = 3008
# An account with less concurrency than AWS's default is a new one.
DEFAULT_CONCURRENCY = 1000
REQUEST = (
    "request more concurrency: `aws service-quotas request-service-quota-increase "
    "--service-code lambda --quota-code L-B99A9384 --desired-value 1000`"
)


def capped(settings: Settings) -> Mapping[str, int]:
    """How many calls of each function can run at once at most, where something caps it.

    Terraform's output `concurrency` says the same of what was applied; this is before an apply.
    """
    user = settings.lanes("user") * SHARDS
    profile = settings.lanes("user_profile") * SHARDS
    found = {}
    if settings.sends_mails:
        found["user_table_trigger"] = user
    if settings.makes_thumbnails:
        found |= {"create_thumbnail": profile, "remove_profile_images": profile}
    if settings.records_feedback:
        found["record_mail_feedback"] = FEEDBACK
    return found


def reserved(settings: Settings) -> int:
    """How much concurrency the deployment reserves."""
    return int(settings.mail("rate_per_second") or 0) if settings.sends_mails else 0


def check(context: Context) -> Iterator[Finding]:
    """Compare the account's concurrency with what the functions can take, and the memory."""
    limits = context.aws.ask(aws.CONCURRENCY).get("AccountLimit", {})
    most = int(limits.get("ConcurrentExecutions", 0))
    # What this deployment has reserved already is reserved again.
    free = int(limits.get("UnreservedConcurrentExecutions", most)) + _reserved_already(context)
    wanted = reserved(context.settings)
    if wanted:
        yield _reservation(most, free, wanted)
    yield _room(context, most, free - wanted)
    yield from _tasks(context, most, wanted)
    yield from _memory(context.settings, most)


def _reserved_already(context: Context) -> int:
    name = f"function:{context.settings.prefix}-SendUserActivationMail"
    resources = context.state.resources if context.state is not None else {}
    attributes = resources.get(context.arn("lambda", name), {})
    return max(0, int(attributes.get("reserved_concurrent_executions") or 0))


def _reservation(most: int, free: int, wanted: int) -> Finding:
    if free - wanted < ALWAYS_UNRESERVED:
        return fail(
            "Lambda reservation",
            f"mail.rate_per_second reserves {wanted} of {free}, and Lambda keeps "
            f"{ALWAYS_UNRESERVED} unreserved (the account has {most})",
            "set mail.rate_per_second = null, or " + REQUEST,
        )
    return ok("Lambda reservation", f"{wanted} for the mails, {free - wanted} stay unreserved")


def _room(context: Context, most: int, free: int) -> Finding:
    lanes = capped(context.settings)
    taken = sum(lanes.values())
    detail = ", ".join(f"{name} {number}" for name, number in lanes.items())
    found = f"{most} in the account, {free} unreserved; streams and queues take up to {taken}"
    if free - taken < ROOM:
        return warn(
            "Lambda concurrency",
            f"{found} ({detail}): the page then answers 5xx",
            _more_room(context.settings),
        )
    return ok("Lambda concurrency", found)


def _more_room(settings: Settings) -> str:
    """What frees concurrency: fewer lanes only where a stream has more than one."""
    lanes = {
        "user": settings.lanes("user") if settings.sends_mails else LANES,
        "user_profile": settings.lanes("user_profile") if settings.makes_thumbnails else LANES,
    }
    names = [f"streams.{name}.parallelization_factor" for name in lanes if lanes[name] > LANES]
    return (
        f"lower {' and '.join(names)}, or {REQUEST}" if names else f"before users come, {REQUEST}"
    )


def _tasks(context: Context, most: int, wanted: int) -> Iterator[Finding]:
    if context.settings.sends_mails and most < DEFAULT_CONCURRENCY:
        mails = "" if wanted else " and send_user_activation_mail"
        yield warn(
            "Lambda concurrency",
            f"nothing caps the state machine's get_user_activation_status{mails}: many sign-ups "
            f"at once can take all {most}",
            REQUEST,
        )


def _memory(settings: Settings, most: int) -> Iterator[Finding]:
    if not settings.makes_thumbnails:
        return
    wanted = int(settings.thumbnails("memory_size"))
    if wanted <= NEW_ACCOUNT_MEMORY:
        yield ok("Lambda memory", f"at most {max(wanted, WEB_API_MEMORY)} MB")
    elif most < DEFAULT_CONCURRENCY:
        yield warn(
            "Lambda memory",
            f"thumbnails.memory_size is {wanted}, and a new account such as this may refuse more "
            f"than {NEW_ACCOUNT_MEMORY} MB; no API says it",
            f"set at most {NEW_ACCOUNT_MEMORY}, or ask AWS Support for more",
        )
    else:
        yield ok("Lambda memory", f"{wanted} MB; only a new account has less")
