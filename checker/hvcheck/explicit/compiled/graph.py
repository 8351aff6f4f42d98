"""The states and steps of a compiled search, for `leads to`: two more modules beside that of the search."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvmodel.expression import Expression

from ..codegen import OutsideError
from ..explored import NOBODY, Steps
from ..instances import Instances
from .kernel import filled, located, text
from .machine import Machine
from .scratch import Scratch
from .terms import Emitter

CHUNK = 1 << 16
"""States judged at once."""

ROOM = 1 << 18
"""Steps that there is room for beside those of one state."""


class CompiledSteps:
    """The states and steps of a compiled search that has ended."""

    def __init__(self, machine: Machine, instances: Instances, unroll: int = 64) -> None:
        self._machine = machine
        self._unroll = unroll
        self._movers = _movers(machine, instances)
        self._gatherer: Gatherer | None = None

    def satisfying(self, expression: Expression) -> NDArray[np.bool_]:
        """Of each state, whether it satisfies a closed expression. Raises OutsideError."""
        scratch = Scratch()
        marks = scratch.reserve(CHUNK)
        judge = self._machine.attach(_judging(self._machine, scratch, marks, expression, self._unroll))
        states = self._machine.states
        found = np.zeros(states, np.bool_)
        for begin in range(0, states, CHUNK):
            count = min(CHUNK, states - begin)
            if judge.call("judge", begin, count):
                raise OutsideError("a property reads outside a range")
            found[begin : begin + count] = judge.array(marks, count, np.uint8)
        return found

    def steps(self, begin: int, end: int, wanted: NDArray[np.bool_]) -> Steps:
        """The steps of the wanted states from `begin` on: views, valid until the next call."""
        if self._gatherer is None:
            self._gatherer = Gatherer(self._machine, self._movers)
        return self._gatherer.steps(begin, end - begin, wanted)


class Gatherer:
    """Asks the search for the steps of many states at once."""

    def __init__(self, machine: Machine, movers: NDArray[np.uint16]) -> None:
        scratch = Scratch()
        room = ROOM + len(movers)
        self._wanted, self._counts = scratch.reserve(CHUNK), scratch.reserve(4 * CHUNK)
        self._target, self._mover = scratch.reserve(4 * room), scratch.reserve(2 * room)
        table = scratch.reserve(2 * len(movers))
        addresses = machine.source.addresses
        filling = {
            "pages": scratch.pages,
            "wanted": self._wanted,
            "counts": self._counts,
            "target": self._target,
            "mover": self._mover,
            "movers": table,
            "full": ROOM,
            "batch": addresses.batch,
            "records": addresses.records,
            "record": addresses.record,
            "record_step": 8 * machine.words,
            "record_parent": 8 * machine.words + 4,
            "breaches": addresses.broken,
        }
        self._module = machine.attach(filled(text("graph.wat"), filling))
        self._module.array(table, len(movers), np.uint16)[:] = movers

    def steps(self, begin: int, count: int, wanted: NDArray[np.bool_]) -> Steps:
        """The steps of `count` states or fewer."""
        count = min(count, CHUNK)
        self._module.array(self._wanted, count, np.uint8)[:] = wanted[:count]
        done = self._module.call("steps", begin, count)
        counts = self._module.array(self._counts, done, np.uint32)
        total = int(counts.sum())
        target = self._module.array(self._target, total, np.uint32)
        mover = self._module.array(self._mover, total, np.uint16)
        return Steps(counts, target, mover)


def _movers(machine: Machine, instances: Instances) -> NDArray[np.uint16]:
    """The instance of each step, by the number of the step."""
    steps = machine.source.steps
    movers = np.full(steps.total, NOBODY, np.uint16)
    for place, owed in enumerate(instances.owed):
        first, end = steps.first[place], steps.first[place + 1]
        if owed is not None and end > first:
            sizes = owed.sizes
            own = int(np.prod(sizes, dtype=np.int64))
            movers[first:end] = owed.base + np.arange(end - first) // ((end - first) // own)
    return movers


def _judging(machine: Machine, scratch: Scratch, marks: int, expression: Expression, unroll: int) -> str:
    """The text of a module that judges the states of a search."""
    packing = machine.source.packing
    emitter = Emitter(packing, scratch, unroll)
    predicate = emitter.predicate("$holds", expression)
    loop = filled(text("judge.wat"), {"marks": marks, "state": 8 * machine.words})
    helpers = filled(text("cells.wat"), {"cells": located(scratch, packing)})
    memories = [
        '(import "search" "arena" (memory $arena 0))',
        f'(memory $scratch (export "own") {scratch.pages})',
        *scratch.data(),
    ]
    return "\n".join(["(module", *memories, helpers, *emitter.functions, predicate, loop, ")"])
