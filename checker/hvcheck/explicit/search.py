"""The reference search: every reachable state by generated Python, one at a time."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter

from hvmodel.state import Layout

from ..engine import Progress
from .codegen import Key, Program
from .deadlock import Halts
from .exploration import Ending, Exploration, Goals
from .likeness import EXACT, Likeness
from .meter import BudgetError, Meter

SAMPLED = 32
"""Of so many chunks of states one is timed in parts."""

CHUNK = 128
"""States expanded between two looks at the budget."""


class Search(Exploration):
    """The search that every other is compared with."""

    def __init__(
        self, layout: Layout, goals: Goals, meter: Meter, unroll: int = 64, likeness: Likeness = EXACT
    ) -> None:
        super().__init__(layout, meter, unroll, likeness)
        self._keys: list[Key] = [self.codec.initial]
        self._parents = array("i", [-1])
        self._seen: set[Key] = {self.codec.initial}
        self._program = Program(self.code, flagged=goals.actions)
        self._halts = Halts(self.labelled, meter)
        self._goals = {goal: self.code.predicate(goal) for goal in goals.states}
        self._stuck = {ended: self.code.predicate(ended) for ended in goals.ended}
        self._any_goal = self.code.any_of(self._goals) if self._goals else None
        self._expanded = 0
        self._ends = array("i", [1])
        self._chunks = 0
        self._sampled = self._expanding = 0.0

    @property
    def keys(self) -> Sequence[Key]:
        return self._keys

    @property
    def parents(self) -> Sequence[int]:
        return self._parents

    @property
    def expanded(self) -> int:
        return self._expanded

    @property
    def fired(self) -> Mapping[str, int]:
        counts = zip(self.layout.system.actions, self._program.found.counts, strict=True)
        return {action.name: count for action, count in counts}

    def distance(self, number: int) -> int:
        return bisect_right(self._ends, number)

    def run(self) -> Iterator[Progress]:
        size = len(self.codec.initial)
        known = 0
        self._arrived(0)
        try:
            while self._expanded < len(self._keys):
                self.meter.check(len(self._keys), size)
                self._advance()
                if self.meter.due() or len(self.found) > known:
                    known = len(self.found)
                    yield self.progress("exploring")
            self.meter.check(len(self._keys), size)
        except BudgetError as met:
            self.stopped = str(met)
            return
        self.finished = True

    def spent(self) -> Mapping[str, float]:
        """The share of expanding is measured on some of the states only, as looking at the clock takes time."""
        parts = dict(self.meter.spent)
        if self._sampled and "search" in parts:
            searching = parts.pop("search")
            expanding = searching * self._expanding / self._sampled
            parts |= {"expand": expanding, "dedup and store": searching - expanding}
        return parts

    def _advance(self) -> None:
        """Expand the next states; the time of one chunk in so many is divided among its parts."""
        sampled = self._chunks % SAMPLED == 1
        self._chunks += 1
        start = perf_counter()
        with self.meter.timing("search"):
            self._expand_next(self._clocked if sampled else self._program.expand)
        if sampled:
            self._sampled += perf_counter() - start

    def _clocked(self, key: Key) -> None:
        start = perf_counter()
        self._program.expand(key)
        self._expanding += perf_counter() - start

    def _expand_next(self, expand: Callable[[Key], None]) -> None:
        """Expand the next states, all of one distance."""
        if self._expanded == self._ends[-1]:
            self._ends.append(len(self._keys))
        end = min(self._ends[-1], self._expanded + CHUNK)
        keys, parents, seen, found = self._keys, self._parents, self._seen, self._program.found
        stuck, canonical = self._stuck, self.canonical
        limit = self.meter.budget.states or sys.maxsize
        for number in range(self._expanded, end):
            self._expanded = number + 1
            found.clear()
            expand(keys[number])
            if found.flags:
                self._flagged(number)
            for result in (found.protocol, found.other):
                for key in result if canonical is None else map(canonical, result):
                    if key not in seen:
                        seen.add(key)
                        keys.append(key)
                        parents.append(number)
                        if self._any_goal is not None and self._any_goal(key):
                            self._arrived(len(keys) - 1)
            if stuck and not found.protocol:
                self._halted(number)
            if len(keys) > limit:
                return

    def _arrived(self, number: int) -> None:
        """Note the goals that a new state meets, and look for the others from here on."""
        key = self._keys[number]
        for goal in [goal for goal, holds in self._goals.items() if holds(key)]:
            self.found.states[goal] = Ending(number)
            del self._goals[goal]
        self._any_goal = self.code.any_of(self._goals) if self._goals else None

    def _flagged(self, number: int) -> None:
        for label, place in self._program.found.flags:
            action = self.layout.system.actions[label[0]]
            if place < 0:
                self.found.actions.setdefault(action.name, Ending(number, label))
            elif self.found.breach is None:
                self.found.breach = Ending(number, label, action.obligations[place])

    def _halted(self, number: int) -> None:
        """No protocol step leads on from a state; see whether any ever can."""
        if any(place >= 0 for _, place in self._program.found.flags):
            return
        key = self._keys[number]
        for ended, satisfied in list(self._stuck.items()):
            if not satisfied(key) and self._halts.for_ever(key):
                self.found.stuck[ended] = Ending(number)
                del self._stuck[ended]
