"""The search at native speed: the kernel explores, this side keeps to the budget and names what was found."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from time import monotonic, thread_time

import numpy as np

from hvmodel.state import Layout

from ...engine import Progress
from ..codegen import Key, Label, OutsideError, Program
from ..deadlock import Halts
from ..exploration import Ending, Exploration, Goals
from ..explored import NOBODY
from ..instances import instances
from ..likeness import EXACT, Likeness
from ..meter import BudgetError, Meter
from .graph import CompiledSteps
from .instance import CEILING, FullError, Modules, compiled
from .keys import Keys, packed
from .machine import Machine, Pause
from .module import source
from .packing import UncompiledError
from .sampling import Sampling

__all__ = ["CompiledSearch", "UncompiledError"]

FIRST_BATCHES = 128
"""Batches until the first look: milliseconds, beside which a call of the kernel costs little."""

SLICE = 0.05
"""Seconds that the kernel runs between two looks at the budget, about."""


class CompiledSearch(Exploration):
    """A search by a WebAssembly module made for the system; it finds the same states in the same order as `Search`.

    Raises UncompiledError when the system cannot be compiled. `machine` gives the states as words, the successors of a
    state and the number of a state at native speed. `ceiling` limits the bytes of each of its memories.
    """

    def __init__(
        self,
        layout: Layout,
        goals: Goals,
        meter: Meter,
        unroll: int = 64,
        ceiling: int = CEILING,
        likeness: Likeness = EXACT,
        modules: Modules = compiled,
    ) -> None:
        super().__init__(layout, meter, unroll, likeness)
        self.machine = Machine(source(self.codec, goals, unroll, likeness), ceiling, modules)
        self._sampling = Sampling(self.machine)
        self._unroll = unroll
        self._keys = Keys(self.machine)
        self._goals = goals
        self._flags = Program(self.code, flagged=goals.actions)
        self._halts = Halts(self.labelled, meter)
        self._ends = [1]
        self._batches = FIRST_BATCHES
        self._fired: Mapping[str, int] | None = None
        self._reached_by: dict[int, Label] = {}

    @property
    def keys(self) -> Sequence[Key]:
        return self._keys

    @property
    def parents(self) -> Sequence[int]:
        return self.machine.parents  # type: ignore[return-value]

    @property
    def expanded(self) -> int:
        return self.machine.expanded

    @property
    def fired(self) -> Mapping[str, int]:
        if self._fired is not None:
            return self._fired
        sums = [0, *accumulate(self.machine.counts.tolist())]
        first = self.machine.source.steps.first
        actions = self.layout.system.actions
        return {action.name: sums[first[k + 1]] - sums[first[k]] for k, action in enumerate(actions)}

    def distance(self, number: int) -> int:
        """As parents never decrease, a level begins where they reach the one before."""
        parents = self.machine.parents
        while self._ends[-1] <= number:
            end = int(parents.searchsorted(np.int32(self._ends[-1])))  # an int would convert all parents
            if end == len(parents):
                break
            self._ends.append(end)
        return bisect_right(self._ends, number)

    def steps_along(self, path: Sequence[int]) -> list[Label]:
        """The kernel's records name the steps: nothing need be generated to tell them."""
        unknown = [(before, after) for before, after in pairwise(path) if after not in self._reached_by]
        if unknown:
            with self.machine.aside():
                for before, after in unknown:
                    self._reached_by[after] = self.machine.source.steps.label(self.machine.step(before, after))
        return [self._reached_by[number] for number in path[1:]]

    def explored(self) -> CompiledSteps | None:
        numbered = instances(self.codec)
        return CompiledSteps(self.machine, numbered, self._unroll) if numbered.count < NOBODY else None

    def run(self) -> Iterator[Progress]:
        known = 0
        try:
            self.machine.begin(packed(self.machine, self.codec.initial))
            pause = Pause.NOTES
            while pause is not Pause.FINISHED:
                self._check()
                pause = self._advance()
                self._take_notes()
                if self.meter.due() or len(self.found) > known:
                    known = len(self.found)
                    yield self.progress("exploring")
                if pause is Pause.OUTSIDE:
                    self._outside()
            self._check()
            self.finished = True
        except (BudgetError, FullError) as met:
            self.stopped = str(met)
        finally:
            self._settle()

    def _check(self, more: int = 0) -> None:
        self.meter.check(self.states, 8 * self.machine.words, more)

    def _advance(self) -> Pause:
        """Let the kernel work for about a slice, then give it the room that it asks for."""
        start, begun, first = monotonic(), thread_time(), self.machine.expanded
        with self.meter.timing("search"):
            pause = self.machine.run(self._batches, self.meter.budget.states)
        took, busy = monotonic() - start, thread_time() - begun
        if pause is Pause.BATCHES and took < SLICE / 2:
            self._batches *= 2
        elif took > SLICE * 2 and self._batches > 1:
            self._batches //= 2
        if pause is Pause.BATCHES and took > SLICE / 4:
            with self.meter.timing("sample"):
                self._sampling.slice(first, busy)
        with self.meter.timing("grow"):
            if pause is Pause.TABLE_FULL:
                self._enlarge_table()
            elif pause is Pause.ARENA_FULL:
                self.machine.enlarge_arena()
        return pause

    def spent(self) -> Mapping[str, float]:
        return self._sampling.told_apart(self.meter.spent)

    def _enlarge_table(self) -> None:
        """Four times the slots, or twice if that is all that there is memory for."""
        try:
            self._check(3 * self.machine.table_size)
            self.machine.enlarge_table(4)
        except (BudgetError, FullError):
            self._check(self.machine.table_size)
            self.machine.enlarge_table(2)

    def _take_notes(self) -> None:
        """Turn the kernel's notes into findings; last those that take another search, which may meet the budget."""
        switched = self.machine.source.addresses.switched
        waiting: list[tuple[int, int]] = []
        for which, number in self.machine.notes():
            if which < switched.goals:
                self.found.states[self._goals.states[which]] = Ending(number)
                self.machine.look_for_goals(len(self.found.states) < switched.goals)
            elif which < switched.breach:
                waiting.append((which, number))
            else:
                self._flagged(number)
        for which, number in waiting:
            self._waiting(which, number)

    def _waiting(self, which: int, number: int) -> None:
        """In a state that has not ended no protocol step can be taken; see whether any ever can."""
        ended = self._goals.ended[which - self.machine.source.addresses.switched.goals]
        if ended not in self.found.stuck and self._halts.for_ever(self.keys[number]):
            self.found.stuck[ended] = Ending(number)
            self.machine.switch(which, on=False)

    def _flagged(self, number: int) -> None:
        """Which steps of a state are looked for or break an obligation, the reference program tells."""
        found = self._flags.found
        found.clear()
        self._flags.expand(self.keys[number])
        for label, place in found.flags:
            action = self.layout.system.actions[label[0]]
            if place < 0:
                self.found.actions.setdefault(action.name, Ending(number, label))
            elif self.found.breach is None:
                self.found.breach = Ending(number, label, action.obligations[place])

    def _outside(self) -> None:
        """The reference program says what is wrong in the state; it may find it elsewhere in the state than here."""
        key = self.keys[self.machine.outside]
        self._flags.expand(key)
        for goal in self._goals.states:
            self.code.predicate(goal)(key)
        raise OutsideError("a step or a property reads or writes outside a range")

    def _settle(self) -> None:
        """Nothing is looked for any more, so that the machine can be asked for successors."""
        self._fired = self.fired
        self.machine.look_for_goals(False)
        self.machine.switch_all(on=False)
