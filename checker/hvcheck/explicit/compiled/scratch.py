"""The scratch memory of a module: tables, counts, notes and the buffers of a batch, each at a fixed address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from struct import pack

PAGE = 1 << 16
"""Bytes of a WebAssembly page."""


@dataclass
class Scratch:
    """Gives out addresses; the first bytes stay free, so that no address is 0."""

    size: int = 64
    _tables: dict[tuple[int, ...], int] = field(default_factory=dict)

    def reserve(self, length: int) -> int:
        """The address of so many bytes, aligned for 64-bit words."""
        address = self.size
        self.size += -(-length // 8) * 8
        return address

    def table(self, numbers: Sequence[int]) -> int:
        """The address of some 32-bit numbers that the module begins with."""
        key = tuple(numbers)
        if key not in self._tables:
            self._tables[key] = self.reserve(4 * len(key))
        return self._tables[key]

    @property
    def pages(self) -> int:
        return -(-self.size // PAGE)

    def data(self) -> list[str]:
        """The tables as data segments."""
        return [
            f'(data (memory $scratch) (i32.const {address}) "{_escaped(numbers)}")'
            for numbers, address in self._tables.items()
            if numbers
        ]


def _escaped(numbers: Sequence[int]) -> str:
    return "".join(f"\\{byte:02x}" for byte in pack(f"<{len(numbers)}i", *numbers))
