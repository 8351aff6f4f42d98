"""Limits on what is compiled: a spec beyond them is reported instead of compiled for hours."""

from __future__ import annotations

from hvmodel.expression import Expression, Literal, Variable, children
from hvmodel.source import Span

from .problem import SpecError, problem

MAX_ACTIONS = 20_000
MAX_LOCATIONS = 10_000
MAX_EFFORT = 100_000
"""Guards and writes copied while paths are followed."""
MAX_CHOICES = 1_000
"""Branches of one `each` over literal sets."""
MAX_INLINED = 1_000
"""Functions put in place of their names in one expression."""
MAX_NESTED = 8
"""`each` inside `each`: every level adds to what a branch must know of the others."""
MAX_EXPRESSION = 20_000
"""Nodes of one expression, shared ones counted wherever they occur."""
MAX_SIZE = 1_000
"""Elements of a sort in a scope."""
MAX_BUDGET = 60_000
MAX_IN_FLIGHT = 8
"""Messages between two actors: each place for one is a cell, with all that the messages may carry."""


def too_large(what: str, limit: int, span: Span) -> SpecError:
    return problem("HV406", f"too large to compile: {what}", span, expected=f"at most {limit}")


def check_expression(expression: Expression, span: Span) -> None:
    """Raises SpecError (HV406) if an expression written out in full would be too long."""
    if not isinstance(expression, Literal | Variable) and _nodes(expression, {}) > MAX_EXPRESSION:
        raise too_large("this expression, written out in full", MAX_EXPRESSION, span)


def _nodes(expression: Expression, known: dict[int, int]) -> int:
    """Nodes of the tree; what is shared is visited once."""
    found = known.get(id(expression))
    if found is None:
        found = 1
        for child in children(expression):
            found += _nodes(child, known)
        known[id(expression)] = found
    return found
