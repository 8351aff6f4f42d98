"""One open VHDX file: its structures judged, its own blocks readable. Knows nothing of its parent's file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hvmodel.stores.device import Device
from hvmodel.stores.extent import DATA, PARENT, ZEROS, Extent
from hvmodel.stores.refusal import Report
from hvmodel.stores.vhdx import header as headers
from hvmodel.stores.vhdx import log_replay, metadata, region
from hvmodel.stores.vhdx.entry import (
    FULLY_PRESENT,
    NOT_PRESENT,
    OFFSET_SHIFT,
    PARTIALLY_PRESENT,
    STATE_MASK,
    offset_of,
    state_of,
)
from hvmodel.stores.vhdx.geometry import Geometry
from hvmodel.stores.vhdx.identifiers import MIB, NO_GUID
from hvmodel.stores.vhdx.pages import Pages
from hvmodel.stores.vhdx.region import Region
from hvmodel.stores.vhdx.rules import RULES
from hvmodel.stores.vhdx.scan import Scanner, Usage
from hvmodel.stores.vhdx.table import Table

_BATCH = 1 << 16
_PARTIAL = 3


class Image:
    """A VHDX file whose every structure has been judged. Offsets and lengths in bytes.

    Opened for reading, a file with a dirty log is seen as it would be after replay and is not touched; opened for
    writing, the log is replayed into the file first. Raises Refused; OSError passes through.
    """

    def __init__(self, device: Device, writable: bool = False, report: Report | None = None) -> None:
        self.report = report if report is not None else Report(RULES)
        self.file = device
        self.writable = writable
        self.replayed = False
        self._judge_start(device)
        self.current = headers.read_current(device, self.report)
        header = self.current.header
        self.log = Region(header.log_offset, header.log_length, NO_GUID)
        if self.log.end > device.size():
            self.report.fatal("log-length", "LogOffset + LogLength", f"{self.log.end:#x} in {device.size():#x}")
        self.device = self._without_log(device)
        self._read_structures()

    def _judge_start(self, device: Device) -> None:
        signature = device.read(0, 8)
        if signature != b"vhdxfile":
            self.report.fatal("file-signature", "Signature", repr(signature), 0)
        if device.size() < MIB:
            self.report.fatal("file-size", "file size", device.size())

    def _without_log(self, device: Device) -> Device:
        if self.current.header.log == NO_GUID:
            return device
        sequence = log_replay.active_sequence(device, self.current.header, self.report)
        self.report.note("log-dirty", "LogGuid", self.current.header.log, self.log.offset)
        self.replayed = True
        view = log_replay.ReplayedDevice(device, self.current.header, sequence)
        if not self.writable:
            return view
        # Judge the file as it will be before it is changed: a refused file is left as it was.
        self.device = view
        self._read_structures()
        self.current = log_replay.replay(device, self.current, sequence)
        return device

    def _read_structures(self) -> None:
        self.regions = region.read(self.device, self.log, self.report)
        self.metadata = metadata.read(self.device, self.regions.metadata, self.report)
        self.geometry: Geometry = self.metadata.geometry
        if self.geometry.entry_count * 8 > self.regions.table.length:
            self.report.fatal(
                "table-size",
                "region length",
                f"{self.regions.table.length} for {self.geometry.entry_count} entries",
                self.regions.table.offset,
            )
        self.pages = Pages(self.device)
        self.table = Table(self.pages, self.regions.table, self.geometry)
        self.usage: Usage = Scanner(
            self.table, self.device.size(), [self.log, *self.regions.entries], self.report
        ).judge()

    @property
    def size(self) -> int:
        """Of the virtual disk, in bytes."""
        return self.metadata.disk_size

    def extents(self, offset: int, length: int, placed: bool = True) -> Iterator[Extent]:
        """Where `length` bytes from `offset` on are, in order, neighbours joined. The range must be in the disk.

        When not `placed`, data is joined wherever it is in the file, and `at` says only where it begins.
        """
        size = self.geometry.block_size
        end = offset + length
        if offset // size == (end - 1) // size:
            yield from self.within_block(offset, length, self.table.payload(offset // size))
            return
        pending: Extent | None = None
        for first in range(offset // size, -(-end // size), _BATCH):
            count = min(_BATCH, -(-end // size) - first)
            for extent in self._batch(first, count, placed):
                clipped = _clip(extent, offset, end)
                if clipped.length <= 0:
                    continue
                if pending is not None and _joins(pending, clipped, placed):
                    pending = pending._replace(length=pending.length + clipped.length)
                    continue
                if pending is not None:
                    yield pending
                pending = clipped
        if pending is not None:
            yield pending

    def _batch(self, first: int, count: int, placed: bool) -> Iterator[Extent]:
        """Whole blocks `first` to `first + count`, runs of one kind found by numpy, partial blocks looked into."""
        size = self.geometry.block_size
        entries = self.table.blocks(first, count)
        kinds = self._kinds((entries & np.uint64(STATE_MASK)).astype(np.int64))
        places = (entries >> np.uint64(OFFSET_SHIFT) << np.uint64(OFFSET_SHIFT)).astype(np.int64)
        follows = (kinds[1:] == kinds[:-1]) & (kinds[1:] != _PARTIAL)
        if placed:
            follows &= (kinds[1:] != DATA) | (places[1:] == places[:-1] + size)
        starts = np.concatenate([[0], np.flatnonzero(~follows) + 1])
        lengths = np.diff(np.append(starts, count))
        for start, blocks in zip(starts.tolist(), lengths.tolist(), strict=True):
            kind = int(kinds[start])
            at = (first + start) * size
            if kind == _PARTIAL:
                yield from self.within_block(at, size, int(entries[start]))
            else:
                yield Extent(at, blocks * size, kind, int(places[start]) if kind == DATA else -1)

    def _kinds(self, states: NDArray[np.int64]) -> NDArray[np.int64]:
        absent = PARENT if self.geometry.differencing else ZEROS
        return np.array([absent, ZEROS, ZEROS, ZEROS, ZEROS, ZEROS, DATA, _PARTIAL])[states]

    def within_block(self, offset: int, length: int, entry: int) -> Iterator[Extent]:
        """A range inside one block."""
        state = state_of(entry)
        inside = offset % self.geometry.block_size
        if state == FULLY_PRESENT:
            yield Extent(offset, length, DATA, offset_of(entry) + inside)
        elif state == PARTIALLY_PRESENT:
            yield from self._within_partial(offset, length, offset_of(entry) + inside)
        else:
            of_parent = state == NOT_PRESENT and self.geometry.differencing
            yield Extent(offset, length, PARENT if of_parent else ZEROS)

    def _within_partial(self, offset: int, length: int, at: int) -> Iterator[Extent]:
        sector = self.geometry.sector
        first, last = offset // sector, -(-(offset + length) // sector)
        here = self.sector_bits(first, last - first)
        edges = np.flatnonzero(here[1:] != here[:-1]) + 1
        starts = np.concatenate([[0], edges, [last - first]]).tolist()
        for low, high in pairwise(starts):
            start = max(offset, (first + low) * sector)
            end = min(offset + length, (first + high) * sector)
            if here[low]:
                yield Extent(start, end - start, DATA, at + start - offset)
            else:
                yield Extent(start, end - start, PARENT)

    def sector_bits(self, first: int, count: int) -> NDArray[np.bool_]:
        """For `count` sectors of one block from sector `first` of the disk on: is it in this file (2.4)."""
        block = first // self.geometry.sectors_per_block
        in_chunk = first % (self.geometry.sectors_per_block * self.geometry.chunk_ratio)
        start = offset_of(self.table.bitmap(block)) + in_chunk // 8
        raw = self.pages.read(start, (in_chunk % 8 + count + 7) // 8)
        bits = np.unpackbits(np.frombuffer(raw, dtype=np.uint8), bitorder="little")
        return bits[in_chunk % 8 : in_chunk % 8 + count].astype(bool)

    def close(self) -> None:
        self.file.close()


def _clip(extent: Extent, low: int, high: int) -> Extent:
    start, end = max(extent.start, low), min(extent.start + extent.length, high)
    at = extent.at + start - extent.start if extent.kind == DATA else -1
    return Extent(start, end - start, extent.kind, at)


def _joins(first: Extent, second: Extent, placed: bool) -> bool:
    return first.kind == second.kind and (not placed or first.kind != DATA or first.at + first.length == second.at)
