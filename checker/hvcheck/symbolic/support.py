"""Which cells of a state decide an expression's value: the ones worth showing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TypeAlias

from hvmodel.expression import Apply, Expression, Literal, Quantifier, Read, Variable
from hvmodel.semantics import Bindings, evaluate
from hvmodel.state import Layout, State, values
from hvmodel.types import Value

Cell: TypeAlias = tuple[str, tuple[Value, ...]]
"""A function's name and its arguments, as in `Layout.index`."""

Part: TypeAlias = tuple[Expression, Bindings, bool]
"""An operand with its variables' values, and whether it counts by its negation."""


def support(expression: Expression, layout: Layout, state: State, bindings: Bindings) -> frozenset[Cell]:
    """Cells that suffice to give the expression its value; of a false conjunction those of one false part."""
    match expression:
        case Literal() | Variable():
            return frozenset()
        case Read(function, arguments):
            cell = tuple(evaluate(argument, layout, state, bindings) for argument in arguments)
            return _of_all(expression.arguments, layout, state, bindings) | {(function, cell)}
        case Apply("if", (condition, then, otherwise)):
            taken = then if evaluate(condition, layout, state, bindings) else otherwise
            return _of_all((condition, taken), layout, state, bindings)
        case Apply("implies", (condition, consequence)):
            return _decided([(condition, bindings, True), (consequence, bindings, False)], True, layout, state)
        case Apply("and" | "or" as junction, arguments):
            return _decided([(part, bindings, False) for part in arguments], junction == "or", layout, state)
        case Apply(_, arguments):
            return _of_all(arguments, layout, state, bindings)
        case Quantifier(kind, _, body):
            cases = [(body, inner, False) for inner in _instances(expression, layout, bindings)]
            return _decided(cases, kind == "some", layout, state)


def _of_all(parts: tuple[Expression, ...], layout: Layout, state: State, bindings: Bindings) -> frozenset[Cell]:
    return frozenset[Cell]().union(*(support(part, layout, state, bindings) for part in parts))


def _decided(parts: list[Part], absorbing: bool, layout: Layout, state: State) -> frozenset[Cell]:
    """One part with the absorbing value decides; without any, all of them do."""
    for part, bindings, negated in parts:
        if (bool(evaluate(part, layout, state, bindings)) != negated) == absorbing:
            return support(part, layout, state, bindings)
    return frozenset[Cell]().union(*(support(part, layout, state, bindings) for part, bindings, _ in parts))


def _instances(quantifier: Quantifier, layout: Layout, outer: Bindings) -> Iterator[Bindings]:
    for chosen in product(*(values(variable.type, layout.scope) for variable in quantifier.variables)):
        yield {**outer, **{variable.name: value for variable, value in zip(quantifier.variables, chosen, strict=True)}}
