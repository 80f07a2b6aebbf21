"""Terraform's repeated requests get the first response; others are processed again."""

import asyncio
from typing import Any

import pytest

from local_cloud.engine.hooks import repeated_requests
from local_cloud.engine.hooks.repeated_requests import Memory, Message, Receive, Scope, Send

TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.11.4 terraform-provider-aws/5.100.0"


class Counting:
    """An application that responds with the number of its requests."""

    def __init__(self, *statuses: int) -> None:
        self.asked = 0
        self.statuses = statuses
        self.is_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        await repeated_requests.read_all(receive)
        self.asked += 1
        self.is_asked.set()
        number = self.asked
        await self.may_answer.wait()
        status = self.statuses[number - 1] if number <= len(self.statuses) else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": str(number).encode()})


def request(call: str, attempt: int, *, agent: str = TERRAFORM, **others: Any) -> Scope:  # noqa: ANN401 - of a scope
    headers = {
        "user-agent": agent,
        "amz-sdk-invocation-id": call,
        "amz-sdk-request": f"attempt={attempt}; max=25",
    }
    encoded = [(name.encode(), text.encode()) for name, text in headers.items()]
    return {"type": "http", "headers": encoded, **others}


async def ask(app: repeated_requests.App, scope: Scope) -> tuple[int, str]:
    """Status and body of a response."""
    parts = [{"body": b"a", "more_body": True}, {"body": b"b", "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", **parts.pop(0)}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    assert parts == []
    return sent[0]["status"], sent[1]["body"].decode()


def answers(app: Counting, *scopes: Scope) -> list[tuple[int, str]]:
    async def ask_all() -> list[tuple[int, str]]:
        remembered = Memory(app)
        return [await ask(remembered, scope) for scope in scopes]

    return asyncio.run(ask_all())


def test_a_repeated_call_of_terraform_is_done_once() -> None:
    app = Counting()
    assert answers(app, request("a", 1), request("b", 1), request("a", 2), request("a", 3)) == [
        (200, "1"),
        (200, "2"),
        (200, "1"),
        (200, "1"),
    ]
    assert app.asked == 2


def test_a_call_that_failed_is_done_again() -> None:
    app = Counting(503, 400)
    tries = [request("a", number) for number in (1, 2, 3, 4)]
    assert answers(app, *tries) == [(503, "1"), (400, "2"), (200, "3"), (200, "3")]


@pytest.mark.parametrize(
    "scope",
    [
        request("a", 2, agent="Boto3/1.40 app/0123456789abcdef"),
        request("a", 2, headers=[(b"user-agent", TERRAFORM.encode())]),
        request("a", 1),  # another call that happens to have the same id
    ],
)
def test_whatever_is_no_repetition_of_terraforms_is_done(scope: Scope) -> None:
    assert answers(Counting(), request("a", 1), scope) == [(200, "1"), (200, "2")]


def test_a_repetition_waits_for_the_first_try() -> None:
    async def repeat_at_once() -> list[tuple[int, str]]:
        app = Counting()
        app.may_answer.clear()
        remembered = Memory(app)
        tries = [asyncio.create_task(ask(remembered, request("a", n))) for n in (1, 2)]
        await app.is_asked.wait()
        app.may_answer.set()
        return await asyncio.gather(*tries)

    assert asyncio.run(repeat_at_once()) == [(200, "1"), (200, "1")]


def test_an_answer_that_was_lost_on_its_way_is_kept() -> None:
    async def lose() -> tuple[int, str]:
        remembered = Memory(Counting())

        async def receive() -> Message:
            return {"type": "http.request"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.body":
                raise ConnectionError("closed")

        with pytest.raises(ConnectionError):
            await remembered(request("a", 1), receive, send)
        return await ask(remembered, request("a", 2))

    assert asyncio.run(lose()) == (200, "1")


def test_old_answers_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeated_requests, "MOST_ANSWERS", 2)
    calls = [request(call, 1) for call in "abc"]
    asked = answers(Counting(), *calls, request("a", 2), request("c", 2))
    assert asked[3:] == [(200, "4"), (200, "3")]


def test_what_is_no_request_is_handed_on() -> None:
    async def start() -> list[str]:
        seen: list[str] = []

        async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
            seen.append(scope["type"])

        async def receive() -> Message:
            raise AssertionError

        async def send(_message: Message) -> None:
            raise AssertionError

        await Memory(app)({"type": "lifespan"}, receive, send)
        return seen

    assert asyncio.run(start()) == ["lifespan"]
