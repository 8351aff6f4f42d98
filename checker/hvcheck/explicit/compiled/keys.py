"""The states of a compiled search as the reference engine writes them, decoded when one asks."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np

from ..codegen import Key
from .machine import Machine
from .packing import Words

BLOCK = 4096
"""States decoded at once."""


class Keys(Sequence[Key]):
    """A sequence of encoded states over the arena of a machine."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._type = np.dtype(machine.source.packing.codec.typecode)

    def __len__(self) -> int:
        return self._machine.states

    @overload
    def __getitem__(self, place: int) -> Key: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Key]: ...
    def __getitem__(self, place: int | slice) -> Key | Sequence[Key]:
        if isinstance(place, slice):
            return self._decoded(self._machine.arena[place])
        number = place + len(self) if place < 0 else place
        if not 0 <= number < len(self):
            raise IndexError(place)
        return self._decoded(self._machine.arena[number : number + 1])[0]

    def __iter__(self) -> Iterator[Key]:
        for start in range(0, len(self), BLOCK):
            yield from self._decoded(self._machine.arena[start : start + BLOCK])

    def _decoded(self, states: Words) -> list[Key]:
        codes = self._machine.source.packing.unpack(states).astype(self._type)
        return [row.tobytes() for row in codes]


def packed(machine: Machine, key: Key) -> list[int]:
    """The words of an encoded state."""
    packing = machine.source.packing
    return packing.pack(array(packing.codec.typecode, key))
