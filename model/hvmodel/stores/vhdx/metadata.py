"""The metadata region (MS-VHDX 2.6): what the disk is, apart from its content."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from uuid import UUID

from hvmodel.dataclass import dataclass
from hvmodel.stores.device import Device
from hvmodel.stores.refusal import Report
from hvmodel.stores.vhdx import locator as locators
from hvmodel.stores.vhdx.geometry import Geometry
from hvmodel.stores.vhdx.identifiers import (
    DISK_ID,
    DISK_SIZE,
    FILE_PARAMETERS,
    KIB,
    LOGICAL_SECTOR,
    MAX_DISK,
    MIB,
    PARENT_LOCATOR,
    PHYSICAL_SECTOR,
)
from hvmodel.stores.vhdx.locator import Locator
from hvmodel.stores.vhdx.region import Region

_HEAD = struct.Struct("<8sHH")
_ENTRY = struct.Struct("<16sIIII")
TABLE_SIZE = 64 * KIB
_TABLE_START, _MAX_ENTRIES, _MAX_USER = 32, 2047, 1024
_USER, _VIRTUAL_DISK, _REQUIRED = 1, 2, 4
_LEAVE_ALLOCATED, _HAS_PARENT = 1, 2

_FLAGS = MappingProxyType(
    {
        FILE_PARAMETERS: _REQUIRED,
        DISK_SIZE: _REQUIRED | _VIRTUAL_DISK,
        LOGICAL_SECTOR: _REQUIRED | _VIRTUAL_DISK,
        PHYSICAL_SECTOR: _REQUIRED | _VIRTUAL_DISK,
        DISK_ID: _REQUIRED | _VIRTUAL_DISK,
        PARENT_LOCATOR: _REQUIRED,
    }
)
_LENGTHS = MappingProxyType({FILE_PARAMETERS: 8, DISK_SIZE: 8, LOGICAL_SECTOR: 4, PHYSICAL_SECTOR: 4, DISK_ID: 16})


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of the metadata table. `offset` is in bytes from the start of the region."""

    guid: UUID
    offset: int
    length: int
    flags: int

    @property
    def end(self) -> int:
        return self.offset + self.length

    @property
    def follows_disk(self) -> bool:
        """Copied to a child when the disk is forked (IsVirtualDisk)."""
        return bool(self.flags & _VIRTUAL_DISK)


@dataclass(frozen=True, slots=True)
class Extra:
    """An item that is not ours, carried along: user metadata and optional items."""

    guid: UUID
    flags: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the known items say, sizes in bytes; `items` locates every item, also unknown ones."""

    block_size: int
    leave_allocated: bool
    disk_size: int
    logical: int
    physical: int
    disk_id: UUID
    locator: Locator | None
    items: tuple[Item, ...] = ()

    @property
    def geometry(self) -> Geometry:
        return Geometry(self.block_size, self.disk_size, self.logical, self.locator is not None)


def read(device: Device, region: Region, report: Report) -> Metadata:
    """All known items of the region, judged. Raises Refused."""
    items = _read_items(device, region, report)
    by_guid = {item.guid: item for item in items if item.guid in _FLAGS}
    _judge_known(by_guid, region, report)
    raw = {guid: device.read(region.offset + i.offset, i.length) for guid, i in by_guid.items() if i.length <= MIB}
    places = {guid: region.offset + item.offset for guid, item in by_guid.items()}
    block_size, flags = struct.unpack("<II", raw[FILE_PARAMETERS])
    logical, physical = (struct.unpack("<I", raw[guid])[0] for guid in (LOGICAL_SECTOR, PHYSICAL_SECTOR))
    disk_size = struct.unpack("<Q", raw[DISK_SIZE])[0]
    _judge_sizes(block_size, disk_size, logical, physical, places, report)
    if flags & ~(_LEAVE_ALLOCATED | _HAS_PARENT):
        report.error("parameter-flags", "flags", f"{flags:#x}", places[FILE_PARAMETERS] + 4)
    return Metadata(
        block_size,
        bool(flags & _LEAVE_ALLOCATED),
        disk_size,
        logical,
        physical,
        UUID(bytes_le=raw[DISK_ID]),
        _read_locator(bool(flags & _HAS_PARENT), raw, places, report),
        items,
    )


def _read_locator(
    has_parent: bool, raw: Mapping[UUID, bytes], places: Mapping[UUID, int], report: Report
) -> Locator | None:
    if not has_parent:
        if PARENT_LOCATOR in raw:
            report.error("locator-unexpected", "parent locator", "present", places[PARENT_LOCATOR])
        return None
    if PARENT_LOCATOR not in raw:
        report.fatal("locator-missing", "parent locator", "absent", places[FILE_PARAMETERS] + 4)
    return locators.decode(raw[PARENT_LOCATOR], places[PARENT_LOCATOR], report)


def _read_items(device: Device, region: Region, report: Report) -> tuple[Item, ...]:
    at = region.offset
    table = device.read(at, min(TABLE_SIZE, region.length))
    signature, _, count = _HEAD.unpack_from(table)
    if signature != b"metadata":
        report.fatal("metadata-signature", "Signature", repr(signature), at)
    if count > _MAX_ENTRIES:
        report.fatal("metadata-count", "EntryCount", count, at + 10)
    items: list[Item] = []
    for index in range(count):
        place = _TABLE_START + index * _ENTRY.size
        guid, offset, length, flags, _ = _ENTRY.unpack_from(table, place)
        item = Item(UUID(bytes_le=guid), offset, length, flags)
        _judge_item(item, region, at + place, report)
        items.append(item)
    if sum(1 for item in items if item.flags & _USER) > _MAX_USER:
        report.error("metadata-count", "user entries", "more than 1,024", at + 10)
    _judge_items(items, at, report)
    return tuple(items)


def _judge_item(item: Item, region: Region, at: int, report: Report) -> None:
    empty = item.length == 0
    if (empty and item.offset != 0) or (not empty and item.offset < TABLE_SIZE) or item.length > MIB:
        report.fatal("metadata-offset", "Offset, Length", f"{item.offset:#x}, {item.length:#x}", at + 16)
    if item.end > region.length:
        report.fatal("metadata-offset", "Offset + Length", f"{item.end:#x} in {region.length:#x}", at + 16)
    known = not item.flags & _USER and item.guid in _FLAGS
    if known and item.flags & (_USER | _VIRTUAL_DISK | _REQUIRED) != _FLAGS[item.guid]:
        report.error("metadata-flags", f"flags of {item.guid}", item.flags, at + 24)
    if item.guid in _FLAGS and item.flags & _USER:
        report.error("metadata-flags", f"flags of {item.guid}", item.flags, at + 24)
    if item.flags & _REQUIRED and item.guid not in _FLAGS:
        report.fatal("metadata-unknown", "ItemId", item.guid, at)


def _judge_items(items: list[Item], at: int, report: Report) -> None:
    seen: set[tuple[UUID, int]] = set()
    for item in items:
        key = item.guid, item.flags & _USER
        if key in seen:
            report.fatal("metadata-duplicate", "ItemId", item.guid, at)
        seen.add(key)
    ordered = sorted((item for item in items if item.length), key=lambda item: item.offset)
    for first, second in pairwise(ordered):
        if second.offset < first.end:
            report.fatal("metadata-overlap", str(second.guid), f"inside {first.guid}", at + second.offset)


def _judge_known(by_guid: Mapping[UUID, Item], region: Region, report: Report) -> None:
    for guid, length in _LENGTHS.items():
        if guid not in by_guid:
            report.fatal("metadata-missing", "ItemId", f"{guid} absent", region.offset)
        if by_guid[guid].length != length:
            report.fatal("metadata-length", f"Length of {guid}", by_guid[guid].length, region.offset)


def _judge_sizes(
    block_size: int, disk_size: int, logical: int, physical: int, places: Mapping[UUID, int], report: Report
) -> None:
    if not MIB <= block_size <= 256 * MIB or block_size & (block_size - 1):
        report.fatal("block-size", "BlockSize", block_size, places[FILE_PARAMETERS])
    if logical not in (512, 4096):
        report.fatal("sector-size", "LogicalSectorSize", logical, places[LOGICAL_SECTOR])
    if physical not in (512, 4096):
        report.error("physical-sector-size", "PhysicalSectorSize", physical, places[PHYSICAL_SECTOR])
    if not 0 < disk_size <= MAX_DISK or disk_size % logical:
        report.fatal("disk-size", "VirtualDiskSize", disk_size, places[DISK_SIZE])


def read_extras(device: Device, region: Region, metadata: Metadata, of_disk: bool | None = True) -> tuple[Extra, ...]:
    """Items that are not ours. `of_disk`: only those a fork carries to the child, only the others, or (None) all."""
    return tuple(
        Extra(item.guid, item.flags, device.read(region.offset + item.offset, item.length))
        for item in metadata.items
        if (item.guid not in _FLAGS or item.flags & _USER) and of_disk in (None, item.follows_disk)
    )


def encode(metadata: Metadata, extras: tuple[Extra, ...] = ()) -> bytes:
    """The region's content from its start: the table, then the items in the order Windows writes them."""
    flags = (_LEAVE_ALLOCATED if metadata.leave_allocated else 0) | (_HAS_PARENT if metadata.locator else 0)
    values: list[tuple[UUID, int, bytes]] = [
        (FILE_PARAMETERS, _FLAGS[FILE_PARAMETERS], struct.pack("<II", metadata.block_size, flags)),
        (DISK_SIZE, _FLAGS[DISK_SIZE], struct.pack("<Q", metadata.disk_size)),
        (LOGICAL_SECTOR, _FLAGS[LOGICAL_SECTOR], struct.pack("<I", metadata.logical)),
        (PHYSICAL_SECTOR, _FLAGS[PHYSICAL_SECTOR], struct.pack("<I", metadata.physical)),
        (DISK_ID, _FLAGS[DISK_ID], metadata.disk_id.bytes_le),
    ]
    if metadata.locator is not None:
        values.append((PARENT_LOCATOR, _FLAGS[PARENT_LOCATOR], metadata.locator.encode()))
    values += [(extra.guid, extra.flags, extra.data) for extra in extras]
    table = _HEAD.pack(b"metadata", 0, len(values)).ljust(_TABLE_START, b"\0")
    body = b""
    for guid, item_flags, data in values:
        offset = TABLE_SIZE + len(body) if data else 0
        table += _ENTRY.pack(guid.bytes_le, offset, len(data), item_flags, 0)
        body += data
    return table.ljust(TABLE_SIZE, b"\0") + body
