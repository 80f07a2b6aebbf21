"""Command line: python -m operations.redrive [--cloud aws|local] [--queue NAME] [--list]."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from operations import deployment
from operations.deployment import Deployment
from operations.errors import OperationsError
from operations.redrive.activation_links import ActivationLinks
from operations.redrive.dead_letters import DeadLetterRedrive, source_url_of
from operations.redrive.drain import Redrive, Tally, drain
from operations.redrive.executions import ExecutionRedrive
from operations.redrive.failure_queue import FailureQueue, Message
from operations.redrive.failures import NotUnderstoodError, parse_failure
from operations.redrive.functions import FunctionRedrive
from operations.redrive.terminal import shown

NOTHING_LEFT, SOMETHING_LEFT, NOT_DONE = 0, 1, 2
_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code.

    0: nothing is left in the queues, or that was not the question. 1: something is left. 2: the
    command could not do its work.
    """
    options = _parser().parse_args(argv)
    try:
        found = deployment.find(options.cloud)
        print(f"Acting on {found}.\n", flush=True)
        found.prepare()
        queues = _queues(found, options.queue)
        if options.list:
            return _list(queues, options.limit)
        if options.discard:
            return _discard(queues, options.discard)
        return _redrive(found, queues, options.limit)
    except (OperationsError, BotoCoreError, ClientError) as error:
        print(f"error: {error}", file=sys.stderr)
        return NOT_DONE
    except KeyboardInterrupt:
        print("\ninterrupted: what was not done is back in its queue", file=sys.stderr)
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m operations.redrive", description=__doc__)
    parser.add_argument(
        "--cloud",
        choices=("aws", "local"),
        help="which deployment; without it, the one that there is",
    )
    parser.add_argument(
        "--queue", action="append", metavar="NAME", help="only this queue; may be said again"
    )
    parser.add_argument(
        "--limit", type=_positive, metavar="N", help="take so many messages of a queue at most"
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument(
        "--list", "--dry-run", action="store_true", help="say what is in the queues, and why"
    )
    action.add_argument(
        "--discard",
        action="append",
        metavar="ID",
        help="print the message of this id and delete it; may be said again",
    )
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number, 1 or more")
    return int(text)


def _queues(found: Deployment, wanted: Sequence[str] | None) -> list[FailureQueue]:
    urls: dict[str, str] = found.output("failure_queue_urls")
    unknown = sorted(set(wanted or ()) - set(urls))
    if unknown:
        raise OperationsError(
            f"no such queue: {', '.join(unknown)}; there are {', '.join(sorted(urls))}"
        )
    sqs = found.client("sqs")
    return [FailureQueue(sqs, name, urls[name]) for name in sorted(wanted or urls)]


def _redrive(found: Deployment, queues: Sequence[FailureQueue], limit: int | None) -> int:
    tallies = []
    for queue in queues:
        print(queue.name, flush=True)
        tallies.append(drain(queue, redrive_for(found, queue), limit, _say))
    _print_summary(tallies, limit)
    return NOTHING_LEFT if all(tally.is_empty for tally in tallies) else SOMETHING_LEFT


def redrive_for(found: Deployment, queue: FailureQueue) -> Redrive:
    """What puts a queue's messages back, told from the queue itself and its name."""
    source_url = source_url_of(queue)
    if source_url is not None:
        return DeadLetterRedrive(queue.sqs, source_url)
    if queue.name == "activation":
        return ExecutionRedrive(
            found.client("stepfunctions"), found.output("state_machine_arn"), _links(found)
        )
    function_names: dict[str, str] = found.output("function_names")
    if queue.name in function_names:
        return FunctionRedrive(found, queue.name, function_names[queue.name])

    def leave(_message: Message, _still_working: object) -> str:
        raise NotUnderstoodError(f"nothing is known of how to put back what {queue.name} holds")

    return leave


def _links(found: Deployment) -> ActivationLinks | None:
    hours = found.outputs.get("activation_link_hours")
    if hours is None:
        return None
    # Not there, too, where the deployment was applied before it had this output.
    days = found.outputs.get("unactivated_user_expiration_days")
    return ActivationLinks(
        found.client("dynamodb"),
        found.output("user_table_name"),
        int(hours) * 3600,
        None if days is None else int(days) * 24 * 3600,
    )


def _list(queues: Sequence[FailureQueue], limit: int | None) -> int:
    """Show what is in the queues; everything stays there."""
    for queue in queues:
        print(queue.name, flush=True)
        is_of_dead_letters = source_url_of(queue) is not None
        count = 0
        with closing(queue.messages(limit)) as messages:
            for message in messages:
                count += 1
                reason = "dead letter" if is_of_dead_letters else _reason(message)
                _say(f"  {message.id}  {_sent(message)}  {reason}")
        more = ", and more" if queue.has_more or queue.newer else ""
        _say(f"  {count} message(s){more}")
    return NOTHING_LEFT


def _sent(message: Message) -> str:
    return datetime.fromtimestamp(message.sent_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _reason(message: Message) -> str:
    try:
        failure = parse_failure(message.body)
    except NotUnderstoodError as error:
        return f"not understood: {error}"
    # Each for itself: a key can be long, and must not hide the reason.
    return ": ".join(shown(part) for part in (failure.subject, failure.reason) if part)


def _discard(queues: Sequence[FailureQueue], ids: Sequence[str]) -> int:
    """Delete messages by their ids, each shown whole before."""
    wanted = set(ids)
    for queue in queues:
        with closing(queue.messages()) as messages:
            for message in messages:
                if message.id not in wanted:
                    continue
                _say(f"{queue.name}  {message.id}\n{message.body!a}")
                queue.delete(message)
                wanted.remove(message.id)
    if wanted:
        not_all = ", as far as was seen" if any(queue.has_more for queue in queues) else ""
        raise OperationsError(f"no message {', '.join(sorted(wanted))} is in the queues{not_all}")
    return NOTHING_LEFT


def _print_summary(tallies: Sequence[Tally], limit: int | None) -> None:
    width = max(len(tally.queue) for tally in tallies)
    print(f"\n{'queue':<{width}}   done  failed  not understood  newer")
    for tally in tallies:
        print(
            f"{tally.queue:<{width}}  {tally.done:>5}  {tally.failed:>6}"
            f"  {tally.not_understood:>14}  {tally.newer:>5}{_more(tally, limit)}"
        )


def _more(tally: Tally, limit: int | None) -> str:
    if not tally.has_more:
        return ""
    return "  and more, beyond the limit" if tally.taken == limit else "  and perhaps more"


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
