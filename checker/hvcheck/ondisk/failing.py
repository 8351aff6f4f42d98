"""The smallest parts of a property that are false in a state, each with the values that show it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from hvmodel.expression import Apply, Expression, Quantifier
from hvmodel.semantics import Bindings, holds
from hvmodel.state import Layout, State, values


def failing(
    expression: Expression, layout: Layout, state: State, bindings: Bindings, wanted: bool = True
) -> Iterator[tuple[Expression, Bindings, bool]]:
    """(part, bindings, wanted): every smallest part to blame for the expression not being as `wanted`."""
    if holds(expression, layout, state, bindings) == wanted:
        return
    parts: tuple[tuple[Expression, bool], ...] = ()
    match expression:
        case Quantifier(kind, variables, body):
            found = False
            for chosen in product(*(values(variable.type, layout.scope) for variable in variables)):
                inner = {**bindings, **{v.name: value for v, value in zip(variables, chosen, strict=True)}}
                if holds(body, layout, state, inner) != wanted:
                    found = True
                    yield from failing(body, layout, state, inner, wanted)
                    if (kind == "all") != wanted:
                        return
            assert found
            return
        case Apply("not", (inside,)):
            parts = ((inside, not wanted),)
        case Apply("and" | "or", inside):
            parts = tuple((part, wanted) for part in inside)
        case Apply("implies", (condition, consequence)):
            parts = ((consequence, True),) if wanted else ((consequence, False),)
            del condition
        case Apply("if", (condition, then, otherwise)):
            parts = ((then if holds(condition, layout, state, bindings) else otherwise, wanted),)
    if not parts:
        yield expression, bindings, wanted
    for part, goal in parts:
        yield from failing(part, layout, state, bindings, goal)
