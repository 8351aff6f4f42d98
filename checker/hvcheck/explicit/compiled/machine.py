"""A compiled module at work: its functions, and its memories, which only this side makes grow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from time import thread_time

import numpy as np
import numpy.typing as npt

from hvmodel.expression import Expression

from ...verdict import EvidenceError
from .instance import CEILING, FullError, Instance, Modules, compiled
from .module import Source, predicate
from .packing import Words

FEWEST = 1 << 14
"""States that there is room for from the start: memory that is not touched costs nothing."""

MOST_SLOTS = 1 << 28
"""Slots of the largest table; it keeps within what a module can address."""


EDGES = 1 << 18
"""Steps that are handed over at a time."""

_NEVER = 2**31 - 1


class Pause(IntEnum):
    """Why the kernel returned."""

    BATCHES = 0
    FINISHED = 1
    LIMIT = 2
    TABLE_FULL = 3
    ARENA_FULL = 4
    NOTES = 5
    OUTSIDE = 6


class Machine:
    """One instance of a module; `ceiling` limits the bytes of each of its memories.

    Arrays are views of the module's memory: valid until more room is made, and to be read only. Raises FullError when
    not even the first states can be held.
    """

    def __init__(self, source: Source, ceiling: int = CEILING, modules: Modules = compiled) -> None:
        self.source = source
        self.words = source.packing.words
        self._ceiling = ceiling
        self._room = 0
        self._slots = 0
        self._module = Instance(source.text, ceiling=ceiling, modules=modules)

    def begin(self, initial: Sequence[int]) -> None:
        """Make a state, given by its words, the first one, and look for everything."""
        self.switch_all(on=True)
        self.look_for_goals(self.source.addresses.switched.goals > 0)
        batch = self.source.addresses.batch * self.source.steps.total
        self.make_room(max(FEWEST, 2 * batch))
        self._module.view("arena", 0, self.words, np.uint64)[:] = initial
        self._module.call("begin")
        slots = 2 * FEWEST
        while slots * 3 <= 5 * (batch + 2):
            slots *= 2
        self.make_table(slots)

    def run(self, batches: int, limit: int | None = None) -> Pause:
        """Expand states for some batches. With a limit, not one state is expanded after it is passed."""
        size, end = self.source.addresses.batch, _NEVER
        if limit is not None and limit < _NEVER:
            end = limit - size * self.source.steps.total
            if self.states > end:
                size, end = 1, limit
        return Pause(self._module.call("run", batches, size, end))

    @property
    def states(self) -> int:
        return self._module.get("states")

    @property
    def expanded(self) -> int:
        return self._module.get("head")

    @property
    def outside(self) -> int:
        """The state that showed the spec to be at fault, or -1."""
        return self._module.get("outside") - 1

    def notes(self) -> list[tuple[int, int]]:
        """Which switches were met at which states since the last call."""
        made = self._module.get("notes")
        self._module.set("notes", 0)
        pairs = self._module.view("scratch", self.source.addresses.notes, 2 * made, np.int32).reshape(-1, 2)
        return [(int(which), int(state)) for which, state in pairs]

    def switch(self, which: int, on: bool) -> None:
        """Look for something, or no longer."""
        self._module.view("scratch", self.source.addresses.switches + which, 1, np.uint8)[0] = on

    def switch_all(self, on: bool) -> None:
        addresses = self.source.addresses
        self._module.view("scratch", addresses.switches, addresses.switched.total, np.uint8)[:] = on

    def look_for_goals(self, wanted: bool) -> None:
        self._module.set("goals", int(wanted))

    @property
    def counts(self) -> npt.NDArray[np.uint64]:
        """How often each step was enabled, by its number."""
        return self._module.view("scratch", self.source.addresses.counts, self.source.steps.total, np.uint64)

    @property
    def arena(self) -> Words:
        """The words of the states found: a row a state."""
        return self._module.view("arena", 0, self.words * self.states, np.uint64).reshape(-1, self.words)

    @property
    def parents(self) -> npt.NDArray[np.int32]:
        """For each state the number of the one it was first reached from; they never decrease. -1 for the first."""
        return self._module.view("parents", 0, self.states, np.int32)

    @property
    def table_size(self) -> int:
        """Bytes of the table."""
        return 8 * self._slots

    def make_table(self, slots: int) -> None:
        """Enter all states into a table of so many slots, a power of two."""
        if slots > MOST_SLOTS:
            raise FullError("the table of states has reached the 4 GB that the compiled engine can address")
        self._module.grow("table", 8 * slots)
        self._slots = slots
        self._module.call("rehash", slots)

    def enlarge_table(self, times: int) -> None:
        """More slots by a power of two."""
        self.make_table(times * self._slots)

    def make_room(self, states: int) -> None:
        """Let the arena hold so many states."""
        self._module.grow("arena", 8 * self.words * states)
        self._module.grow("parents", 4 * states)
        self._room = states
        self._module.set("room", states)

    def enlarge_arena(self) -> None:
        """Make room for twice as many states, or as many as fit."""
        fitting = self._ceiling // (8 * self.words)
        needed = self.states + self.source.addresses.batch * self.source.steps.total
        if needed > fitting:
            raise FullError(f"the states fill the {self._ceiling / 2**20:,.0f} MiB that the compiled engine can use")
        self.make_room(min(2 * max(needed, self._room), fitting))

    def successors(self, number: int) -> list[tuple[int, list[int]]]:
        """The steps that lead on from a state, by number, and the words of where to, protocol steps first."""
        end = self._module.call("successors", number)
        start = self.source.addresses.records
        raw = self._module.view("scratch", start, (end - start) // 8, np.uint64)
        records = raw.reshape(-1, self.source.addresses.record // 8)
        return [(int(record[self.words]) & 0xFFFFFFFF, [int(w) for w in record[: self.words]]) for record in records]

    def step(self, number: int, after: int) -> int:
        """The number of the first step that leads from one state to another, both by number. To be asked `aside`.

        Raises EvidenceError if there is none.
        """
        wanted = self.arena[after]
        end, start = self._module.call("successors", number), self.source.addresses.records
        raw = self._module.view("scratch", start, (end - start) // 8, np.uint64)
        records = raw.reshape(-1, self.source.addresses.record // 8)
        self._uncount()
        leading = records[(records[:, : self.words] == wanted).all(axis=1)]
        if not len(leading):
            raise EvidenceError("no step leads from a state to one that it was said to be reached by")
        return int(leading[0, self.words]) & 0xFFFFFFFF

    def _uncount(self) -> None:
        """A step that breaks an obligation was counted again as it was met again."""
        broken = self._module.get("broken")
        if broken:
            again = self._module.view("scratch", self.source.addresses.broken, broken, np.int32)
            np.subtract.at(self.counts, again, np.uint64(1))

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Look for nothing meanwhile: states of an unfinished search can be asked for their steps again."""
        addresses = self.source.addresses
        switches = self._module.view("scratch", addresses.switches, addresses.switched.total, np.uint8)
        before = switches.copy()
        switches[:] = 0
        try:
            yield
        finally:
            self._module.view("scratch", addresses.switches, addresses.switched.total, np.uint8)[:] = before

    def expand_again(self, first: int, last: int) -> float:
        """Processor seconds that it takes to expand states once more: those from one number up to another.

        All must have been expanded. Nothing is found and nothing counted: a search goes on as if it had not been asked.
        """
        with self.aside():
            before, batch = self.counts.copy(), self.source.addresses.batch
            start = thread_time()
            self._module.call("expand_again", first, first, batch)
            begun = thread_time()
            self._module.call("expand_again", first, last, batch)
            took = thread_time() - begun
            self.counts[:] = before
        return max(0.0, took - (begun - start))  # without what a call costs by itself

    def number(self, words: Sequence[int]) -> int | None:
        """The number of a state given by its words."""
        address = self.source.addresses.records
        self._module.view("scratch", address, self.words, np.uint64)[:] = words
        found = int(self._module.call("lookup", address))
        return None if found < 0 else found

    def edges(self, first: int = 0, last: int | None = None) -> Iterator[npt.NDArray[np.int32]]:
        """The steps of the states from one number up to another, of all by default, some thousands at a time.

        A row is a state, the state that a step leads to, and the step's number; in the order of states, and of each the
        protocol steps first. -1 instead of the state after: the step breaks an obligation. To be asked of a finished
        search; the rows are a copy.
        """
        batch = self.source.addresses.batch
        room = max(EDGES, batch * self.source.steps.total)
        self._module.grow("edges", 12 * room)
        end = self.states if last is None else last
        while first < end:
            first = int(self._module.call("list_edges", first, end, batch, room))
            yield self._module.view("edges", 0, 3 * self._module.get("triples"), np.int32).reshape(-1, 3).copy()

    def where(self, expression: Expression, unroll: int = 64) -> npt.NDArray[np.bool_]:
        """For each state whether it satisfies a closed expression.

        Raises UncompiledError, and ValueError naming the first state in which it has no meaning (see OutsideError).
        """
        text = predicate(self.source.packing.codec, expression, unroll)
        marking = Instance(text, self._module, ("arena",), self._ceiling)
        marking.grow("marks", self.states)
        marking.call("mark", 0, self.states)
        if marking.get("outside"):
            raise ValueError(f"the expression reads outside a range in state {marking.get('outside') - 1}")
        return marking.view("marks", 0, self.states, np.bool_).copy()
