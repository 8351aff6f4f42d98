"""The same violation with as few of everything as possible: what people see, never what a verdict stands on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from math import prod

from hvcheck.engine import Budget, Engine
from hvcheck.verdict import Violated
from hvmodel.system import Property, Scope, System

from .judge import Cell
from .work import make_engine

SMALL = Budget(states=20_000)
"""For each size that is tried. Counted in states, so that what is shown is the same on every machine."""

MOST_TRIES = 6


@dataclass(slots=True)
class Smaller:
    """Finds smaller runs and remembers them, by property, scenario and scope."""

    make: Callable[[], Engine] = lambda: make_engine("explicit")
    known: dict[tuple[str, str, str], Violated] = field(default_factory=dict)

    def run(self, cell: Cell) -> Violated:
        """The cell's violation in the smallest scope that shows it in no more steps; its own where there is none."""
        assert isinstance(cell.verdict, Violated)
        key = (cell.claim.name, cell.scenario, cell.scope)
        if key not in self.known:
            self.known[key] = self._find(cell.verdict, cell.claim)
        return self.known[key]

    def _find(self, verdict: Violated, claim: Property) -> Violated:
        layout, steps = verdict.run.layout, len(verdict.run.trace.steps)
        for _, scope in zip(range(MOST_TRIES), smaller_scopes(layout.system, layout.scope), strict=False):
            found = self._violation(layout.system, claim, scope)
            if found is not None and len(found.run.trace.steps) <= steps:
                return found
        return verdict

    def _violation(self, system: System, claim: Property, scope: Scope) -> Violated | None:
        engine = self.make()
        if not engine.supports(claim):
            return None
        for event in engine.run(system, [claim], scope, SMALL):
            if isinstance(event, Violated) and event.property == claim.name:
                return event
        return None


def smaller_scopes(system: System, scope: Scope) -> Iterator[Scope]:
    """Every scope with no size larger and some smaller, smallest first.

    A sort keeps an element beside its constants, so that there is something else for a cell to hold.
    """
    named = [constant.type for constant in system.constants]
    least = {sort.name: named.count(sort) + 1 for sort in system.sorts if sort in named}
    ranges = [range(min(size, least.get(sort, 1)), size + 1) for sort, size in scope.sizes]
    choices = [sizes for sizes in product(*ranges) if sizes != tuple(size for _, size in scope.sizes)]
    for sizes in sorted(choices, key=lambda one: (prod(one), sum(one), one)):
        chosen = zip((sort for sort, _ in scope.sizes), sizes, strict=True)
        yield Scope("smaller", tuple(chosen))
