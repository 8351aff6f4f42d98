"""All lints, on a program without errors."""

from __future__ import annotations

from ..diagnostic import Diagnostic
from ..memory import Memory
from ..program import Program


def lint(program: Program, memory: Memory) -> tuple[Diagnostic, ...]:
    """The warnings of a program that has been checked without errors, in no order."""
    return ()
