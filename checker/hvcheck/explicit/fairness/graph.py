"""The steps between the states of a search, held for all `leads to` properties of a system."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..exploration import Exploration
from ..explored import NOBODY, NOWHERE, Explored, Steps
from .memory import Memory

CHUNK = 1 << 14
"""States whose steps are asked for at a time."""


class Graph:
    """The steps of those states that matter, in the memory of the kernel."""

    def __init__(self, search: Exploration, explored: Explored) -> None:
        self.memory = Memory()
        self.states = search.states
        self.expanded = search.expanded
        self._search = search
        self._explored = explored
        self._first = self._target = self._mover = 0
        self.size = 0

    def build(self, wanted: NDArray[np.bool_]) -> Iterator[None]:
        """Gather the steps of the wanted states, between looks at the budget. Raises RefusedError."""
        room, levels = self._search.transitions, _levels(self._search)
        self._first = self.memory.cleared(self.states + 1, np.uint32)
        self._target = self.memory.take(room, np.uint32)
        self._mover = self.memory.take(room, np.uint16)
        ends = self.memory.take(len(levels), np.uint32)
        self.memory.view(ends, len(levels), np.uint32)[:] = levels
        done = 0
        while done < self.expanded:
            end = min(done + CHUNK, self.expanded)
            done = self._append(done, self._explored.steps(done, end, wanted[done:end]))
            yield
        self.memory.view(self._first, self.states + 1, np.uint32)[self.expanded :] = self.size
        self.memory.kernel("steps_at", self._first, self._target, self._mover, ends, len(levels))

    def _append(self, begin: int, steps: Steps) -> int:
        more, end = len(steps.target), begin + len(steps.counts)
        first = self.memory.view(self._first, self.states + 1, np.uint32)
        first[begin + 1 : end + 1] = self.size + np.cumsum(steps.counts)
        self.memory.view(self._target + 4 * self.size, more, np.uint32)[:] = steps.target
        self.memory.view(self._mover + 2 * self.size, more, np.uint16)[:] = steps.mover
        self.size += more
        return end

    def steps(self, state: int) -> Iterator[tuple[int, int]]:
        """Where each step of a state leads (-1: nowhere known) and the instance it serves (-1: none)."""
        begin, end = (int(at) for at in self.memory.view(self._first + 4 * state, 2, np.uint32))
        target = self.memory.view(self._target + 4 * begin, end - begin, np.uint32).tolist()
        mover = self.memory.view(self._mover + 2 * begin, end - begin, np.uint16).tolist()
        for after, instance in zip(target, mover, strict=True):
            yield (-1 if after == NOWHERE else after), (-1 if instance == NOBODY else instance)


def _levels(search: Exploration) -> list[int]:
    """How many states are at most so many steps away; as parents never decrease, a level ends where they leave one."""
    parents = np.asarray(search.parents)
    ends = [0, 1]
    while ends[-1] < len(parents):
        ends.append(int(np.searchsorted(parents, ends[-1])))
    return ends[1:]
