"""Changing one VHDX file: data in place or to new blocks, metadata through the log.

A write is acknowledged when it returns and durable after `flush`. After a crash every sector holds what was last
flushed or something written to it since, never another block's data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import numpy as np

from hvmodel.stores.device import Buffer
from hvmodel.stores.vhdx import header as headers
from hvmodel.stores.vhdx.entry import (
    FULLY_PRESENT,
    NOT_PRESENT,
    PARTIALLY_PRESENT,
    UNMAPPED,
    ZERO,
    make,
    offset_of,
    state_of,
)
from hvmodel.stores.vhdx.identifiers import MIB, SECTOR
from hvmodel.stores.vhdx.image import Image
from hvmodel.stores.vhdx.log_writer import LogWriter
from hvmodel.stores.vhdx.scan import occupancy
from hvmodel.stores.vhdx.space import Space


class Writer:
    """The one writer of an image opened writable. Offsets and lengths in bytes, multiples of the logical sector."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self.log = LogWriter(image)
        self._space: Space | None = None
        self._touched = False
        self._visible = False
        self._per_block = 3 + -(-image.geometry.bitmap_bytes // SECTOR)

    @property
    def space(self) -> Space:
        """Free room, found when first needed."""
        if self._space is None:
            image = self.image
            units = image.device.size() // MIB
            used = occupancy(image.table, units)
            used[0] = True
            for region in (image.log, *image.regions.entries):
                used[region.offset // MIB : region.end // MIB] = True
            self._space = Space(used, image.device.size())
        return self._space

    def begin(self, data_write: UUID | None = None, visible: bool = True) -> None:
        """Before the first change: a new FileWriteGuid, and a new DataWriteGuid when readers will see it (2.2.2).

        `data_write` chooses the DataWriteGuid, as a merge must.
        """
        chosen = data_write is not None and self.image.current.header.data_write != data_write
        if self._touched and (self._visible or not visible) and not chosen:
            return
        header = self.image.current.header
        if not self._touched:
            header = replace(header, file_write=uuid4())
        if visible and (chosen or not self._visible):
            header = replace(header, data_write=data_write or uuid4())
        self.image.current = headers.update(self.image.device, self.image.current, header)
        self._touched = True
        self._visible = self._visible or visible

    @property
    def visible(self) -> bool:
        """Whether this session has given the disk a new DataWriteGuid."""
        return self._visible

    def write(self, offset: int, data: Buffer) -> None:
        """Put sectors into this file. ValueError outside the disk or off the sector grid."""
        self._judge_range(offset, len(data))
        self.begin()
        view = memoryview(data)
        for block, start, length in self._split(offset, len(view)):
            self.make_room()
            self._write_block(block, start, view[:length])
            view = view[length:]

    def zero(self, offset: int, length: int) -> None:
        """Make a range zeros, hiding any parent: whole blocks by their state, the rest by data."""
        self._judge_range(offset, length)
        self._clear(offset, length, ZERO)

    def unmap(self, offset: int, length: int) -> None:
        """Let go of whole blocks of a range; they read as zeros. Parts of blocks are left as they are."""
        self._judge_range(offset, length)
        self._clear(offset, length, UNMAPPED)

    def _clear(self, offset: int, length: int, state: int) -> None:
        self.begin()
        size = self.image.geometry.block_size
        for block, start, part in self._split(offset, length):
            self.make_room()
            whole = start == 0 and (part == size or block * size + part == self.image.size)
            if whole and not self.image.metadata.leave_allocated:
                self._drop(block, state)
            elif state == ZERO:
                self._write_zeros(block, start, part)

    def _drop(self, block: int, state: int) -> None:
        entry = self.image.table.payload(block)
        if state_of(entry) in (FULLY_PRESENT, PARTIALLY_PRESENT):
            self.space.release(offset_of(entry), self.image.geometry.block_size)
        self.image.table.put_payload(block, make(state))

    def _write_zeros(self, block: int, start: int, length: int) -> None:
        """Nothing to do where the block reads as zeros already, whatever the parent has."""
        state = state_of(self.image.table.payload(block))
        of_parent = state == NOT_PRESENT and self.image.geometry.differencing
        if state in (FULLY_PRESENT, PARTIALLY_PRESENT) or of_parent:
            self._write_block(block, start, memoryview(bytes(length)))

    def _judge_range(self, offset: int, length: int) -> None:
        sector = self.image.geometry.sector
        if offset % sector or length % sector:
            raise ValueError(f"{offset}+{length} is not on the grid of {sector}-byte sectors")
        if offset < 0 or offset + length > self.image.size:
            raise ValueError(f"{offset}+{length} lies outside the disk of {self.image.size} bytes")

    def _split(self, offset: int, length: int) -> Iterator[tuple[int, int, int]]:
        size = self.image.geometry.block_size
        end = offset + length
        while offset < end:
            part = min(end, (offset // size + 1) * size) - offset
            yield offset // size, offset % size, part
            offset += part

    def make_room(self) -> None:
        """All dirty pages must fit one log entry, so that table and bitmaps change together."""
        if len(self.image.pages.dirty) + self._per_block > self.log.capacity:
            self.flush()

    def _write_block(self, block: int, start: int, data: memoryview) -> None:
        image = self.image
        entry = image.table.payload(block)
        state = state_of(entry)
        if state == FULLY_PRESENT:
            image.device.write(offset_of(entry) + start, data)
        elif state == PARTIALLY_PRESENT:
            image.device.write(offset_of(entry) + start, data)
            self._mark(block, start, len(data))
        elif state == NOT_PRESENT and image.geometry.differencing and not self._covers(block, start, len(data)):
            self._start_partial(block, start, data)
        else:
            self._start_full(block, start, data)

    def _covers(self, block: int, start: int, length: int) -> bool:
        size = self.image.geometry.block_size
        return start == 0 and length == min(size, self.image.size - block * size)

    def _start_full(self, block: int, start: int, data: memoryview) -> None:
        size = self.image.geometry.block_size
        at = self.allocate(size)
        self.image.device.write(at + start, data)
        self.image.table.put_payload(block, make(FULLY_PRESENT, at))

    def _start_partial(self, block: int, start: int, data: memoryview) -> None:
        """Sectors not marked here are the parent's; marks left from an earlier life of the block are removed."""
        table = self.image.table
        if state_of(table.bitmap(block)) != FULLY_PRESENT:
            table.put_bitmap(block, make(FULLY_PRESENT, self.allocate(MIB)))
        at = self.allocate(self.image.geometry.block_size)
        self.image.device.write(at + start, data)
        place, length = self._bitmap_place(block)
        self.image.pages.write(place, bytes(length))
        self._mark(block, start, len(data))
        table.put_payload(block, make(PARTIALLY_PRESENT, at))

    def allocate(self, length: int) -> int:
        """A place of `length` bytes that reads as zeros; the file is grown to hold it."""
        at, old = self.space.take(length)
        device = self.image.device
        if device.size() < self.space.end * MIB:
            device.resize(self.space.end * MIB)
        for offset in range(at, at + length, MIB) if old else ():
            if device.read(offset, MIB) != bytes(MIB):
                device.write(offset, bytes(MIB))
        return at

    def _bitmap_place(self, block: int) -> tuple[int, int]:
        geometry = self.image.geometry
        start = offset_of(self.image.table.bitmap(block)) + block % geometry.chunk_ratio * geometry.bitmap_bytes
        return start, geometry.bitmap_bytes

    def _mark(self, block: int, start: int, length: int) -> None:
        """Sectors of a partial block are here now."""
        sector = self.image.geometry.sector
        place, _ = self._bitmap_place(block)
        first, last = start // sector, (start + length) // sector
        low, high = first // 8, -(-last // 8)
        bits = np.unpackbits(
            np.frombuffer(self.image.pages.read(place + low, high - low), dtype=np.uint8), bitorder="little"
        )
        bits[first - 8 * low : last - 8 * low] = 1
        self.image.pages.write(place + low, np.packbits(bits, bitorder="little").tobytes())

    def flush(self) -> None:
        """Everything written so far is durable when this returns."""
        pages = self.image.pages
        if not pages.dirty:
            self.image.device.flush()
            return
        self.log.commit(sorted((offset, bytes(data)) for offset, data in pages.dirty.items()))
        pages.settle()
        self.space.settle()

    def transact(self, change: Callable[[], None]) -> None:
        """Run `change`, which only changes pages in memory, and commit its pages as one."""
        self.flush()
        change()
        if len(self.image.pages.dirty) > self.log.capacity:
            raise OverflowError("one change needs more pages than the log can hold")
        self.flush()

    def close(self) -> None:
        """Flush, empty the log, and leave the image open."""
        if self.image.pages.dirty:
            self.flush()
        self.log.close()
