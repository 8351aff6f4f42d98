"""The steps between the states of a search, held for all `leads to` properties of a system."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .explored import NOBODY, NOWHERE, Explored
from .memory import Memory

CHUNK = 4096
"""States whose steps are asked for at a time."""


class Graph:
    """The steps of those states that matter, in the memory of the kernel."""

    def __init__(self, explored: Explored) -> None:
        self.explored = explored
        self.memory = Memory()
        self.states = explored.states
        self._first = self.memory.take(self.states + 1, np.uint32)
        self._target = self._mover = 0
        self.size = 0

    def build(self, wanted: NDArray[np.bool_]) -> Iterator[int]:
        """Gather the steps of the wanted states; yields how many states were looked at. Raises RefusedError."""
        room = self.explored.transitions
        self._target = self.memory.take(room, np.uint32)
        self._mover = self.memory.take(room, np.uint16)
        for begin in range(0, self.states, CHUNK):
            end = min(begin + CHUNK, self.states)
            self._append(begin, end, wanted)
            yield end
        levels = self.explored.ends
        ends = self.memory.take(len(levels), np.uint32)
        self.memory.view(ends, len(levels), np.uint32)[:] = levels
        self.memory.kernel("steps_at", self._first, self._target, self._mover, ends, len(levels))

    def _append(self, begin: int, end: int, wanted: NDArray[np.bool_]) -> None:
        known = min(end, self.explored.expanded)
        counts = np.zeros(end - begin, np.uint32)
        if wanted[begin:known].any():
            steps = self.explored.steps(begin, known)
            kept = wanted[begin:known]
            counts[: known - begin] = np.where(kept, steps.counts, 0)
            chosen = np.repeat(kept, steps.counts)
            more = int(counts.sum())
            self.memory.view(self._target + 4 * self.size, more, np.uint32)[:] = steps.target[chosen]
            self.memory.view(self._mover + 2 * self.size, more, np.uint16)[:] = steps.mover[chosen]
        first = self.memory.view(self._first, self.states + 1, np.uint32)
        first[begin] = self.size
        first[begin + 1 : end + 1] = self.size + np.cumsum(counts)
        self.size = int(first[end])

    def steps(self, state: int) -> Iterator[tuple[int, int]]:
        """Where each step of a state leads (-1: nowhere known) and the instance it serves (-1: none)."""
        begin, end = (int(at) for at in self.memory.view(self._first + 4 * state, 2, np.uint32))
        target = self.memory.view(self._target + 4 * begin, end - begin, np.uint32).tolist()
        mover = self.memory.view(self._mover + 2 * begin, end - begin, np.uint16).tolist()
        for after, instance in zip(target, mover, strict=True):
            yield (-1 if after == NOWHERE else after), (-1 if instance == NOBODY else instance)
