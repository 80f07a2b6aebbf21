"""The API agrees with its OpenAPI document, for all requests that schemathesis generates."""

import re
import string
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.engine import StopReason, events, from_schema

from tests.end_to_end.web import PASSWORD, SESSION_COOKIE, Link, Web, somebody

if TYPE_CHECKING:
    from schemathesis import BaseSchema
    from schemathesis.engine.recorder import ScenarioRecorder

# Random requests for each operation, beside those for each rule of the document.
MAX_EXAMPLES = 15
DAY_SECONDS = 24 * 60 * 60
# JSON Schema can't say which passwords are hard to guess. These letters are so in any order. Each
# length is one that the API takes: its limits, one beside each, and the usual one.
PASSWORD_LENGTHS = (len(PASSWORD), 12, 13, 127, 128)
STRONG_PASSWORDS = st.builds(
    lambda length, random: "".join(random.sample(PASSWORD * 5, length)),
    st.sampled_from(PASSWORD_LENGTHS),
    st.randoms(use_true_random=False),
)
# Hypothesis draws an address from its pattern letter by letter, which takes 30 times as long.
ATOMS = st.text(string.ascii_letters + string.digits + "!#$%&'*+/=?^_`{|}~-", min_size=1)
LABELS = st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=63)
ADDRESSES = st.builds(
    lambda atoms, labels: f"{'.'.join(atoms)}@{'.'.join(labels)}",
    st.lists(ATOMS, min_size=1, max_size=4),
    st.lists(LABELS, min_size=2, max_size=4),
)
Samples = dict[str, bytes]

schemathesis.openapi.format("password", STRONG_PASSWORDS)
schemathesis.openapi.format("mail-address", ADDRESSES)


@pytest.fixture(autouse=True)
def fresh_attempts(web: Web) -> None:
    web.forget_attempts()


def test_anybody_may_send_anything(web: Web) -> None:
    tested = run_all_checks(schema_of(web))

    # Each operation with more than one request.
    assert set(tested) == set(operations_of(schema_of(web)))
    assert min(tested.values()) > 5


def test_somebody_signed_in_may_send_anything(web: Web) -> None:
    session = web.sign_in(web.activated())
    schema = schema_of(web, session).include(tag="profile")

    tested = run_all_checks(schema)

    assert set(tested) == {"GET /profile", "POST /profile/image"}


def test_every_answer_of_the_story_is_as_documented(web: Web, samples: Samples) -> None:
    person = somebody()
    talk = DocumentedTalk(web)

    talk.post("/users", person.registration, 201)
    talk.post("/users", person.registration, 409)
    link = web.wait_for_link(person)
    talk.post("/users/{username}/activation-mail", {}, 202, username=person.username)
    talk.post("/sign-in", person.credentials, 403)
    talk.open(link, 200)
    talk.post("/activate", {**link.body, "token": "x"}, 403)
    talk.post("/activate", {**link.body, "username": "nobody-at-all"}, 404)
    web.set_back(person, "activationTokenCreatedAt", seconds=DAY_SECONDS + 1)
    talk.open(link, 410)
    talk.post("/activate", link.with_password_of(person), 410)
    web.set_back(person, "activationTokenCreatedAt", seconds=0)
    talk.post("/activate", link.body, 422)
    talk.post("/activate", {**link.body, "password": "not the right one"}, 401)
    talk.post("/activate", link.with_password_of(person), 200)
    talk.post("/activate", link.with_password_of(person), 409)
    talk.post("/activate/refuse", link.body, 409)
    talk.open(link, 200)
    talk.post("/sign-in", person.credentials, 200)

    talk.session = web.sign_in(person)
    talk.get("/profile", 200)
    talk.post("/profile/image", {"contentType": "image/jpeg", "bytes": 1}, 200)
    for picture, state in ((b"no picture", "failed"), (samples["rocket.jpg"], "ready")):
        web.upload(talk.session, picture)
        web.wait_for_image(talk.session, state)
        talk.get("/profile", 200)
    talk.post("/sign-out", {}, 204)
    talk.get("/profile", 401)
    talk.post("/sign-out-everywhere", {}, 401)
    talk.session = web.sign_in(person)
    talk.post("/sign-out-everywhere", {}, 204)


def test_a_refusal_is_answered_as_documented(web: Web) -> None:
    person, link = web.sign_up_and_get_link()
    talk = DocumentedTalk(web)

    talk.post("/activate/refuse", {**link.body, "token": "x"}, 403)
    web.set_back(person, "activationTokenCreatedAt", seconds=DAY_SECONDS + 1)
    talk.post("/activate/refuse", link.body, 200)
    talk.post("/activate/refuse", link.body, 404)


def test_too_many_attempts_are_answered_as_documented(web: Web) -> None:
    talk = DocumentedTalk(web)
    for _ in range(10):
        web.get("/activate", params={"username": "nobody-at-all", "token": "0317"})

    talk.post("/activate", {"username": "nobody-at-all", "token": "0317"}, 429)
    talk.open(Link("https://any/activate?username=nobody-at-all&token=0317"), 429)
    nobody = somebody().credentials
    for _ in range(10):
        web.post("/sign-in", nobody)

    talk.post("/sign-in", nobody, 429)


class DocumentedTalk:
    """Sends requests; each response must have the expected status and its documented form.

    Attributes:
        session: the value of the session's cookie, if there is one.
    """

    def __init__(self, web: Web) -> None:
        self.session: str | None = None
        self._web = web
        self._schema = schema_of(web)

    def get(self, path: str, status: int) -> None:
        self._send("GET", path, status)

    def open(self, link: Link, status: int) -> None:
        self._send("GET", "/activate", status, query=link.body)

    def post(
        self,
        path: str,
        body: dict[str, object] | dict[str, str],
        status: int,
        **path_parameters: str,
    ) -> None:
        self._send("POST", path, status, body=body, path_parameters=path_parameters)

    def _send(self, method: str, path: str, status: int, **parts: Any) -> None:  # noqa: ANN401 - those of a Case
        operation = self._schema[path][method]
        if "body" in parts:
            parts["media_type"] = "application/json"
        case = operation.Case(**parts)
        cookies = {SESSION_COOKIE: self.session} if self.session else {}
        answer = case.call_and_validate(headers={"Host": self._web.host}, cookies=cookies)
        assert answer.status_code == status, answer.text


def schema_of(web: Web, session: str | None = None) -> "BaseSchema":
    """The document that the API serves, ready for requests."""
    auth = {"openapi": {"session": {"api_key": session}}} if session else {}
    config = schemathesis.Config.from_dict(
        {
            "base-url": web.address,
            "headers": {"Host": web.host},
            "auth": auth,
            # The same requests each time.
            "seed": 1,
            "generation": {
                "deterministic": True,
                "database": "none",
                "max-examples": MAX_EXAMPLES,
            },
            "continue-on-failure": True,
        }
    )
    document = quick_to_draw(web.get("/openapi.json").json())
    return schemathesis.openapi.from_dict(document, config=config)


def quick_to_draw(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the requests that are valid here, and with hints for Hypothesis.

    This stack doesn't take HEIC, which needs thumbnails.heic.

    For a lookahead that must match, Hypothesis draws text of its own, in front of the rest. So it
    searched in vain for names of the longest length. The content of a negated one it only checks.
    """
    fields = document["components"]["schemas"]["Registration"]["properties"]
    name = fields["name"]
    name["pattern"], count = re.subn(r"\(\?=(.+)\)\[", r"(?!(?!\1))[", name["pattern"])
    assert count == 1
    fields["email"]["format"] = "mail-address"
    upload = document["components"]["schemas"]["UploadRequest"]["properties"]
    upload["contentType"]["enum"].remove("image/heic")
    return document


def operations_of(schema: "BaseSchema") -> Iterator[str]:
    return (result.ok().label for result in schema.get_all_operations() if isinstance(result, Ok))


def run_all_checks(schema: "BaseSchema") -> Counter[str]:
    """Run all phases with all checks, which must find nothing; count the requests by operation."""
    tested: Counter[str] = Counter()
    problems: dict[str, str] = {}
    for event in from_schema(schema).execute():
        match event:
            case events.ScenarioFinished():
                tested.update(node.value.operation.label for node in event.recorder.cases.values())
                problems |= failures_in(event.recorder)
            case events.NonFatalError() | events.FatalError():
                pytest.fail(f"schemathesis could not go on: {event}")
            case events.EngineFinished():
                assert event.stop_reason is StopReason.COMPLETED
    assert not problems, "\n\n".join(problems.values())
    return tested


def failures_in(recorder: "ScenarioRecorder") -> dict[str, str]:
    """The checks' findings, one of each kind, with the request to reproduce it."""
    return {
        f"{recorder.label} {check.name} {found.failure.title}": (
            f"{recorder.label}: {found.failure.title}\n{found.failure.message}\n{found.code_sample}"
        )
        for checks in recorder.checks.values()
        for check in checks
        if (found := check.failure_info) is not None
    }
