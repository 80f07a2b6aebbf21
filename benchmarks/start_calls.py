"""What the benchmark of cold starts calls: each function, and each kind of request to the API."""

import base64
import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.environments import PROJECT

EVENTS = PROJECT / "tests" / "events"
HOST = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"
# What the benchmark's users have.
PASSWORD = "seven boats cross no lake"  # noqa: S105 - of users that exist in the benchmark only
TOKEN = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
PROFILE_ID = 42
BUCKET = "bench-profile-images"
REPLACED_KEY = "original/replaced.jpg"

# The call whose time is that of a warm environment.
CALLS = 10

SIGN_IN = "web_api, POST /sign-in"
PAGE = "web_api, GET /"


@dataclass(frozen=True)
class Call:
    """A call to measure.

    Attributes:
        name: Its name in the tables.
        function: The function's folder.
        events: An event for each of `CALLS` calls.
        status: The status that the API must answer; None for another function.
        is_typical: Whether the table of prices has it.
    """

    name: str
    function: str
    events: Sequence[str]
    status: int | None = None
    is_typical: bool = True


def function_calls() -> Iterator[Call]:
    """A call of each function but the API."""
    records = _event("user_profile_stream_batch")["Records"]
    # Its second record replaces an image.
    replaced = copy.deepcopy(records[1])
    replaced["dynamodb"]["OldImage"]["image"] = {"S": REPLACED_KEY}
    upload = _event("s3_put")
    upload["Records"][0]["s3"]["bucket"]["name"] = BUCKET
    feedback = _event("sqs_mail_feedback")
    started = _event("user_stream_batch")
    by_function: Mapping[str, Mapping[str, Any]] = {
        "create_thumbnail": {"Records": records[:1]},
        "get_user_activation_status": {"username": "anna"},
        "record_mail_feedback": {"Records": feedback["Records"][1:]},
        "remove_profile_images": {"Records": [replaced]},
        "send_user_activation_mail": {"username": "waiting"},
        "set_profile_image": upload,
        "user_table_trigger": {"Records": started["Records"][:1]},
    }
    for function, event in by_function.items():
        yield Call(function, function, [json.dumps(event)] * CALLS)


def api_calls(session_cookie: str = "") -> Iterator[Call]:
    """A request of each kind to the API.

    Args:
        session_cookie: Of a user that has signed in, as browsers send it.
    """
    activation = {"username": "mailed", "token": TOKEN, "password": PASSWORD}
    picture = {"contentType": "image/jpeg", "bytes": 3_000_000}
    registration = {"name": "Anna Berg", "email": "anna@mail.example", "password": PASSWORD}
    credentials = {"username": "anna", "password": PASSWORD}
    query = f"username=mailed&token={TOKEN}"
    mine = [session_cookie]
    requests = {
        (PAGE, 200): _request("GET", "/"),
        ("web_api, POST /users", 201): _request(
            "POST", "/users", {"username": "free", **registration}
        ),
        (SIGN_IN, 200): _request("POST", "/sign-in", credentials),
        ("web_api, GET /profile", 200): _request("GET", "/profile", cookies=mine),
        ("web_api, POST /profile/image", 200): _request(
            "POST", "/profile/image", picture, cookies=mine
        ),
        ("web_api, GET /activate", 200): _request("GET", "/activate", query=query),
        ("web_api, POST /activate", 200): _request("POST", "/activate", activation),
        ("web_api, POST /sign-out", 204): _request("POST", "/sign-out", {}, cookies=mine),
    }
    for (name, status), request in requests.items():
        yield Call(
            name,
            "web_api",
            [json.dumps(request)] * CALLS,
            status,
            is_typical=name in (PAGE, SIGN_IN),
        )


def _request(
    method: str, path: str, body: object = None, *, query: str = "", cookies: Sequence[str] = ()
) -> dict[str, Any]:
    request = _event("http_api_get" if method == "GET" else "http_api_post_json")
    key = f"{method} {path}"
    limited = key in ("POST /users", "POST /sign-in")
    request["rawPath"] = request["requestContext"]["http"]["path"] = path
    request["routeKey"] = request["requestContext"]["routeKey"] = key if limited else "$default"
    request["cookies"] = list(cookies)
    request["rawQueryString"] = query
    if query:
        request["queryStringParameters"] = dict(part.split("=", 1) for part in query.split("&"))
    if body is not None:
        request["body"] = json.dumps(body)
    return request


def _event(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


# Beside the calls, what the functions' environments hold: Lambda's variables with dummy
# credentials, and the functions' settings.
LAMBDA_VARIABLES: Mapping[str, str] = {
    "AWS_ACCESS_KEY_ID": "benchmark",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/benchmark",
    "AWS_LAMBDA_LOG_STREAM_NAME": "benchmark",
    "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
    "AWS_REGION": "eu-central-1",
    "AWS_SECRET_ACCESS_KEY": "benchmark",
    "AWS_SESSION_TOKEN": "benchmark",
    "LANG": "en_US.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "TZ": ":UTC",
    "ACTIVATION_LINK_HOURS": "48",
    "FROM_ADDRESS": "welcome@example.com",
    "MAIL_CLAIM_SECONDS": "60",
    "MAX_DECODE_BYTES": "536870912",
    "MAX_IMAGE_BYTES": "26214400",
    "MAX_UPLOAD_BYTES": "10485760",
    "PAGE_LANGUAGE": "en",
    "POWERTOOLS_LOG_LEVEL": "INFO",
    "PRODUCT_NAME": "Benchmark",
    "PROFILE_IMAGES_BUCKET_NAME": BUCKET,
    "PUBLIC_ORIGINS": f"https://{HOST}",
    "RESEND_COOL_DOWN_SECONDS": "300",
    "RESEND_LIMIT": "5",
    "SESSION_HOURS": "168",
    "SESSION_IDLE_HOURS": "24",
    "SESSION_KEY_PARAMETER": "/benchmark/session-key",
    "SIGN_UPS_PER_HOUR": "1000000",
    "STATE_MACHINE_ARN": "arn:aws:states:eu-central-1:000000000000:stateMachine:benchmark",
    "THUMBNAIL_ENGINE": "pillow",
    "THUMBNAIL_FIT": "fit",
    "THUMBNAIL_SIZES": "150,300",
    "UPLOADS_PER_DAY": "1000000",
    "UPLOAD_ORIGIN": f"https://{BUCKET}.s3.eu-central-1.amazonaws.com",
    "USER_PROFILE_TABLE_NAME": "benchmark",
    "USER_TABLE_NAME": "benchmark",
    "WEB_STATE_TABLE_NAME": "benchmark",
}
