"""Gives a request that Terraform repeats the response of the first try.

On a busy machine the engine is too fast for the HTTP client of Terraform's provider. If a response
starts before that client has sent its whole request, it closes the connection (seen on the wire:
some 0.1 ms after the head of the response), and its SDK repeats the call. By then the resource
exists: an apply fails with "already exists", or waits five minutes for a permission.

An SDK gives all tries of a call the same id, and counts them. Requests of functions are not treated
like this: their retries must find what they find on AWS.
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
    """Make the engine keep its responses to Terraform."""
    from ministack import app  # noqa: PLC0415 - only the engine's environment has it

    app.app = Memory(app.app)


class Memory:
    """An ASGI application that repeats the response of `app` to a repeated request."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._answers: OrderedDict[bytes, asyncio.Future[list[Message]]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request."""
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
        """The response to an earlier try, which may still be under way; None if it failed."""
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
    """The id of a request's call, and whether the request is a retry.

    The id is None if the request is not from Terraform's provider.
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
    """Whether a response is complete and a success; failures may differ from try to try."""
    return (
        len(messages) > 1
        and 200 <= messages[0]["status"] < 300
        and not messages[-1].get("more_body", False)
    )


async def read_all(receive: Receive) -> None:
    """Read a request's body and ignore it."""
    while (await receive()).get("more_body", False):
        pass
