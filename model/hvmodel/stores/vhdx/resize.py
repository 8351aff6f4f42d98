"""Another size for a virtual disk. What was cut off never comes back, and a crash leaves the old size or the new."""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np

from hvmodel.stores.pieces import Chain
from hvmodel.stores.vhdx import remetadata
from hvmodel.stores.vhdx.entry import FULLY_PRESENT, PARTIALLY_PRESENT, make, offset_of, state_of
from hvmodel.stores.vhdx.geometry import Geometry
from hvmodel.stores.vhdx.identifiers import BAT_REGION, DISK_SIZE, MAX_DISK, MIB, REGION_OFFSETS
from hvmodel.stores.vhdx.image import Image
from hvmodel.stores.vhdx.region import Region, Regions
from hvmodel.stores.vhdx.table import Table
from hvmodel.stores.vhdx.writer import Writer


def resize(writer: Writer, size: int, chain: Chain[Image]) -> None:
    """Give the leaf of `chain`, which `writer` writes, `size` bytes. Durable on return.

    Raises ValueError for a size that the format does not allow.
    """
    image = writer.image
    if not 0 < size <= MAX_DISK or size % image.geometry.sector:
        raise ValueError(f"disk size {size} is not a multiple of the sector size up to 64 TiB")
    if size == image.size:
        return
    writer.flush()
    writer.begin()
    if size > image.size:
        _grow(writer, size, chain)
    else:
        _shrink(writer, size)


def _grow(writer: Writer, size: int, chain: Chain[Image]) -> None:
    """The new part is made ready where no reader of the old size looks; the size alone makes it visible."""
    image = writer.image
    old_size, old = image.size, image.geometry
    new = replace(old, disk_size=size)
    if new.entry_count * 8 > image.regions.table.length:
        _move_table(writer, new)
    _switch(writer, new)
    _forget_blocks(writer, old.block_count, release=False)
    if image.metadata.leave_allocated:
        _allocate(writer, old.block_count, new.block_count)
    _hide(writer, old_size, chain)
    writer.flush()
    _set_size(writer, size)


def _shrink(writer: Writer, size: int) -> None:
    new = replace(writer.image.geometry, disk_size=size)
    _set_size(writer, size)
    _forget_blocks(writer, new.block_count, release=True)
    writer.flush()
    _switch(writer, new)


def _set_size(writer: Writer, size: int) -> None:
    image = writer.image
    item = next(item for item in image.metadata.items if item.guid == DISK_SIZE)
    place = image.regions.metadata.offset + item.offset
    writer.transact(lambda: image.pages.write(place, struct.pack("<Q", size)))
    remetadata.adopt(image)


def _switch(writer: Writer, geometry: Geometry) -> None:
    image = writer.image
    image.geometry = geometry
    image.metadata = replace(image.metadata, disk_size=geometry.disk_size)
    image.table = Table(image.pages, image.regions.table, geometry)


def _forget_blocks(writer: Writer, first: int, release: bool) -> None:
    """Clear the entries of all blocks from `first` on, and of sector bitmaps that then describe nothing.

    `release` gives their room back; entries left over from a cut that a crash interrupted have none to give, as
    it may be in use by others since.
    """
    table, geometry = writer.image.table, writer.image.geometry
    first_chunk = -(-first // geometry.chunk_ratio)
    for slab in table.slabs():
        skip = max(0, first - slab.first_block)
        for index in (np.flatnonzero(slab.payload[skip:]) + skip).tolist():
            writer.make_room()
            entry = int(slab.payload[index])
            if release and state_of(entry) in (FULLY_PRESENT, PARTIALLY_PRESENT):
                writer.space.release(offset_of(entry), geometry.block_size)
            table.put_payload(slab.first_block + index, 0)
        skip = max(0, first_chunk - slab.first_chunk)
        for index in (np.flatnonzero(slab.bitmaps[skip:]) + skip).tolist():
            writer.make_room()
            if release:
                writer.space.release(offset_of(int(slab.bitmaps[index])), MIB)
            table.put_bitmap((slab.first_chunk + index) * geometry.chunk_ratio, 0)


def _allocate(writer: Writer, first: int, end: int) -> None:
    for block in range(first, end):
        writer.make_room()
        at = writer.allocate(writer.image.geometry.block_size)
        writer.image.table.put_payload(block, make(FULLY_PRESENT, at))


def _hide(writer: Writer, old_size: int, chain: Chain[Image]) -> None:
    """Zeros over what would show in the new part: old data in the last block, and a longer parent's data."""
    image = writer.image
    size = image.geometry.block_size
    tail = min(image.size, -(-old_size // size) * size) - old_size
    entry = image.table.payload(old_size // size) if tail else 0
    if state_of(entry) in (FULLY_PRESENT, PARTIALLY_PRESENT):
        _hide_old_data(writer, old_size, tail, entry)
    end = min(image.size, chain.images[1].size) if len(chain.images) > 1 else 0
    if end > old_size:
        writer.zero(old_size, end - old_size)


def _hide_old_data(writer: Writer, start: int, length: int, entry: int) -> None:
    """Sectors of this file in the last block's tail; those of the parent are left to the parent."""
    image = writer.image
    for extent in list(image.within_block(start, length, entry)):
        if extent.at >= 0:
            image.device.write(extent.at, bytes(extent.length))


def _move_table(writer: Writer, geometry: Geometry) -> None:
    """A longer table elsewhere, then both region tables at once (2.2.3 lets regions lie anywhere)."""
    image = writer.image
    old = image.regions.table
    length = -(-geometry.entry_count * 8 // MIB) * MIB
    new = Region(writer.allocate(length), length, BAT_REGION, old.required)
    for offset in range(0, old.length, MIB):
        image.device.write(new.offset + offset, image.device.read(old.offset + offset, MIB))
    regions = Regions(tuple(new if r.guid == BAT_REGION else r for r in image.regions.entries))

    def point_to_new() -> None:
        for at in REGION_OFFSETS:
            image.pages.write(at, regions.encode())

    writer.transact(point_to_new)
    image.regions = regions
    writer.space.release(old.offset, old.length)
    _switch(writer, image.geometry)
