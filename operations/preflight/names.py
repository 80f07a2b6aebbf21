"""Names that are taken: by something that this deployment has not made."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from operations import environments
from operations.errors import OperationsError
from operations.preflight import aws
from operations.preflight.aws import Question
from operations.preflight.context import Context
from operations.preflight.findings import Finding, Status, ok, warn
from operations.preflight.settings import Settings

# 50 requests one after the other would take 10 s.
AT_ONCE = 8

ACTIVATION = ("UserTableTrigger", "GetUserActivationStatus", "SendUserActivationMail")
IMAGES = ("SetProfileImage", "CreateThumbnail", "RemoveProfileImages")
FEEDBACK, PAGE = "RecordMailFeedback", "WebApi"


@dataclass(frozen=True)
class Name:
    """The name of one resource.

    Attributes:
        kind: Such as "role".
        name: As AWS has it.
        arn: What Terraform's state has for it.
    """

    kind: str
    name: str
    arn: str


def names_of(context: Context) -> list[Name]:
    """Every name that the deployment gives and that must be free.

    Not those of alarms and the dashboard, which AWS would overwrite, and of layers and the HTTP
    API, which need no name of their own.
    """
    found = {
        "bucket": list(_buckets(context)),
        "domain name": [context.settings.domain["name"]] if context.settings.domain else [],
        "function": [f"{context.settings.prefix}-{name}" for name in functions(context.settings)],
        "log group": list(_log_groups(context.settings)),
        "parameter": list(_parameters(context.settings)),
        "queue": list(_queues(context.settings)),
        "role": list(_roles(context.settings)),
        "SES configuration set": list(_configuration_sets(context.settings)),
        "state machine": list(_state_machines(context.settings)),
        "table": list(_tables(context.settings)),
        "topic": list(_topics(context.settings)),
    }
    return [
        Name(kind, name, KINDS[kind].arn(context, name)) for kind in found for name in found[kind]
    ]


def functions(settings: Settings) -> list[str]:
    """The functions, by the end of their names."""
    return [
        *(ACTIVATION if settings.sends_mails else ()),
        *((FEEDBACK,) if settings.records_feedback else ()),
        *(IMAGES if settings.makes_thumbnails else ()),
        *((PAGE,) if settings.has_page else ()),
    ]


def _buckets(context: Context) -> Iterator[str]:
    unique = f"{context.account.id}-{context.settings.region}"
    yield f"{context.settings.prefix}-artifacts-{unique}"
    if context.settings.makes_thumbnails:
        yield f"{context.settings.prefix}-images-{unique}"


def _log_groups(settings: Settings) -> Iterator[str]:
    for name in functions(settings):
        yield f"/aws/lambda/{settings.prefix}-{name}"
    if settings.has_page:
        yield f"/aws/vendedlogs/apigateway/{settings.prefix}-web-api"
    if settings.sends_mails and settings.mail("state_machine_type") == "EXPRESS":
        yield f"/aws/vendedlogs/states/{settings.prefix}-SendUserActivationMail"


def _parameters(settings: Settings) -> Iterator[str]:
    if settings.has_page:
        yield f"/{settings.prefix}/web-api-session-key"
    if settings.makes_thumbnails and settings.thumbnails("engine") == "tinypng":
        yield f"/{settings.prefix}/tinypng-api-key"


def _queues(settings: Settings) -> Iterator[str]:
    if settings.sends_mails:
        yield f"{settings.prefix}-activation-failures"
        yield f"{settings.prefix}-user-table-trigger-failures"
    if settings.records_feedback:
        yield f"{settings.prefix}-mail-feedback"
        yield f"{settings.prefix}-record-mail-feedback-failures"
    if settings.makes_thumbnails:
        for name in ("set-profile-image", "create-thumbnail", "remove-profile-images"):
            yield f"{settings.prefix}-{name}-failures"


def _roles(settings: Settings) -> Iterator[str]:
    for name in functions(settings):
        yield f"{settings.prefix}-{name}-{settings.region}"
    if settings.sends_mails:
        yield f"{settings.prefix}-activation-states-{settings.region}"


def _configuration_sets(settings: Settings) -> Iterator[str]:
    if settings.records_feedback:
        yield f"{settings.prefix}-activation-mails"


def _state_machines(settings: Settings) -> Iterator[str]:
    if settings.sends_mails:
        yield f"{settings.prefix}-SendUserActivationMail"


def _tables(settings: Settings) -> Iterator[str]:
    if settings.sends_mails:
        yield f"{settings.prefix}-User"
    if settings.makes_thumbnails:
        yield f"{settings.prefix}-user-profile"
    if settings.has_page:
        yield f"{settings.prefix}-web-state"


def _topics(settings: Settings) -> Iterator[str]:
    if settings.records_feedback:
        yield f"{settings.prefix}-mail-feedback"
    if settings.has_alarms:
        yield f"{settings.prefix}-alarms"


def _always(_answer: Mapping[str, Any], _name: Name) -> bool:
    """An answer means that the resource exists."""
    return True


@dataclass(frozen=True)
class Kind:
    """How resources of one kind are named and found.

    Attributes:
        arn: The ARN, for a name.
        question: What to ask AWS.
        parameters: Those of the question.
        exists: Whether a page of the answer says that the resource exists.
    """

    arn: Callable[[Context, str], str]
    question: Question
    parameters: Callable[[Name], Mapping[str, Any]]
    exists: Callable[[Mapping[str, Any], Name], bool] = _always


def _described(service: str, path: str, question: Question, parameter: str) -> Kind:
    """A kind whose resources AWS describes by name, in this region: path and name end the ARN."""
    return Kind(
        lambda context, name: context.arn(service, f"{path}{name}"),
        question,
        lambda name: {parameter: name.name},
    )


KINDS: Mapping[str, Kind] = {
    "bucket": Kind(
        lambda context, name: f"arn:{context.account.partition}:s3:::{name}",
        aws.BUCKET,
        lambda name: {"Bucket": name.name},
    ),
    "domain name": Kind(
        lambda context, name: (
            f"arn:{context.account.partition}:apigateway:{context.settings.region}::"
            f"/domainnames/{name}"
        ),
        aws.DOMAIN_NAME,
        lambda name: {"DomainName": name.name},
    ),
    "function": _described("lambda", "function:", aws.FUNCTION, "FunctionName"),
    "log group": Kind(
        lambda context, name: context.arn("logs", f"log-group:{name}"),
        aws.LOG_GROUPS,
        lambda name: {"logGroupNamePrefix": name.name},
        lambda answer, name: any(
            group.get("logGroupName") == name.name for group in answer.get("logGroups", ())
        ),
    ),
    "parameter": Kind(
        lambda context, name: context.arn("ssm", f"parameter{name}"),
        # Not GetParameter, which would return the secret.
        aws.PARAMETERS,
        lambda name: {
            "ParameterFilters": [{"Key": "Name", "Option": "Equals", "Values": [name.name]}]
        },
        lambda answer, _name: bool(answer.get("Parameters")),
    ),
    "queue": _described("sqs", "", aws.QUEUE, "QueueName"),
    "role": Kind(
        lambda context, name: context.arn("iam", f"role/{name}", regional=False),
        aws.ROLE,
        lambda name: {"RoleName": name.name},
    ),
    "SES configuration set": _described(
        "ses", "configuration-set/", aws.CONFIGURATION_SET, "ConfigurationSetName"
    ),
    "state machine": Kind(
        lambda context, name: context.arn("states", f"stateMachine:{name}"),
        aws.STATE_MACHINE,
        lambda name: {"stateMachineArn": name.arn},
    ),
    "table": _described("dynamodb", "table/", aws.TABLE, "TableName"),
    "topic": Kind(
        lambda context, name: context.arn("sns", name),
        aws.TOPIC,
        lambda name: {"TopicArn": name.arn},
    ),
}
OTHER_NAMES = "choose another name_prefix or environment, or delete it or import it"
# Of several names in one line; the others are counted.
NAMED = 3


@dataclass(frozen=True)
class Problem:
    """Why a name is not free, or not known to be; the same for several names is one line."""

    status: Status
    found: str
    remedy: str


TAKEN = Problem(
    Status.FAIL,
    "taken by what an earlier deployment has left, or by another deployment",
    OTHER_NAMES,
)
UNKNOWN = Problem(
    Status.WARN, "taken, and whether by this deployment is not known", "see the line `state`"
)


def check(context: Context) -> Iterator[Finding]:
    """Look for each name that this deployment has not given already."""
    names = names_of(context)
    others = [name for name in names if not context.is_ours(name.arn)]
    # Before the threads: making a client is not safe in them, using it is ("Multithreading",
    # boto3's guide).
    for kind in {name.kind for name in others}:
        context.aws.client(KINDS[kind].question.service)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        looked = pool.map(lambda name: look(context, name), others)
        problems = dict(zip(others, looked, strict=True))
    for kind in dict.fromkeys(name.kind for name in names):
        yield from _of_kind(kind, [name for name in names if name.kind == kind], problems)


def look(context: Context, name: Name) -> Problem | None:
    """Ask AWS for one name; None if it is free."""
    kind = KINDS[name.kind]
    try:
        pages = context.aws.pages(kind.question, **kind.parameters(name))
        exists = any(kind.exists(page, name) for page in pages)
    except aws.NotThereError:
        return None
    except aws.NotAllowedError as error:
        return _unseen(name, error)
    except aws.CredentialsError:
        raise
    except OperationsError as error:
        return Problem(Status.WARN, f"not checked: {error}", "run it again")
    if not exists:
        return None
    return UNKNOWN if context.state is None else TAKEN


def _unseen(name: Name, error: OperationsError) -> Problem:
    # S3 answers 404 for a name that nobody has, and 403 for one that somebody has: "HeadBucket",
    # S3's API reference.
    if name.kind == "bucket":
        return Problem(
            Status.FAIL,
            f"taken by somebody else, or you lack {error} on it",
            "choose another name_prefix or environment",
        )
    return Problem(Status.WARN, f"not checked: needs {error}", "apply fails if one is taken")


def _of_kind(
    kind: str, names: list[Name], problems: Mapping[Name, Problem | None]
) -> Iterator[Finding]:
    ours = sum(name not in problems for name in names)
    free = sum(problems.get(name, TAKEN) is None for name in names)
    parts = [(free, "free"), (ours, "of this deployment")]
    if free or ours:
        yield ok(f"{kind} names", ", ".join(f"{count} {what}" for count, what in parts if count))
    found = {name.name: problem for name in names if (problem := problems.get(name))}
    for problem in dict.fromkeys(found.values()):
        same = [name for name, its in found.items() if its == problem]
        text = f"{_listed(same)}: {problem.found}"
        yield Finding(problem.status, f"{kind} names", text, problem.remedy)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def check_environments(context: Context) -> Iterator[Finding]:
    """Whether a deploy role of terraform/bootstrap reaches into another environment.

    The role's patterns, such as `onboarding-prod-*`, cover `onboarding-prod-eu-…` too. A deployment
    without a boundary has no such role.
    """
    if not context.settings.has_boundary:
        return
    own = context.settings.environment
    for other in environments.names(context.environment.source):
        shorter, longer = sorted((own, other), key=len)
        if longer.startswith(f"{shorter}-"):
            yield warn(
                "environments",
                f"in one account, region and name_prefix, the deploy role of {shorter} reaches "
                f"what {longer} has",
                "give one another name, or deploy it to another account",
            )
