"""Looking at what is asked of AWS, and losing its answers."""

import json
from typing import TYPE_CHECKING, Any

from botocore import xform_name

import shared.aws

if TYPE_CHECKING:
    from botocore.client import BaseClient


def calls_of(client: "BaseClient", operation: str) -> list[dict[str, Any]]:
    """What a client asks of an operation from now on, one request after the other."""
    made: list[dict[str, Any]] = []

    def keep(params: dict[str, Any], **_: object) -> None:
        made.append(json.loads(params["body"]))

    client.meta.events.register(_before(client, operation), keep)
    return made


def lose_an_answer(client: "BaseClient", operation: str) -> None:
    """Let a service do a client's next call of an operation, and the client try it once more."""
    model = client.meta.service_model
    service = shared.aws.session().create_client(model.service_name)
    pending = [getattr(service, xform_name(operation))]

    def do(params: dict[str, Any], **_: object) -> None:
        if pending:
            pending.pop()(**json.loads(params["body"]))

    client.meta.events.register(_before(client, operation), do)


def _before(client: "BaseClient", operation: str) -> str:
    return f"before-call.{client.meta.service_model.service_id.hyphenize()}.{operation}"
