"""Diagnostics with their fixes; what proposes fixes is loaded when there is something to mend."""

from __future__ import annotations

from .diagnostic import Diagnostic
from .program import Program


def fixed(found: tuple[Diagnostic, ...], program: Program) -> tuple[Diagnostic, ...]:
    if not found:
        return ()
    from .mend import with_fixes

    return with_fixes(found, program)
