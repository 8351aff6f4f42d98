"""A file-like object that is a VHDX file of 64 TiB, fully allocated: everything but its payload is there."""

from __future__ import annotations

import io

import numpy as np

from hvmodel.stores.vhdx.create import Design, lay_out
from hvmodel.stores.vhdx.entry import FULLY_PRESENT
from hvmodel.stores.vhdx.geometry import Geometry

from .crash import MemoryFile

MIB, TIB = 1 << 20, 1 << 40


class LargeFile(io.RawIOBase):
    """Blocks in order, or each chunk's blocks in random order."""

    def __init__(self, shuffled: bool) -> None:
        self._file = MemoryFile()
        lay_out(_Device(self._file), Design(64 * TIB, MIB))  # type: ignore[arg-type]
        geometry = Geometry(MIB, 64 * TIB, 512, False)
        start = self._file.length // MIB
        width, count = geometry.chunk_ratio + 1, geometry.chunk_count
        grid = np.zeros((count, width), dtype="<u8")
        source = np.random.default_rng(1)
        for chunk in range(count):
            low = start + chunk * (width - 1)
            places = np.arange(low, low + width - 1, dtype=np.uint64)
            if shuffled:
                source.shuffle(places)
            grid[chunk, :-1] = places << np.uint64(20) | np.uint64(FULLY_PRESENT)
        self._table = memoryview(grid.reshape(-1)[: geometry.entry_count]).cast("B")
        self._size = (start + geometry.block_count) * MIB
        self._at = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset if whence == 0 else self._size + offset
        return self._at

    def read(self, size: int = -1) -> bytes:
        at, end = self._at - 3 * MIB, self._at + size - 3 * MIB
        self._at += size
        if at >= 0 and end <= len(self._table):
            return bytes(self._table[at:end])
        return self._file.read(at + 3 * MIB, size)


class _Device:
    def __init__(self, file: MemoryFile) -> None:
        self._file = file
        self.read, self.write, self.resize = file.read, file.write, file.resize

    def size(self) -> int:
        return self._file.length

    def flush(self) -> None:
        return

    def close(self) -> None:
        return
