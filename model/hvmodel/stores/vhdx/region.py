"""The region table (MS-VHDX 2.2.3) and the places nothing else may use."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from itertools import pairwise
from uuid import UUID

from hvmodel.dataclass import dataclass
from hvmodel.stores.device import Device
from hvmodel.stores.refusal import Report
from hvmodel.stores.vhdx import checksum
from hvmodel.stores.vhdx.identifiers import BAT_REGION, METADATA_REGION, MIB, REGION_OFFSETS, REGION_SIZE

_HEAD = struct.Struct("<4sIII")
_ENTRY = struct.Struct("<16sQII")
_MAX_ENTRIES = 2047


@dataclass(frozen=True, slots=True, order=True)
class Region:
    """A range of the file, in bytes, with the GUID of what it holds."""

    offset: int
    length: int
    guid: UUID
    required: bool = False

    @property
    def end(self) -> int:
        return self.offset + self.length


@dataclass(frozen=True, slots=True)
class Regions:
    """All regions of a file in order of the table."""

    entries: tuple[Region, ...]

    def named(self, guid: UUID) -> Region:
        return next(region for region in self.entries if region.guid == guid)

    @property
    def table(self) -> Region:
        """The block allocation table's."""
        return self.named(BAT_REGION)

    @property
    def metadata(self) -> Region:
        return self.named(METADATA_REGION)

    def encode(self) -> bytes:
        """One copy of the region table: 64 KiB, checksum included."""
        body = _HEAD.pack(b"regi", 0, len(self.entries), 0) + b"".join(
            _ENTRY.pack(r.guid.bytes_le, r.offset, r.length, int(r.required)) for r in self.entries
        )
        return checksum.sealed(body.ljust(REGION_SIZE, b"\0"))


def read(device: Device, log: Region, report: Report) -> Regions:
    """The first valid copy of the table, its regions judged against the file's size, each other and the log."""
    entries = _read_table(device, report)
    known = {BAT_REGION, METADATA_REGION}
    seen: set[UUID] = set()
    for at, region in entries:
        if region.guid in seen:
            report.fatal("region-duplicate", "Guid", region.guid, at)
        seen.add(region.guid)
        if region.required and region.guid not in known:
            report.fatal("region-unknown", "Guid", region.guid, at)
        _judge_bounds(region, device.size(), at, report)
    if known - seen:
        report.fatal("region-missing", "Guid", ", ".join(sorted(str(g) for g in known - seen)), REGION_OFFSETS[0])
    regions = [region for _, region in entries]
    judge_overlap([log, *regions], report)
    return Regions(tuple(regions))


def _read_table(device: Device, report: Report) -> list[tuple[int, Region]]:
    chosen: tuple[int, bytes] | None = None
    for at in REGION_OFFSETS:
        data = device.read(at, REGION_SIZE)
        if data[:4] != b"regi" or not checksum.matches(data):
            report.damage("region-copy", "region table", "damaged", at)
        elif chosen is None:
            chosen = at, data
    if chosen is None:
        report.fatal("region-tables-bad", "region tables", "both damaged", REGION_OFFSETS[0])
    at, data = chosen
    count = _HEAD.unpack_from(data)[2]
    if count > _MAX_ENTRIES:
        report.fatal("region-count", "EntryCount", count, at + 8)
    places = [_HEAD.size + index * _ENTRY.size for index in range(count)]
    return [(at + place, _entry(data, place)) for place in places]


def _entry(data: bytes, place: int) -> Region:
    guid, offset, length, required = _ENTRY.unpack_from(data, place)
    return Region(offset, length, UUID(bytes_le=guid), bool(required & 1))


def _judge_bounds(region: Region, size: int, at: int, report: Report) -> None:
    if region.offset % MIB or region.offset < MIB:
        report.fatal("region-bounds", "FileOffset", f"{region.offset:#x}", at + 16)
    if region.length % MIB or region.length == 0:
        report.fatal("region-bounds", "Length", f"{region.length:#x}", at + 24)
    if region.end > size:
        report.fatal("region-bounds", "FileOffset + Length", f"{region.end:#x} in a file of {size:#x}", at + 16)


def judge_overlap(regions: Iterable[Region], report: Report) -> None:
    ordered = sorted(regions)
    for first, second in pairwise(ordered):
        if second.offset < first.end:
            report.fatal("region-overlap", str(second.guid), f"inside {first.guid}", second.offset)
