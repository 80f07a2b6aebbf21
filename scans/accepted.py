"""Reads the accepted findings and their reasons: scans/accepted.toml."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

FILE = Path(__file__).with_name("accepted.toml")
_LEAST_REASON_CHARACTERS = 20


@dataclass(frozen=True)
class Finding:
    """A scanner's finding.

    Attributes:
        rule: the scanner's name of the rule, such as "CKV_AWS_18".
        where: a resource's address, a file's path or a package.
        text: everything that people need, in one line.
    """

    rule: str
    where: str
    text: str


@dataclass(frozen=True)
class Acceptance:
    """An entry of the file: it accepts findings of one rule where the pattern `where` matches."""

    scan: str
    rule: str
    where: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Whether this entry accepts the finding. In `where`, `*` matches anything."""
        return self.rule == finding.rule and fnmatchcase(finding.where, self.where)

    def __str__(self) -> str:
        return f'scans/accepted.toml [[{self.scan}]] rule = "{self.rule}", where = "{self.where}"'


def read(scan: str, path: Path = FILE) -> list[Acceptance]:
    """The entries of one scan.

    Raises:
        ValueError: an entry lacks a field, has an unknown one, or its reason is too short.
    """
    with path.open("rb") as file:
        entries = tomllib.load(file).get(scan, [])
    return [_acceptance(scan, entry) for entry in entries]


def _acceptance(scan: str, entry: Mapping[str, object]) -> Acceptance:
    if set(entry) != {"rule", "where", "reason"} or not all(
        isinstance(value, str) for value in entry.values()
    ):
        raise ValueError(
            f"scans/accepted.toml: an entry of [[{scan}]] must have rule, where and reason, as "
            f"texts, and nothing else: {dict(entry)}"
        )
    acceptance = Acceptance(scan, **{name: str(value) for name, value in entry.items()})
    if len(acceptance.reason) < _LEAST_REASON_CHARACTERS:
        raise ValueError(f"{acceptance}: the reason says too little: {acceptance.reason!r}")
    return acceptance


def judge(findings: Iterable[Finding], acceptances: Iterable[Acceptance]) -> list[str]:
    """The texts of findings that no entry accepts, and of entries that accept no finding."""
    found = list(findings)
    entries = list(acceptances)
    wrong = [
        finding.text
        for finding in found
        if not any(acceptance.covers(finding) for acceptance in entries)
    ]
    return wrong + [
        f"{acceptance}: accepts no finding any more: remove the entry"
        for acceptance in entries
        if not any(acceptance.covers(finding) for finding in found)
    ]
