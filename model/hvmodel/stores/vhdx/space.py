"""Free room in a file, in whole megabytes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvmodel.stores.vhdx.identifiers import MIB


class Space:
    """Gives out places: first what was free in the file, then what lies past its end.

    Places freed by `release` become usable only after `settle`, when no table on disk refers to them any more.
    """

    def __init__(self, used: NDArray[np.bool_], file_size: int) -> None:
        edges = np.flatnonzero(np.diff(np.concatenate([[True], used, [True]]).astype(np.int8)))
        self._free = [(int(low), int(high) - int(low)) for low, high in edges.reshape(-1, 2)]
        self.end = max(len(used), -(-file_size // MIB))
        self._pending: list[tuple[int, int]] = []

    def take(self, length: int) -> tuple[int, bool]:
        """Offset (bytes) of `length` bytes and whether they may hold old data. The caller grows the file."""
        units = length // MIB
        for index, (start, count) in enumerate(self._free):
            if count >= units:
                if count == units:
                    del self._free[index]
                else:
                    self._free[index] = start + units, count - units
                return start * MIB, True
        start = self.end
        self.end += units
        return start * MIB, False

    def release(self, offset: int, length: int) -> None:
        self._pending.append((offset // MIB, length // MIB))

    def settle(self) -> None:
        """What was released is durably unreferenced now."""
        self._free.extend(self._pending)
        self._pending.clear()
