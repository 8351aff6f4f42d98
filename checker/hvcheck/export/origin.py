"""Where a system comes from, for the comments of what is exported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from hvmodel.dataclass import dataclass
from hvmodel.source import Span


@dataclass(frozen=True, slots=True)
class Origin:
    """The spec's name and title, the scenario, and the texts that spans speak of."""

    name: str
    title: str = ""
    scenario: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def heading(self) -> str:
        scenario = f", scenario {self.scenario}" if self.scenario else ""
        return f"{self.name}{scenario}" + (f": {self.title}" if self.title else "")

    def remark(self, span: Span) -> str:
        """File, line and the text of that line without its comment; nothing for what stands nowhere."""
        if not span.line:
            return ""
        lines = self.sources.get(span.file, "").splitlines()
        text = lines[span.line - 1] if span.line <= len(lines) else ""
        return f"{span.file}:{span.line}  {_without_comment(text)}".strip()


def _without_comment(line: str) -> str:
    quoted = False
    for position, character in enumerate(line):
        if character == '"':
            quoted = not quoted
        elif character == "#" and not quoted:
            return line[:position].strip()
    return line.strip()
