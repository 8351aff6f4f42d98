"""The `leads to` properties of a search: for each, a fair run on which the trigger is never answered, if any is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hvmodel.expression import FALSE, Expression
from hvmodel.system import Property

from ...engine import Progress
from ...verdict import Confirmed
from ..exploration import Exploration
from ..explored import Explored
from ..instances import instances
from ..lasso import Claimed, Lasso, path
from ..meter import Meter
from .graph import Graph
from .region import Region


class Unanswered:
    """Decides several properties on one graph, which is made when the first is asked for."""

    def __init__(self, search: Exploration, explored: Explored, claims: Sequence[Property]) -> None:
        self._search = search
        self._explored = explored
        self._instances = instances(search.code.codec)
        self._answers = tuple(dict.fromkeys(claim.expression for claim in claims))
        self._satisfying: dict[Expression, NDArray[np.bool_]] = {}
        self._graph: Graph | None = None
        self._meter = search.meter if search.expanded == search.states else _beyond(search.meter)

    def run(self, claim: Property) -> Iterator[Progress | Confirmed]:
        """Progress, then the violation if there is one. Raises BudgetError and RefusedError."""
        graph = self._graph
        if graph is None:
            graph = Graph(self._search, self._explored)
            yield from self._build(graph)
            self._graph = graph
        mark = graph.memory.taken
        region = Region(graph, self._instances.count)
        for _ in region.run(self._where(claim.trigger or FALSE), self._where(claim.expression)):
            yield from self._looked("fairness")
        if region.start >= 0:
            yield self._violation(claim, region)
        graph.memory.release(mark)

    def _build(self, graph: Graph) -> Iterator[Progress]:
        wanted = np.zeros(self._search.states, np.bool_)
        for answer in self._answers:
            wanted |= ~self._where(answer)
            yield from self._looked("fairness")
        for _ in graph.build(wanted):
            yield from self._looked("steps for fairness")

    @property
    def _size(self) -> int:
        """Bytes that a state takes here, as far as they are known."""
        return 0 if self._graph is None else self._graph.memory.taken // self._graph.states

    def _where(self, expression: Expression) -> NDArray[np.bool_]:
        if expression not in self._satisfying:
            self._satisfying[expression] = self._explored.satisfying(expression)
        return self._satisfying[expression]

    def _looked(self, phase: str) -> Iterator[Progress]:
        """Look at the budget; raises BudgetError."""
        self._meter.check(self._search.states, self._size)
        if self._meter.due():
            yield self._search.progress(phase)

    def _violation(self, claim: Property, region: Region) -> Confirmed:
        search = self._search
        states = list(path(region.start, region.before))
        keys = [search.keys[state] for state in states]
        triggered, answered = search.code.predicate(claim.trigger or FALSE), search.code.predicate(claim.expression)
        claimed = Claimed(search.labelled, self._instances.mover, triggered, answered, search.canonical)
        stem = search.labels(states[0]) + [claimed.between(before, after) for before, after in pairwise(keys)]
        return Lasso(claimed).run(stem, region, search.keys.__getitem__)


def _beyond(meter: Meter) -> Meter:
    """For the states that a search had found when it was stopped: a tenth more time, and no limit on their number."""
    seconds = meter.budget.seconds
    extended = None if seconds is None else seconds * 1.1
    return replace(meter, budget=replace(meter.budget, states=None, seconds=extended))
