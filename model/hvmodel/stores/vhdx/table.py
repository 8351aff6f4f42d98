"""The block allocation table (MS-VHDX 2.5), read piece by piece: memory follows what is looked at."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hvmodel.dataclass import dataclass
from hvmodel.stores.vhdx.geometry import Geometry
from hvmodel.stores.vhdx.pages import Pages
from hvmodel.stores.vhdx.region import Region

Entries: TypeAlias = NDArray[np.uint64]
_SLAB = 1 << 16
_ENTRY = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Slab:
    """Whole chunks of the table: `payload[i]` is block `first_block + i`, `bitmaps[i]` is chunk `first_chunk + i`."""

    first_block: int
    payload: Entries
    first_chunk: int
    bitmaps: Entries


class Table:
    """Entries by block, in the region of the file, through pages that may hold changes."""

    def __init__(self, pages: Pages, region: Region, geometry: Geometry) -> None:
        self._pages, self.region, self.geometry = pages, region, geometry
        self._ratio = geometry.chunk_ratio

    def payload(self, block: int) -> int:
        """The entry of a payload block."""
        return self.raw(block + block // self._ratio)

    def bitmap(self, block: int) -> int:
        """The entry of the sector bitmap that describes the block."""
        return self.raw(self.geometry.bitmap_entry_of(block))

    def raw(self, index: int) -> int:
        return int(_ENTRY.unpack(self._pages.read(self.region.offset + 8 * index, 8))[0])

    def put_payload(self, block: int, entry: int) -> None:
        self._put(self.geometry.entry_of(block), entry)

    def put_bitmap(self, block: int, entry: int) -> None:
        self._put(self.geometry.bitmap_entry_of(block), entry)

    def _put(self, index: int, entry: int) -> None:
        self._pages.write(self.region.offset + 8 * index, _ENTRY.pack(entry))

    def blocks(self, first: int, count: int) -> Entries:
        """The entries of `count` payload blocks from `first` on."""
        start, end = self.geometry.entry_of(first), self.geometry.entry_of(first + count - 1) + 1
        entries = self._array(start, end - start)
        if end - start == count:
            return entries
        between = np.arange(self._ratio - first % self._ratio, end - start, self._ratio + 1)
        return np.delete(entries, between)

    def _array(self, start: int, count: int) -> Entries:
        return np.frombuffer(self._pages.read(self.region.offset + 8 * start, 8 * count), dtype="<u8")

    def slabs(self) -> Iterator[Slab]:
        """The whole table in order, about half a megabyte at a time; missing last entries are zeros."""
        width, total = self._ratio + 1, self.geometry.entry_count
        chunks = max(1, _SLAB // width)
        for chunk in range(0, self.geometry.chunk_count, chunks):
            start = chunk * width
            entries = self._array(start, min(chunks * width, total - start))
            rows = -(-len(entries) // width)
            if len(entries) < rows * width:
                entries = np.concatenate([entries, np.zeros(rows * width - len(entries), dtype="<u8")])
            grid = entries.reshape(rows, width)
            yield Slab(chunk * self._ratio, grid[:, :-1].reshape(-1), chunk, grid[:, -1])
