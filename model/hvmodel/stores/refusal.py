"""What a format forbids: findings as data, and a report that either stops at the first or gathers all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal as OneOf
from typing import NoReturn, TypeAlias

from hvmodel.dataclass import dataclass

Severity: TypeAlias = OneOf["error", "damage", "note"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a format: where it is written and what it says."""

    section: str
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule broken at one place.

    `error`: the file is refused · `damage`: a second copy saves the file · `note`: worth knowing, breaks nothing.
    `offset` is in bytes from the start of the file, `None` where the rule is not about one place.
    """

    code: str
    field: str
    found: str
    offset: int | None
    rule: Rule
    severity: Severity = "error"
    path: str = ""

    def __str__(self) -> str:
        place = "" if self.offset is None else f" at {self.offset:#x}"
        name = f"{self.path}: " if self.path else ""
        return f"{name}{self.code}: {self.field}{place} is {self.found}; {self.rule.text} ({self.rule.section})"


class Refused(Exception):  # noqa: N818 - a refusal is not always the file's error
    """A file that must not be used. Its `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding)
        self.finding = finding

    @property
    def code(self) -> str:
        return self.finding.code

    def __str__(self) -> str:
        return str(self.finding)


@dataclass(slots=True)
class Report:
    """Takes findings. When not `gathering`, the first error is raised as `Refused`."""

    rules: Mapping[str, Rule]
    path: str = ""
    gathering: bool = False
    limit: int = 1000
    findings: list[Finding] = field(default_factory=list)

    def _make(self, code: str, name: str, found: object, offset: int | None, severity: Severity) -> Finding:
        return Finding(code, name, str(found), offset, self.rules[code], severity, self.path)

    def error(self, code: str, name: str, found: object, offset: int | None = None) -> None:
        """A rule broken; reading on is still possible when gathering."""
        finding = self._make(code, name, found, offset, "error")
        if not self.gathering or len(self.findings) >= self.limit:
            raise Refused(finding)
        self.findings.append(finding)

    def fatal(self, code: str, name: str, found: object, offset: int | None = None) -> NoReturn:
        """A rule broken so that nothing after it can be read."""
        raise Refused(self._make(code, name, found, offset, "error"))

    def damage(self, code: str, name: str, found: object, offset: int | None = None) -> None:
        """A broken copy of something whose other copy is good."""
        if self.gathering:
            self.findings.append(self._make(code, name, found, offset, "damage"))

    def note(self, code: str, name: str, found: object, offset: int | None = None) -> None:
        """Something allowed that the user should know."""
        if self.gathering:
            self.findings.append(self._make(code, name, found, offset, "note"))
