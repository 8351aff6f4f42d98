"""Judging the whole block allocation table: states, places, and that no two blocks share one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from hvmodel.dataclass import dataclass
from hvmodel.stores.refusal import Report
from hvmodel.stores.vhdx.entry import (
    FULLY_PRESENT,
    OFFSET_SHIFT,
    PARTIALLY_PRESENT,
    RESERVED_MASK,
    STATE_MASK,
)
from hvmodel.stores.vhdx.identifiers import MIB, NO_GUID
from hvmodel.stores.vhdx.region import Region
from hvmodel.stores.vhdx.table import Entries, Slab, Table

_SHOWN = 20
_GRID_LIMIT = 1 << 28


@dataclass(frozen=True, slots=True)
class Usage:
    """What the table refers to: how many payload blocks are in each state, and how many bitmaps exist."""

    states: tuple[int, ...]
    bitmaps: int

    @property
    def present(self) -> int:
        return self.states[FULLY_PRESENT] + self.states[PARTIALLY_PRESENT]


class Scanner:
    """Judges one table against its file. `structures` are the ranges that no block may touch."""

    def __init__(self, table: Table, file_size: int, structures: Iterable[Region], report: Report) -> None:
        self._table, self._report, self._file_size = table, report, file_size
        self._structures = [Region(0, MIB, NO_GUID), *structures]

    def judge(self) -> Usage:
        """Raises Refused (or gathers) for every rule of groups block-*. Reads the table twice."""
        counts = np.zeros(8, dtype=np.int64)
        bitmaps = 0
        for slab in self._table.slabs():
            states = slab.payload & np.uint64(STATE_MASK)
            counts += np.bincount(states.astype(np.int64), minlength=8)
            bitmaps += int(np.count_nonzero(slab.bitmaps & np.uint64(STATE_MASK)))
            if slab.payload.any() or slab.bitmaps.any():
                self._judge_states(slab, states)
                self._judge_places(slab, states)
        # The last slab is padded to whole chunks; padding counts as not present.
        counts[0] -= counts.sum() - self._table.geometry.block_count
        usage = Usage(tuple(int(count) for count in counts), bitmaps)
        self._judge_shared(usage)
        return usage

    def _judge_states(self, slab: Slab, states: Entries) -> None:
        differencing = self._table.geometry.differencing
        self._each("block-state", slab, states, (states == 4) | (states == 5))
        self._each("block-reserved", slab, slab.payload, (slab.payload & np.uint64(RESERVED_MASK)) != 0)
        bitmap_states = slab.bitmaps & np.uint64(STATE_MASK)
        bad = (bitmap_states != 0) & (bitmap_states != FULLY_PRESENT)
        self._each_bitmap("bitmap-state", slab, bitmap_states, bad)
        self._each_bitmap("block-reserved", slab, slab.bitmaps, (slab.bitmaps & np.uint64(RESERVED_MASK)) != 0)
        partial = states == PARTIALLY_PRESENT
        if not differencing:
            self._each("block-without-parent", slab, states, partial)
        elif partial.any():
            has_bitmap = (slab.bitmaps & np.uint64(STATE_MASK)) == FULLY_PRESENT
            covered = np.repeat(has_bitmap, self._table.geometry.chunk_ratio)[: len(partial)]
            self._each("block-without-bitmap", slab, states, partial & ~covered)

    def _judge_places(self, slab: Slab, states: Entries) -> None:
        size = self._table.geometry.block_size
        starts = slab.payload >> np.uint64(OFFSET_SHIFT) << np.uint64(OFFSET_SHIFT)
        present = states >= FULLY_PRESENT
        for code, bad in self._misplaced(starts, size):
            self._each(code, slab, starts, present & bad)
        starts = slab.bitmaps >> np.uint64(OFFSET_SHIFT) << np.uint64(OFFSET_SHIFT)
        present = (slab.bitmaps & np.uint64(STATE_MASK)) == FULLY_PRESENT
        for code, bad in self._misplaced(starts, MIB):
            self._each_bitmap(code, slab, starts, present & bad)

    def _misplaced(self, starts: Entries, length: int) -> Iterable[tuple[str, NDArray[np.bool_]]]:
        last = max(self._file_size - length, -1)
        beyond = starts > np.uint64(last) if last >= 0 else np.ones(len(starts), dtype=bool)
        yield "block-beyond-end", beyond
        # Offsets that do not fit the signed type are beyond the end and masked out below.
        signed = starts.astype(np.int64)
        inside = np.zeros(len(starts), dtype=bool)
        for region in self._structures:
            inside |= (signed < region.end) & (signed > region.offset - length)
        yield "block-in-structure", inside & ~beyond

    def _each(self, code: str, slab: Slab, values: Entries, bad: NDArray[np.bool_]) -> None:
        for index in np.flatnonzero(bad)[:_SHOWN].tolist():
            block = slab.first_block + index
            at = self._table.region.offset + 8 * self._table.geometry.entry_of(block)
            self._report.error(code, f"block {block}", f"{int(values[index]):#x}", at)

    def _each_bitmap(self, code: str, slab: Slab, values: Entries, bad: NDArray[np.bool_]) -> None:
        for index in np.flatnonzero(bad)[:_SHOWN].tolist():
            chunk = slab.first_chunk + index
            at = self._table.region.offset + 8 * self._table.geometry.bitmap_entry_of(
                chunk * self._table.geometry.chunk_ratio
            )
            self._report.error(code, f"sector bitmap {chunk}", f"{int(values[index]):#x}", at)

    def _judge_shared(self, usage: Usage) -> None:
        claimed = usage.present * (self._table.geometry.block_size // MIB) + usage.bitmaps
        if claimed:
            for offset in shared(self._table, self._file_size // MIB + 1, claimed):
                self._report.error("block-shared", "place of two blocks", f"{offset:#x}", offset)


def shared(table: Table, file_units: int, claimed: int) -> list[int]:
    """Offsets (bytes, at most 20) of megabytes used twice, when blocks claim `claimed` megabytes in all."""
    if file_units > min(_GRID_LIMIT, max(1 << 20, 8 * claimed)):
        return _shared_by_sorting(table)
    if int(np.count_nonzero(occupancy(table, file_units))) == claimed:
        return []
    seen = np.zeros(file_units, dtype=bool)
    twice: list[int] = []
    for places in _places(table, file_units):
        ordered = np.sort(places)
        twice += ordered[1:][ordered[1:] == ordered[:-1]][:_SHOWN].tolist()
        twice += places[seen[places]][:_SHOWN].tolist()
        seen[places] = True
    return [unit * MIB for unit in twice[:_SHOWN]]


def _shared_by_sorting(table: Table) -> list[int]:
    ranges = np.concatenate([np.stack([starts, starts + length], 1) for starts, length in _ranges(table)])
    ranges = ranges[np.argsort(ranges[:, 0], kind="stable")]
    return [int(start) * MIB for start in ranges[1:, 0][ranges[1:, 0] < ranges[:-1, 1]][:_SHOWN]]


def _ranges(table: Table) -> Iterator[tuple[NDArray[np.int64], int]]:
    """Starts and the one length, in megabytes, of what each piece of the table refers to."""
    units = table.geometry.block_size // MIB
    for slab in table.slabs():
        payload = slab.payload[(slab.payload & np.uint64(STATE_MASK)) >= FULLY_PRESENT]
        yield (payload >> np.uint64(OFFSET_SHIFT)).astype(np.int64), units
        bitmaps = slab.bitmaps[(slab.bitmaps & np.uint64(STATE_MASK)) == FULLY_PRESENT]
        yield (bitmaps >> np.uint64(OFFSET_SHIFT)).astype(np.int64), 1


def _places(table: Table, file_units: int) -> Iterator[NDArray[np.int64]]:
    for starts, length in _ranges(table):
        inside = starts[starts + length <= file_units]
        for unit in range(length if len(inside) else 0):
            yield inside + unit


def occupancy(table: Table, file_units: int) -> NDArray[np.bool_]:
    """Which megabytes of the file hold a block or a sector bitmap. Places outside the file are left out."""
    used = np.zeros(file_units, dtype=bool)
    for places in _places(table, file_units):
        used[places] = True
    return used
