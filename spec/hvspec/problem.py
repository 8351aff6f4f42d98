"""Raising and phrasing diagnostics inside the compiler."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from hvmodel.source import Span
from hvmodel.types import Int, Type

from .diagnostic import Diagnostic, Fix, Related
from .syntax import Name


class SpecError(Exception):
    """A diagnostic on its way to the nearest construct that can go on without what failed."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def problem(
    code: str,
    message: str,
    span: Span,
    *,
    expected: str = "",
    found: str = "",
    fix: Fix | None = None,
    related: tuple[Related, ...] = (),
) -> SpecError:
    """The exception for an error at a place."""
    return SpecError(Diagnostic(code, message, span, expected=expected, found=found, fix=fix, related=related))


def suggestion(name: Name, known: Iterable[str]) -> Fix | None:
    """The known name nearest to a mistyped one, as a mechanical fix."""
    close = get_close_matches(name.text, sorted(set(known) - {name.text}), n=1, cutoff=0.6)
    return Fix(f"did you mean `{close[0]}`?", name.span, close[0]) if close else None


def takes(name: str, count: int) -> str:
    """The message for a wrong number of arguments."""
    return f"`{name}` takes {count or 'no'} argument{'s' * (count != 1)}"


def shown(type_: Type) -> str:
    """A type as an author knows it: a single number is not a range."""
    return "a number" if isinstance(type_, Int) and type_.low == type_.high else str(type_)
