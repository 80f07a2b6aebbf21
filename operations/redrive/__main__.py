"""Command line: python -m operations.redrive [--cloud aws|local] [--queue NAME] [--dry-run].

Puts back what is in the failure queues. `make failures` is the same with --dry-run.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime

from operations import command
from operations.command import DONE, SOMETHING_LEFT
from operations.deployment import Deployment
from operations.errors import OperationsError
from operations.redrive.dead_letters import DeadLetterRedrive, source_url_of
from operations.redrive.drain import Redrive, RedriveFailedError, Tally, drain
from operations.redrive.executions import execution_redrive_of
from operations.redrive.failure_queue import FailureQueue, Message
from operations.redrive.failures import NotUnderstoodError, parse_failure
from operations.redrive.functions import FunctionRedrive
from operations.redrive.terminal import shown
from operations.redrive.trimmed import REPAIRS


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code.

    0: nothing is left in the queues, or that was not the question. 1: something is left. 2: the
    command could not do its work.
    """
    options = _parser().parse_args(argv)
    return command.run(
        options.cloud,
        lambda found: _act(found, options),
        "what was not done is back in its queue",
        options.environment,
    )


def _act(found: Deployment, options: argparse.Namespace) -> int:
    if options.missed_by:
        return _redrive_missed(found, options.missed_by, dry_run=options.dry_run)
    queues = _queues(found, options.queue)
    if options.discard:
        return _discard(queues, options.discard, dry_run=options.dry_run)
    if options.dry_run:
        return _list(queues, options.limit)
    if options.keep:
        return _keep(queues, options.limit)
    return _redrive(found, queues, options.limit)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m operations.redrive", description=__doc__)
    command.add_cloud(parser)
    parser.add_argument(
        "--queue", action="append", metavar="NAME", help="only this queue; may be repeated"
    )
    parser.add_argument(
        "--limit",
        type=command.positive,
        metavar="N",
        help="take so many messages of a queue at most",
    )
    parser.add_argument(
        "--list",
        "--dry-run",
        dest="dry_run",
        action="store_true",
        help="change nothing: say what is in the queues and why, or what would be done",
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument(
        "--discard",
        action="append",
        metavar="ID",
        help="print the message of this id and delete it; may be repeated",
    )
    action.add_argument(
        "--keep",
        action="store_true",
        help="only send each message into its queue again: SQS keeps it for another 14 days",
    )
    action.add_argument(
        "--missed-by",
        choices=sorted(REPAIRS),
        help="read the table for what this function missed, with no message about it",
    )
    return parser


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
    return DONE if all(tally.is_empty for tally in tallies) else SOMETHING_LEFT


def redrive_for(found: Deployment, queue: FailureQueue) -> Redrive:
    """What puts a queue's messages back, by the queue itself and its name."""
    source_url = source_url_of(queue)
    if source_url is not None:
        return DeadLetterRedrive(queue.sqs, source_url)
    if queue.name == "activation":
        return execution_redrive_of(found)
    function_names: dict[str, str] = found.output("function_names")
    if queue.name in function_names:
        return FunctionRedrive(found, queue.name, function_names[queue.name])

    def leave(_message: Message, _still_working: object) -> str:
        raise NotUnderstoodError(f"no redrive exists for the queue {queue.name}")

    return leave


def _redrive_missed(found: Deployment, name: str, *, dry_run: bool) -> int:
    """Deliver what the table says that a function missed."""
    function_names: dict[str, str] = found.output("function_names")
    try:
        redrive = FunctionRedrive(found, name, function_names[name])
        count = redrive.redrive_missed(_say, dry_run=dry_run)
    except (NotUnderstoodError, RedriveFailedError) as error:
        raise OperationsError(str(error)) from error
    _say(f"\n{count} item(s) in need, {'nothing was done' if dry_run else 'all delivered'}")
    return DONE


def _keep(queues: Sequence[FailureQueue], limit: int | None) -> int:
    """Send each message into the queue that it is in, so that its retention begins again."""
    tallies = []
    for queue in queues:
        print(queue.name, flush=True)
        tallies.append(drain(queue, DeadLetterRedrive(queue.sqs, queue.url), limit, _say))
    _print_summary(tallies, limit)
    are_done = not any(tally.failed or tally.has_more for tally in tallies)
    return DONE if are_done else SOMETHING_LEFT


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
    return DONE


def _sent(message: Message) -> str:
    return command.utc(datetime.fromtimestamp(message.sent_at, UTC))


def _reason(message: Message) -> str:
    try:
        failure = parse_failure(message.body)
    except NotUnderstoodError as error:
        return f"not understood: {error}"
    # Each for itself: a key can be long, and must not hide the reason.
    return ": ".join(shown(part) for part in (failure.subject, failure.reason) if part)


def _discard(queues: Sequence[FailureQueue], ids: Sequence[str], *, dry_run: bool) -> int:
    """Delete messages by their ids, each shown whole before; in a dry run only show them."""
    wanted = set(ids)
    for queue in queues:
        with closing(queue.messages()) as messages:
            for message in messages:
                if message.id not in wanted:
                    continue
                _say(f"{queue.name}  {message.id}\n{message.body!a}")
                if not dry_run:
                    queue.delete(message)
                wanted.remove(message.id)
    if wanted:
        not_all = ", as far as was seen" if any(queue.has_more for queue in queues) else ""
        raise OperationsError(f"no message {', '.join(sorted(wanted))} is in the queues{not_all}")
    return DONE


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
