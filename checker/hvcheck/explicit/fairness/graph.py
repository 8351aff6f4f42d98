"""The steps between the states of a search, held for all `leads to` properties of a system."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..exploration import Exploration
from ..explored import NOBODY, NOWHERE, Explored, Steps
from .memory import Memory


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
        first = self.memory.view(self._first, self.states + 1, np.uint32)
        for steps in self._explored.steps():
            self._append(steps, wanted[steps.source], first)
            yield
        np.cumsum(first, dtype=np.uint32, out=first)
        self.memory.kernel("steps_at", self._first, self._target, self._mover, ends, len(levels))

    def _append(self, steps: Steps, kept: NDArray[np.bool_], first: NDArray[np.uint32]) -> None:
        """Add the steps that are kept; `first` counts, one place further on, how many each state has."""
        source, target, mover = steps.source, steps.target, steps.mover
        if not kept.all():
            source, target, mover = source[kept], target[kept], mover[kept]
        if not len(source):
            return
        begin = int(source[0])
        counts = np.bincount(source - begin)
        first[begin + 1 : begin + 1 + len(counts)] += counts.astype(np.uint32)
        self.memory.view(self._target + 4 * self.size, len(target), np.uint32)[:] = target
        self.memory.view(self._mover + 2 * self.size, len(mover), np.uint16)[:] = mover
        self.size += len(target)

    def steps(self, state: int) -> Iterator[tuple[int, int]]:
        """Where each step of a state leads (-1: nowhere known) and the instance it serves (-1: none)."""
        begin, end = (int(at) for at in self.memory.view(self._first + 4 * state, 2, np.uint32))
        target = self.memory.view(self._target + 4 * begin, end - begin, np.uint32).tolist()
        mover = self.memory.view(self._mover + 2 * begin, end - begin, np.uint16).tolist()
        for after, instance in zip(target, mover, strict=True):
            yield (-1 if after == NOWHERE else after), (-1 if instance == NOBODY else instance)


def _levels(search: Exploration) -> list[int]:
    """How many states are at most so many steps away; as parents never decrease, a level ends where they leave one."""
    parents = np.asarray(search.parents, np.int32)
    ends = [0, 1]
    while ends[-1] < len(parents):
        ends.append(int(parents.searchsorted(np.int32(ends[-1]))))  # of the same type, or all would be converted
    return ends[1:]
