"""All lints, on a program without errors."""

from __future__ import annotations

from ..diagnostic import Diagnostic
from ..memory import Memory
from ..program import Program
from .claimed import claims
from .cost import costly
from .facts import facts_of
from .reach import unreachable
from .unused import messages, never_given, never_read, unused


def lint(program: Program, memory: Memory) -> tuple[Diagnostic, ...]:
    """The warnings of a program that has been checked without errors, in no order. Raises RecursionError only.

    They are about the spec's own file; that a shipped module has more than a spec needs is no one's mistake.
    """
    known = facts_of(program, memory)
    state = memory.state(program)
    return (
        *unused(known),
        *never_read(known),
        *messages(known),
        *never_given(known),
        *unreachable(known),
        *claims(known, state, memory.labels(program)),
        *costly(known, state),
    )
