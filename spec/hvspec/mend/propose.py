"""The fix of each diagnostic that came without one, where a mechanical mend is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from ..diagnostic import Diagnostic, Fix
from ..program import Program
from . import claims, flow, names, types
from .context import Context

Proposal = Callable[[Diagnostic, Context], Fix | None]

PROPOSALS: Mapping[str, Proposal] = MappingProxyType(
    {**names.PROPOSALS, **types.PROPOSALS, **flow.PROPOSALS, **claims.PROPOSALS}
)


def with_fixes(diagnostics: Iterable[Diagnostic], program: Program) -> tuple[Diagnostic, ...]:
    """The diagnostics, those that can be mended mechanically with their fix."""
    context = Context(program)
    return tuple(_with_fix(one, context) for one in diagnostics)


def _with_fix(one: Diagnostic, context: Context) -> Diagnostic:
    if (one.fix is not None and one.fix.edits) or one.code not in PROPOSALS:
        return one
    found = PROPOSALS[one.code](one, context)
    return one if found is None else replace(one, fix=found)
