"""One open VHD file: its structures judged, its own sectors readable."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from hvmodel.stores.device import Device
from hvmodel.stores.extent import DATA, PARENT, ZEROS, Extent
from hvmodel.stores.refusal import Report
from hvmodel.stores.vhd.footer import DIFFERENCING, FIXED, HEADER_SIZE, SECTOR, read_footer, read_header
from hvmodel.stores.vhd.rules import RULES

_ABSENT = 0xFFFFFFFF
_BATCH = 1 << 16


class VhdImage:
    """A VHD file, read-only. Offsets and lengths in bytes. Raises Refused; OSError passes through."""

    def __init__(self, device: Device, report: Report | None = None) -> None:
        self.device = device
        self.report = report if report is not None else Report(RULES)
        self.footer = read_footer(device, self.report)
        self.differencing = self.footer.kind == DIFFERENCING
        if self.footer.kind == FIXED:
            if device.size() - SECTOR < self.footer.size:
                self.report.fatal("vhd-fixed-size", "file size", device.size())
            return
        self.header = read_header(device, self.footer, self.report)
        self._bitmap_size = -(-self.header.block_size // (SECTOR * 8) // SECTOR) * SECTOR
        self._judge_table()

    @property
    def size(self) -> int:
        return self.footer.size

    def _judge_table(self) -> None:
        """Every block in the file, clear of headers and table, and of every other block."""
        room = self._bitmap_size + self.header.block_size
        limit = self.device.size()
        table_end = self.header.table_at + 4 * self.header.entries
        kept: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []
        for first in range(0, self.header.entries, _BATCH):
            count = min(_BATCH, self.header.entries - first)
            raw = self.device.read(self.header.table_at + 4 * first, 4 * count)
            entries = np.frombuffer(raw, dtype=">u4").astype(np.int64)
            starts = entries[entries != _ABSENT] * SECTOR
            bad = (starts < SECTOR) | (starts + room > limit)
            bad |= (starts < table_end) & (starts + room > self.header.table_at)
            header_end = self.footer.header_at + HEADER_SIZE
            bad |= (starts < header_end) & (starts + room > self.footer.header_at)
            for start in starts[bad][:20].tolist():
                self.report.error("vhd-block-place", "block", f"{start:#x}", self.header.table_at)
            kept.append(starts)
        ordered = np.sort(np.concatenate(kept))
        for start in ordered[1:][np.diff(ordered) < room][:20].tolist():
            self.report.error("vhd-block-shared", "block", f"{start:#x}", start)

    def extents(self, offset: int, length: int, placed: bool = True) -> Iterator[Extent]:  # noqa: ARG002
        """Where a range of the disk is: in this file, zeros, or the parent's."""
        if self.footer.kind == FIXED:
            yield Extent(offset, length, DATA, offset)
            return
        end = offset + length
        while offset < end:
            block, inside = divmod(offset, self.header.block_size)
            part = min(end - offset, self.header.block_size - inside)
            yield from self._within_block(block, offset, inside, part)
            offset += part

    def _within_block(self, block: int, offset: int, inside: int, length: int) -> Iterator[Extent]:
        elsewhere = PARENT if self.differencing else ZEROS
        entry = int.from_bytes(self.device.read(self.header.table_at + 4 * block, 4), "big")
        if entry == _ABSENT:
            yield Extent(offset, length, elsewhere)
            return
        data = entry * SECTOR + self._bitmap_size
        first, last = inside // SECTOR, -(-(inside + length) // SECTOR)
        raw = np.frombuffer(self.device.read(entry * SECTOR, self._bitmap_size), dtype=np.uint8)
        here = np.unpackbits(raw)[first:last].astype(bool)
        edges = [0, *(np.flatnonzero(here[1:] != here[:-1]) + 1).tolist(), last - first]
        for low, high in pairwise(edges):
            start, stop = max(inside, (first + low) * SECTOR), min(inside + length, (first + high) * SECTOR)
            at = offset + start - inside
            kind = DATA if here[low] else elsewhere
            yield Extent(at, stop - start, kind, data + start if kind == DATA else -1)

    def close(self) -> None:
        self.device.close()
