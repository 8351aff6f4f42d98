"""Runs with less: the same violation, confirmed, in the smallest scope that has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chart.sample import APP_CONSISTENT, DATA, DISK, DISK_NOW, SCOPE, SYSTEM
from hvcheck.engine import Budget, EngineEvent
from hvcheck.explicit.engine import ExplicitEngine
from hvcheck.plan.judge import Cell, judge
from hvcheck.plan.smaller import Smaller, smaller_scopes
from hvcheck.verdict import Violated
from hvmodel.expression import Literal, Quantifier, Variable, equality, negation
from hvmodel.system import Property, Scope, System
from hvmodel.trace import replay
from hvspec.spec import Expectation

LARGE = Scope("large", (("VM", 2), ("DISK", 2), ("DATA", 3)))
ONE, OTHER, VM0 = (
    Variable("one", DISK),
    Variable("other", DISK),
    Literal(0, APP_CONSISTENT.expression.variables[0].type),
)  # type: ignore[union-attr]
ALIKE = Property(
    "Alike",
    "always",
    Quantifier("all", (ONE, OTHER), equality(DISK_NOW.at(VM0, ONE), DISK_NOW.at(VM0, OTHER))),
    witness=negation(equality(DISK_NOW.at(VM0, Literal(0, DISK)), Literal(0, DATA))),
)


def violated(claim: Property, scope: Scope) -> Cell:
    events = ExplicitEngine().run(replace(SYSTEM, properties=(claim,)), [claim], scope, Budget())
    verdict = next(event for event in events if isinstance(event, Violated))
    return judge("drift", scope.name, claim, Expectation(claim.name, "violated"), [("explicit", verdict)])


def test_scopes_shrink_to_one_but_keep_a_value_beside_the_constants() -> None:
    sizes = [tuple(size for _, size in one.sizes) for one in smaller_scopes(SYSTEM, LARGE)]
    assert sizes[0] == (1, 1, 2)
    assert all(data >= 2 for _, _, data in sizes)
    assert (2, 2, 3) not in sizes
    assert len(sizes) == len(set(sizes)) == 7
    assert list(smaller_scopes(SYSTEM, Scope("least", (("VM", 1), ("DISK", 1), ("DATA", 2))))) == []


def test_a_violation_is_shown_with_as_little_as_it_needs() -> None:
    cell = violated(APP_CONSISTENT, LARGE)
    shown = Smaller().run(cell)
    assert shown.run.layout.scope.sizes == (("VM", 1), ("DISK", 1), ("DATA", 2))
    assert replay(shown.run.layout, shown.run.trace) is None
    assert cell.verdict is not None
    assert cell.verdict.run.layout.scope == LARGE  # type: ignore[union-attr]


def test_what_needs_two_disks_keeps_two() -> None:
    shown = Smaller().run(violated(ALIKE, LARGE))
    assert shown.run.layout.scope.sizes == (("VM", 1), ("DISK", 2), ("DATA", 2))


def test_a_violation_that_nothing_smaller_shows_stays_itself() -> None:
    cell = violated(ALIKE, Scope("least", (("VM", 1), ("DISK", 2), ("DATA", 2))))
    assert Smaller().run(cell) is cell.verdict


class Counting(ExplicitEngine):
    runs = 0

    def run(
        self, system: System, properties: Sequence[Property], scope: Scope, budget: Budget
    ) -> Iterator[EngineEvent]:
        Counting.runs += 1
        return super().run(system, properties, scope, budget)


def test_each_violation_is_looked_for_once() -> None:
    smaller, cell = Smaller(Counting), violated(APP_CONSISTENT, SCOPE)
    assert smaller.run(cell) is smaller.run(cell)
    assert Counting.runs == 1
