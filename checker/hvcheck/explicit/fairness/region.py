"""The part of the graph after a trigger and before an answer, and the components in which a fair run can stay there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .graph import Graph

MOST = 1_000_000
"""Steps looked at between two looks at the budget."""

ROUNDS = 8
"""Rounds of trimming at most: each is linear, and what many would be needed for is better left to the components."""

CLOSED, TRIGGERED = 1, 2


class Region:
    """One property on a graph. It uses the graph's memory: finish with one before beginning the next."""

    def __init__(self, graph: Graph, instances: int) -> None:
        self._graph = graph
        self._memory = graph.memory
        self._instances = instances
        self._parent = self._order = 0
        self.start = -1

    @property
    def reached(self) -> int:
        """How many states the region has."""
        return self._memory.kernel("reached")

    def run(self, triggered: NDArray[np.bool_], answered: NDArray[np.bool_]) -> Iterator[None]:
        """Look for the component reached first, between looks at the budget; `start` is its first state, or -1."""
        states, kernel = self._graph.states, self._memory.kernel
        mark = self._memory.take(states, np.uint8)
        queue = self._memory.take(states, np.uint32)
        self._parent = self._memory.take(states, np.uint32)
        marks = self._memory.view(mark, states, np.uint8)
        np.multiply(triggered, TRIGGERED, out=marks, casting="unsafe")
        marks |= answered
        marks[self._graph.expanded :] |= CLOSED
        kernel("region_at", mark, queue, self._parent)
        while kernel("spread", MOST):
            yield
        left = self.reached
        for _ in range(ROUNDS):
            kernel("rewind")
            while kernel("trim", MOST):
                yield
            left -= kernel("removed")
            if not (left and kernel("removed")):
                break
        if left:
            self._components_at(left)
            while kernel("connect", MOST):
                yield
        self.start = kernel("first_unfair")

    def _components_at(self, left: int) -> None:
        self._order = self._memory.cleared(self._graph.states, np.uint32)
        low = self._memory.take(left + 1, np.uint32)
        stack = self._memory.take(left, np.uint32)
        work = self._memory.take(2 * left, np.uint32)
        dues = self._memory.cleared(4 * self._instances, np.uint32)
        self._memory.kernel("components_at", self._order, low, stack, work, dues)

    def before(self, state: int) -> int:
        """The state from which one was first reached inside, or -1."""
        parent = int(self._memory.view(self._parent + 4 * state, 1, np.uint32)[0])
        return -1 if parent == 0xFFFFFFFF else parent

    def enabled(self, state: int) -> frozenset[int]:
        return frozenset(mover for _, mover in self._graph.steps(state)) - {-1}

    def inside(self, state: int) -> Iterator[tuple[int, int]]:
        """The steps of a state that stay in its component."""
        own = self._component(state)
        for after, mover in self._graph.steps(state):
            if after >= 0 and own and self._component(after) == own:
                yield after, mover

    def _component(self, state: int) -> int:
        """The number of a state's component; 0 for one that is on no loop inside."""
        return int(self._memory.view(self._order + 4 * state, 1, np.uint32)[0]) if self._order else 0
