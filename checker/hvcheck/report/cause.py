"""Why an expression has the value it should not have: the clause that fails, with everything it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, product
from types import MappingProxyType

from hvcheck.chart.naming import cell_name, plain_location, value_name
from hvcheck.chart.readable import readable
from hvmodel.dataclass import dataclass
from hvmodel.expression import Apply, Expression, Literal, Quantifier, Read, Variable, children, reads, substitute
from hvmodel.semantics import Bindings, evaluate, holds
from hvmodel.state import Layout, State, values
from hvmodel.system import IDLE
from hvmodel.types import Type

MOST_FACTS = 12
"""Cells shown for one clause; of a clause about more, the first ones."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One cell that a clause reads. `since` is the step that gave it this value (0: it has had it from the start)."""

    cell: str
    value: str
    since: int = 0

    def __str__(self) -> str:
        return f"{self.cell} = {self.value}" + (f", since step {self.since}" if self.since else "")


@dataclass(frozen=True, slots=True)
class Cause:
    """`clause` is not as it should be in a state, although `given` (conditions on the way to it) hold there.

    `facts` are the cells that these read, with their values; `holds` is the clause's unwanted value; `reads` names
    the functions of the state in all of them.
    """

    clause: str
    holds: bool
    given: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Search:
    """A clause on the way down: its bindings, what it should be, and the conditions met so far."""

    layout: Layout
    states: Sequence[State]
    clause: Expression
    bindings: Bindings
    wanted: bool
    given: tuple[tuple[Expression, Bindings], ...] = ()

    def truth(self, expression: Expression) -> bool:
        return holds(expression, self.layout, self.states[-1], self.bindings)

    def into(self, clause: Expression, *, wanted: bool | None = None, given: Expression | None = None) -> _Search:
        met = (*self.given, (given, self.bindings)) if given is not None else self.given
        return replace(self, clause=clause, wanted=self.wanted if wanted is None else wanted, given=met)


def find_cause(
    expression: Expression,
    layout: Layout,
    states: Sequence[State],
    bindings: Bindings = MappingProxyType({}),
    *,
    wanted: bool = True,
) -> Cause:
    """The smallest clause that keeps the expression from being as wanted, for the first values that show it.

    The expression must not be as wanted in the last of the states; the others say how it came to that.
    """
    at = _Search(layout, states, expression, bindings, wanted)
    while (deeper := _descend(at)) is not None:
        at = deeper
    facts = [fact for clause, inner in at.given for fact in _facts(clause, layout, states, inner)]
    facts += _facts(at.clause, layout, states, at.bindings)
    return Cause(
        clause=_shown(at.clause, layout, at.bindings),
        holds=not at.wanted,
        given=tuple(dict.fromkeys(_shown(clause, layout, inner) for clause, inner in at.given)),
        facts=tuple(islice(dict.fromkeys(facts), MOST_FACTS)),
        reads=tuple(sorted(frozenset().union(reads(at.clause), *(reads(clause) for clause, _ in at.given)))),
    )


def _descend(at: _Search) -> _Search | None:
    """One step closer to the reason, or None where several parts share the blame."""
    match at.clause:
        case Quantifier(kind, _, _) if (kind == "all") == at.wanted:
            return _instance(at)
        case Apply("not", (inner,)):
            return at.into(inner, wanted=not at.wanted)
        case Apply("and" | "or" as operation, parts) if (operation == "and") == at.wanted:
            return at.into(next(part for part in parts if at.truth(part) != at.wanted))
        case Apply("implies", (condition, consequence)) if at.wanted:
            return at.into(consequence, given=condition)
        case Apply("if", (condition, then, otherwise)):
            if at.truth(condition):
                return at.into(then, given=condition)
            return at.into(otherwise)
    return None


def _instance(at: _Search) -> _Search | None:
    assert isinstance(at.clause, Quantifier)
    for inner in _assignments(at.clause, at.layout, at.bindings):
        if holds(at.clause.body, at.layout, at.states[-1], inner) != at.wanted:
            return replace(at, clause=at.clause.body, bindings=inner)
    return None


def _assignments(clause: Quantifier, layout: Layout, outer: Bindings) -> Iterator[Bindings]:
    names = [variable.name for variable in clause.variables]
    for chosen in product(*(values(variable.type, layout.scope) for variable in clause.variables)):
        yield {**outer, **dict(zip(names, chosen, strict=True))}


def _facts(expression: Expression, layout: Layout, states: Sequence[State], bindings: Bindings) -> Iterator[Fact]:
    """Every cell the expression reads, with its value."""
    if isinstance(expression, Quantifier):
        for inner in _assignments(expression, layout, bindings):
            yield from _facts(expression.body, layout, states, inner)
        return
    for child in children(expression):
        yield from _facts(child, layout, states, bindings)
    if isinstance(expression, Read):
        function = layout.system.function[expression.function]
        cell = tuple(evaluate(argument, layout, states[-1], bindings) for argument in expression.arguments)
        value = states[-1].read(layout, function.name, *cell)
        since = next(
            (i for i in range(len(states), 0, -1) if states[i - 1].read(layout, function.name, *cell) != value), 0
        )
        known = value_name(layout.system, value, function.range)
        if not (function.role == "control" and value == IDLE) and not (function.role == "outcome" and not value):
            shown = plain_location(known) if function.role == "control" else known
            yield Fact(cell_name(layout.system, function, cell), shown, since)


def _shown(expression: Expression, layout: Layout, bindings: Bindings) -> str:
    """The expression with its variables replaced by the names of their values."""
    types = dict(_variables(expression))
    named: dict[str, Expression] = {
        name: Literal(value, types[name], value_name(layout.system, value, types[name]))
        for name, value in bindings.items()
        if name in types
    }
    return readable(layout.system, substitute(expression, named))


def _variables(expression: Expression) -> Iterator[tuple[str, Type]]:
    if isinstance(expression, Variable):
        yield expression.name, expression.type
    for child in children(expression):
        yield from _variables(child)
