"""Storage operations of a step with all their values, read in the state before it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TypeAlias

from .dataclass import dataclass
from .expression import Expression
from .semantics import Bindings, Step, bind, evaluate, holds
from .state import Layout, State, values
from .system import StorageCall
from .types import Value

Place: TypeAlias = tuple[str, tuple[Value, ...]]
"""One disk: its storage variable and its indices."""


@dataclass(frozen=True, slots=True)
class BoundCall:
    """One operation on one disk. `codes` are the arguments' positions among their types' values.

    `copy` (a whole disk assigned) has no arguments and a `source`.
    """

    operation: str
    target: Place
    arguments: tuple[Value, ...]
    codes: tuple[int, ...]
    source: Place | None


def bound_calls(layout: Layout, before: State, step: Step) -> Iterator[tuple[BoundCall, ...]]:
    """For every call that the step's action makes, the operations that come of it, one for each disk."""
    action = layout.system.action[step.action]
    outer = bind(action, step.arguments)
    for call in action.calls:
        yield tuple(_bound(call, layout, before, inner) for inner in _where(call, layout, before, outer))


def _bound(call: StorageCall, layout: Layout, before: State, bindings: Bindings) -> BoundCall:
    def read(expressions: tuple[Expression, ...]) -> tuple[Value, ...]:
        return tuple(evaluate(expression, layout, before, bindings) for expression in expressions)

    arguments = read(call.arguments)
    codes = tuple(
        values(argument.type, layout.scope).index(value)
        for argument, value in zip(call.arguments, arguments, strict=True)
    )
    source = None if call.source is None else (call.source[0], read(call.source[1]))
    return BoundCall(call.operation, (call.disk, read(call.indices)), arguments, codes, source)


def _where(call: StorageCall, layout: Layout, before: State, outer: Bindings) -> Iterator[Bindings]:
    """The values of the call's binders under which it is made."""
    for chosen in product(*(values(binder.type, layout.scope) for binder in call.binders)):
        inner = {**outer, **{binder.name: value for binder, value in zip(call.binders, chosen, strict=True)}}
        if holds(call.where, layout, before, inner):
            yield inner
