"""A plan as GitHub shows it on the page of a run: the job's summary, in Markdown."""

import re
from collections.abc import Sequence
from pathlib import Path

# GitHub refuses more than 1 MiB for a step. This leaves room for what is around the plan, with two
# fences of the longest run of backticks.
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
LIMIT = 1024 * 1024 - 4096
_MOST_BACKTICKS = 100
_MORE_BACKTICKS = re.compile(f"`{{{_MOST_BACKTICKS + 1},}}")
_CUT = (
    "**Only the beginning is here, as GitHub shows no more. Read the rest in the job's log before "
    "you approve.**"
)


def add(file: Path, title: str, lines: Sequence[str], plan: str) -> None:
    """Add a plan to a job's summary.

    Args:
        file: What `GITHUB_STEP_SUMMARY` names.
        title: The headline.
        lines: What to say before the plan.
        plan: As `terraform show` writes it.
    """
    # One character more than is shown says that it is cut.
    shown = _visible(plan.strip("\n")[: LIMIT + 1])
    kept = _beginning(shown)
    notes = [*lines, *([] if kept == shown else [_CUT])]
    # Longer than any in the plan, so that nothing in it ends the block.
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", kept)), default=0))
    parts = [f"## {title}", *notes, f"{fence}text\n{kept}\n{fence}"]
    with file.open("a", encoding="utf-8") as opened:
        opened.write("\n\n".join(parts) + "\n\n")


def _visible(text: str) -> str:
    """The text with control characters escaped: they could hide a change from who reviews it.

    Very long runs of backticks are escaped too, as the block's fence has to be longer than each.
    """
    visible = "".join(
        character if character == "\n" or character.isprintable() else ascii(character).strip("'")
        for character in text
    )
    return _MORE_BACKTICKS.sub(lambda found: r"\x60" * len(found[0]), visible)


def _beginning(text: str) -> str:
    """The lines that GitHub shows."""
    data = text.encode()
    if len(data) <= LIMIT:
        return text
    return data[:LIMIT].decode(errors="ignore").rpartition("\n")[0]
