"""Diagnostics as data: what is wrong, where, what was expected and found, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal as OneOf

from hvmodel.dataclass import dataclass
from hvmodel.source import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains a diagnostic."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of the span; "" deletes it, and an empty span inserts."""

    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Fix:
    """How to mend it: in words and, if there is a `replacement` for the text of the span, mechanically."""

    message: str
    span: Span = NOWHERE
    replacement: str | None = None
    more: tuple[Edit, ...] = ()

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What a tool may do to the text to carry it out; () for advice that a person must follow."""
        return () if self.replacement is None else (Edit(self.span, self.replacement), *self.more)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding in a spec. Codes are stable: HV0xx text, HV1xx names, HV2xx types, HV3xx flow, HV4xx compiling."""

    code: str
    message: str
    span: Span
    severity: OneOf["error", "warning"] = "error"
    expected: str = ""
    found: str = ""
    fix: Fix | None = None
    related: tuple[Related, ...] = ()


def in_order(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each finding once, in the order of the text."""
    unique = {(one.code, one.span, one.message): one for one in found}
    return tuple(sorted(unique.values(), key=lambda one: (one.span, one.code, one.message)))
