"""A compiled module at work: its functions, and its memories, which only this side makes grow."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import wasmtime

from .module import Source
from .packing import Words
from .scratch import PAGE

FEWEST = 1 << 10
"""States that there is room for from the start."""

MOST_SLOTS = 1 << 28
"""Slots of the largest table; it keeps within what a module can address."""

CEILING = 1 << 32
"""Bytes that one memory of a module can have."""


_NEVER = 2**31 - 1

_Number = TypeVar("_Number", bound=np.generic)


class FullError(Exception):
    """No more memory is to be had; the message says why."""


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

    def __init__(self, source: Source, ceiling: int = CEILING) -> None:
        self.source = source
        self.words = source.packing.words
        self._ceiling = ceiling
        self._room = 0
        self._slots = 0
        self._engine = wasmtime.Engine()
        self._store = wasmtime.Store(self._engine)
        module = wasmtime.Module(self._engine, bytes(wasmtime.wat2wasm(source.text)))
        self._exports = wasmtime.Instance(self._store, module, []).exports(self._store)

    def begin(self, initial: Sequence[int]) -> None:
        """Make a state, given by its words, the first one, and look for everything."""
        addresses = self.source.addresses
        self._view("scratch", addresses.switches, addresses.switched.total, np.uint8)[:] = 1
        self.look_for_goals(addresses.switched.goals > 0)
        batch = self.source.addresses.batch * self.source.steps.total
        self.make_room(max(FEWEST, 2 * batch))
        self._view("arena", 0, self.words, np.uint64)[:] = initial
        self._call("begin")
        slots = 4 * FEWEST
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
        return Pause(self._call("run", batches, size, end))

    @property
    def states(self) -> int:
        return self._get("states")

    @property
    def expanded(self) -> int:
        return self._get("head")

    @property
    def outside(self) -> int:
        """The state that showed the spec to be at fault, or -1."""
        return self._get("outside") - 1

    def notes(self) -> list[tuple[int, int]]:
        """Which switches were met at which states since the last call."""
        made = self._get("notes")
        self._set("notes", 0)
        pairs = self._view("scratch", self.source.addresses.notes, 2 * made, np.int32).reshape(-1, 2)
        return [(int(which), int(state)) for which, state in pairs]

    def switch(self, which: int, on: bool) -> None:
        """Look for something, or no longer."""
        self._view("scratch", self.source.addresses.switches + which, 1, np.uint8)[0] = on

    def look_for_goals(self, wanted: bool) -> None:
        self._set("goals", int(wanted))

    @property
    def counts(self) -> npt.NDArray[np.uint64]:
        """How often each step was enabled, by its number."""
        return self._view("scratch", self.source.addresses.counts, self.source.steps.total, np.uint64)

    @property
    def arena(self) -> Words:
        """The words of the states found: a row a state."""
        return self._view("arena", 0, self.words * self.states, np.uint64).reshape(-1, self.words)

    @property
    def parents(self) -> npt.NDArray[np.int32]:
        """For each state the number of the one it was first reached from; they never decrease. -1 for the first."""
        return self._view("parents", 0, self.states, np.int32)

    @property
    def table_size(self) -> int:
        """Bytes of the table."""
        return 8 * self._slots

    def make_table(self, slots: int) -> None:
        """Enter all states into a table of so many slots, a power of two."""
        if slots > MOST_SLOTS:
            raise FullError("the table of states has reached the 4 GB that the compiled engine can address")
        self._grow("table", 8 * slots)
        self._slots = slots
        self._call("rehash", slots)

    def enlarge_table(self, times: int) -> None:
        """More slots by a power of two."""
        self.make_table(times * self._slots)

    def make_room(self, states: int) -> None:
        """Let the arena hold so many states."""
        self._grow("arena", 8 * self.words * states)
        self._grow("parents", 4 * states)
        self._room = states
        self._set("room", states)

    def enlarge_arena(self) -> None:
        """Make room for twice as many states, or as many as fit."""
        fitting = self._ceiling // (8 * self.words)
        needed = self.states + self.source.addresses.batch * self.source.steps.total
        if needed > fitting:
            raise FullError(
                f"the states have reached the {self._ceiling >> 20:,} MiB that the compiled engine can hold"
            )
        self.make_room(min(2 * max(needed, self._room), fitting))

    def successors(self, number: int) -> list[tuple[int, list[int]]]:
        """The steps that lead on from a state, by number, and the words of where to, protocol steps first."""
        end = self._call("successors", number)
        start = self.source.addresses.records
        raw = self._view("scratch", start, (end - start) // 8, np.uint64)
        records = raw.reshape(-1, self.source.addresses.record // 8)
        return [(int(record[self.words]) & 0xFFFFFFFF, [int(w) for w in record[: self.words]]) for record in records]

    def number(self, words: Sequence[int]) -> int | None:
        """The number of a state given by its words."""
        address = self.source.addresses.records
        self._view("scratch", address, self.words, np.uint64)[:] = words
        found = int(self._call("lookup", address))
        return None if found < 0 else found

    # ------------------------------------------------------------------ the instance

    def _call(self, name: str, *arguments: int) -> Any:
        return self._exports[name](self._store, *arguments)  # type: ignore[operator]

    def _get(self, name: str) -> int:
        return int(self._exports[name].value(self._store))  # type: ignore[union-attr]

    def _set(self, name: str, value: int) -> None:
        self._exports[name].set_value(self._store, value)  # type: ignore[union-attr]

    def _view(self, name: str, start: int, count: int, type_: type[_Number]) -> npt.NDArray[_Number]:
        """Numbers in a memory from an address on."""
        memory: wasmtime.Memory = self._exports[name]  # type: ignore[assignment]
        length = count * np.dtype(type_).itemsize
        return np.frombuffer(memoryview(memory.get_buffer_ptr(self._store, length, start)), dtype=type_)

    def _grow(self, name: str, length: int) -> None:
        """Let a memory have so many bytes at least."""
        memory: wasmtime.Memory = self._exports[name]  # type: ignore[assignment]
        lacking = -(-length // PAGE) - memory.size(self._store)
        if lacking <= 0:
            return
        if length > self._ceiling:
            raise FullError(
                f"the {name} of states would be beyond the {self._ceiling >> 20:,} MiB that the compiled engine can use"
            )
        try:
            memory.grow(self._store, lacking)
        except wasmtime.WasmtimeError as error:
            raise FullError(f"the system gave no more memory for the {name}") from error
