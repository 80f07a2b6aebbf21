"""Finds words that the project's texts avoid: CONTRIBUTING.md, "Style".

Run by `make lint` on every file that git has or would take.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tooling.paths import REPOSITORY
from tooling.release.repository import git

# What a reader has to decode, and the plain word.
AVOIDED = {
    "anew": "again",
    "by way of": "through, with",
    "in the end": "(leave it out)",
    "is none of": "is not one of",
    "likewise": "in the same way, too",
    "mended": "fixed, repaired",
    "of one's own": "your own",
    "tell of": "report, name, show",
    "tells of": "reports, names, shows",
    "whoever": "the person who, anybody who",
}
# The words stand in this file and in its test; programs write the others.
_LEFT_OUT = ("tooling/words.py", "test_words.py", "requirements.txt", "secrets.baseline")

# A line that is wrapped goes on behind its indentation and a comment's sign.
_GAP = r"(?:[ \t]+|[ \t]*\n[ \t]*(?:#|//|\*|>)?[ \t]*)"
_PATTERN = re.compile(
    r"\b(?:" + "|".join(word.replace(" ", _GAP) for word in AVOIDED) + r")\b", re.IGNORECASE
)


def main() -> int:
    """Print what is found; return the exit code."""
    found = list(findings(REPOSITORY, texts(REPOSITORY)))
    for finding in found:
        print(finding)
    return 1 if found else 0


def texts(root: Path) -> Iterator[str]:
    """The files whose words are held, by their paths below `root`."""
    listed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in sorted(set(listed.stdout.split("\0"))):
        # A file that is removed and not yet committed is listed too.
        if not name.endswith(_LEFT_OUT) and (root / name).is_file():
            yield name


def findings(root: Path, names: Iterable[str]) -> Iterator[str]:
    """Yield file, line, word and what to write instead, for each word that is found."""
    for name in names:
        try:
            text = (root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:  # a picture
            continue
        for match in _PATTERN.finditer(text):
            word = re.sub(_GAP, " ", match[0]).lower()
            line = text.count("\n", 0, match.start()) + 1
            yield f"{name}:{line}: avoid {word!r}: {AVOIDED[word]}"


if __name__ == "__main__":
    sys.exit(main())
