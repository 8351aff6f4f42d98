"""Diagnostics as data: what is wrong, where, what was expected and found, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from hvmodel.source import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains a diagnostic."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Fix:
    """A mechanical mend: replace the text of the span. `replacement` of "" deletes it."""

    message: str
    span: Span = NOWHERE
    replacement: str | None = None


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
