"""One search of a scope, by the engine that suits: everything counted, or a run to a state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from hvmodel.dataclass import dataclass
from hvmodel.expression import Expression
from hvmodel.state import Layout
from hvmodel.system import Scope, System

from ..engine import Budget
from ..verdict import Confirmed
from .codegen import OutsideError
from .codes import UnfitError, fit
from .exploration import Exploration, Goals
from .likeness import EXACT, Likeness
from .meter import Meter
from .search import Search

if TYPE_CHECKING:
    from .compiled.instance import Modules

NO_LIMIT = Budget()

FEW_STATES = 1000
"""States within which the reference search is done before a module is compiled."""

FEW_ACTIONS = 48
"""Actions up to which trying that costs little beside compiling."""


def exploration(
    layout: Layout,
    goals: Goals,
    meter: Meter,
    unroll: int = 64,
    reference: bool = False,
    likeness: Likeness = EXACT,
    trial: bool = False,
    modules: Modules | None = None,
) -> Exploration:
    """A search at native speed; the reference's if that is asked for or nothing faster can be had here.

    Then `note` of the search says why. With `trial`, a scope of very few states is searched at once by the reference,
    and the search that is given has ended: it finds the same, and nothing need be compiled. `modules` has machine code
    that was compiled earlier.
    """
    if trial and not reference and len(layout.system.actions) <= FEW_ACTIONS:
        small = _tried(layout, goals, meter, unroll, likeness)
        if small is not None:
            return small
    with meter.timing("compile"):
        return _suited(layout, goals, meter, unroll, reference, likeness, modules)


def _tried(layout: Layout, goals: Goals, meter: Meter, unroll: int, likeness: Likeness) -> Search | None:
    """A search that has ended, or None if there are more than few states, or what there is has to be told as found."""
    states = min(meter.budget.states or FEW_STATES, FEW_STATES)
    search = Search(layout, goals, replace(meter, budget=replace(meter.budget, states=states)), unroll, likeness)
    try:
        for _ in search.run():
            pass
    except OutsideError:
        return None
    search.meter = meter
    return search if search.finished else None


def _suited(
    layout: Layout,
    goals: Goals,
    meter: Meter,
    unroll: int,
    reference: bool,
    likeness: Likeness,
    modules: Modules | None,
) -> Exploration:
    if reference:
        return Search(layout, goals, meter, unroll, likeness)
    try:
        from .compiled.instance import compiled
        from .compiled.search import CompiledSearch, UncompiledError
    except ImportError as error:
        return _instead(Search(layout, goals, meter, unroll, likeness), f"wasmtime is not installed ({error.name})")
    try:
        return CompiledSearch(layout, goals, meter, unroll, likeness=likeness, modules=modules or compiled)
    except UncompiledError as error:
        return _instead(Search(layout, goals, meter, unroll, likeness), str(error))


def _instead(search: Search, reason: str) -> Search:
    search.note = reason
    return search


@dataclass(frozen=True, slots=True)
class Statistics:
    """What an exploration counted. `stopped` names the budget that ended it; then the counts are of a part only."""

    states: int
    transitions: int
    depth: int
    fired: Mapping[str, int]
    seconds: float
    stopped: str = ""

    @property
    def finished(self) -> bool:
        return not self.stopped


def explore(system: System, scope: Scope, budget: Budget = NO_LIMIT, reference: bool = False) -> Statistics:
    """Every reachable state, counted. Raises UnfitError for a scope that cannot hold the system."""
    search = exploration(fit(system, scope), Goals(), Meter(budget), reference=reference)
    for _ in search.run():
        pass
    return Statistics(
        search.states, search.transitions, search.depth, search.fired, search.meter.seconds, search.stopped
    )


def find(
    system: System,
    expression: Expression,
    scope: Scope,
    budget: Budget = NO_LIMIT,
    reference: bool = False,
    modules: Modules | None = None,
) -> Confirmed | None:
    """A shortest run to a state that satisfies the expression.

    None if there is none, the budget was met, or the scope cannot hold the system.
    """
    try:
        goals = Goals(states=(expression,))
        search = exploration(fit(system, scope), goals, Meter(budget), reference=reference, modules=modules)
        for _ in search.run():
            if search.found.states:
                break
    except (UnfitError, OutsideError):
        return None
    ending = search.found.states.get(expression)
    return None if ending is None else search.confirmed(ending)
