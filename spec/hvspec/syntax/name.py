"""An identifier with its place in the text."""

from __future__ import annotations

from dataclasses import field

from hvmodel.dataclass import dataclass
from hvmodel.source import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier where it is written."""

    text: str
    span: Span = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        return self.text
