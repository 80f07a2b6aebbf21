"""Answers a request that Terraform repeats as it was answered the first time.

On a busy machine the engine is too fast for the HTTP client of Terraform's provider: where an
answer begins before that client has finished with what it asked, it closes the connection (seen on
the wire: some 0.1 ms after the head of the answer), and its SDK asks again. What was to be created
is there by then: an apply fails with "already exists", or waits five minutes for a permission.

An SDK gives all tries of a call the same id, and counts them. Only Terraform's are treated so: what
functions repeat must find what it finds on AWS.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# An apply makes some 700 calls, and a repetition follows within seconds.
MOST_ANSWERS = 1000
_PROVIDER = b"terraform-provider-aws/"
_TRY = re.compile(rb"attempt=(\d+)")


def install() -> None:
    """Have the engine keep its answers to Terraform."""
    from ministack import app  # noqa: PLC0415 - only the engine's environment has it

    app.app = Memory(app.app)


class Memory:
    """An ASGI application that answers what is repeated as it was answered before.

    Args:
        app: Answers everything else.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._answers: OrderedDict[bytes, asyncio.Future[list[Message]]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        call, is_repeated = call_of(scope)
        if call is None:
            await self._app(scope, receive, send)
            return
        messages = await self._earlier_answer(call) if is_repeated else None
        if messages is None:
            await self._answer_and_keep(call, scope, receive, send)
            return
        await read_all(receive)
        for message in messages:
            await send(message)

    async def _earlier_answer(self, call: bytes) -> list[Message] | None:
        """The answer to an earlier try, which may still be under way; None where it failed."""
        if call not in self._answers:
            return None
        messages = await asyncio.shield(self._answers[call])
        return messages if is_success(messages) else None

    async def _answer_and_keep(
        self, call: bytes, scope: Scope, receive: Receive, send: Send
    ) -> None:
        kept = self._answers[call] = asyncio.get_running_loop().create_future()
        while len(self._answers) > MOST_ANSWERS:
            self._answers.popitem(last=False)
        messages: list[Message] = []

        async def keep_and_send(message: Message) -> None:
            messages.append(message)
            await send(message)

        try:
            await self._app(scope, receive, keep_and_send)
        finally:
            kept.set_result(messages)


def call_of(scope: Scope) -> tuple[bytes | None, bool]:
    """The id of Terraform's call that a request belongs to, and whether it is not the first try.

    Returns:
        None for whatever is no call of Terraform's provider.
    """
    if scope["type"] != "http":
        return None, False
    headers = dict(scope["headers"])
    tried = _TRY.match(headers.get(b"amz-sdk-request", b""))
    call = headers.get(b"amz-sdk-invocation-id")
    if call is None or tried is None or _PROVIDER not in headers.get(b"user-agent", b""):
        return None, False
    return call, int(tried[1]) > 1


def is_success(messages: list[Message]) -> bool:
    """Whether an answer is whole, and none of failure: that would be another one at each try."""
    return (
        len(messages) > 1
        and 200 <= messages[0]["status"] < 300
        and not messages[-1].get("more_body", False)
    )


async def read_all(receive: Receive) -> None:
    """Take a request's body, and do nothing with it."""
    while (await receive()).get("more_body", False):
        pass
