"""The footer of a VHD file, and the header of those that are not fixed. All numbers are big-endian."""

from __future__ import annotations

import struct
from uuid import UUID

from hvmodel.dataclass import dataclass
from hvmodel.stores.device import Device
from hvmodel.stores.refusal import Report

SECTOR = 512
HEADER_SIZE = 1024
FIXED, DYNAMIC, DIFFERENCING = 2, 3, 4
_FOOTER = struct.Struct(">8sIIQI4sI4sQQIII16sB427x")
_HEADER = struct.Struct(">8sQQIIII16sII512s")
_MAX_SIZE = 2040 << 30
_NO_HEADER = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Footer:
    """`size` is the disk's and `header_at` the header's place, in bytes."""

    size: int
    kind: int
    header_at: int
    identity: UUID


@dataclass(frozen=True, slots=True)
class Header:
    """`table_at` and `block_size` in bytes; `entries` of the table; the parent's id and name when there is one."""

    table_at: int
    entries: int
    block_size: int
    parent_id: UUID
    parent_name: str


def _sum_matches(data: bytes, at: int) -> bool:
    """The one's complement of the sum of all other bytes."""
    stored = int(struct.unpack_from(">I", data, at)[0])
    return (~(sum(data) - sum(data[at : at + 4]))) & 0xFFFFFFFF == stored


def read_footer(device: Device, report: Report) -> Footer:
    """The footer at the end, or the copy at the start when that is damaged. Raises Refused."""
    end = device.size() // SECTOR * SECTOR - SECTOR
    places = (end, 0) if end >= 0 else (0,)
    copies = [device.read(at, SECTOR) for at in places]
    good = [data[:8] == b"conectix" and _sum_matches(data, 64) for data in copies]
    if not any(good):
        report.fatal("vhd-footer", "footer", "damaged or absent", max(end, 0))
    index = good.index(True)
    at, data = places[index], copies[index]
    _, _, version, header_at, _, _, _, _, _, size, _, kind, _, identity, _ = _FOOTER.unpack(data)
    if version >> 16 != 1:
        report.fatal("vhd-version", "file format version", f"{version:#x}", at + 12)
    if kind not in (FIXED, DYNAMIC, DIFFERENCING):
        report.fatal("vhd-type", "disk type", kind, at + 60)
    if kind != FIXED and not all(good):
        report.damage("vhd-footer-copy", "footer", "damaged", places[good.index(False)])
    if not 0 < size <= _MAX_SIZE or size % SECTOR:
        report.fatal("vhd-size", "current size", size, at + 48)
    return Footer(size, kind, header_at, UUID(bytes=identity))


def read_header(device: Device, footer: Footer, report: Report) -> Header:
    """The header of a dynamic or differencing file. Raises Refused."""
    at = footer.header_at
    if at == _NO_HEADER or at % SECTOR or at + HEADER_SIZE > device.size():
        report.fatal("vhd-header", "data offset", f"{at:#x}", 16)
    data = device.read(at, HEADER_SIZE)
    cookie, _, table_at, version, entries, block_size, _, parent_id, _, _, raw_name = _HEADER.unpack_from(data)
    if cookie != b"cxsparse" or version >> 16 != 1 or not _sum_matches(data, 36):
        report.fatal("vhd-header", "header", "damaged or of another version", at)
    if not 4096 <= block_size <= 256 << 20 or block_size & (block_size - 1):
        report.fatal("vhd-block-size", "block size", block_size, at + 32)
    needed = -(-footer.size // block_size)
    if entries < needed or table_at % SECTOR or table_at + 4 * needed > device.size():
        report.fatal("vhd-table", "table", f"{entries} entries at {table_at:#x}, {needed} needed", at + 16)
    name = _name(raw_name, at + 64, report) if footer.kind == DIFFERENCING else ""
    return Header(table_at, needed, block_size, UUID(bytes=parent_id), name)


def _name(raw: bytes, at: int, report: Report) -> str:
    try:
        name = raw.decode("utf-16-be").rstrip("\0")
    except UnicodeDecodeError:
        report.fatal("vhd-parent-name", "parent unicode name", "not UTF-16", at)
    if not name or "\0" in name:
        report.fatal("vhd-parent-name", "parent unicode name", repr(name[:60]), at)
    return name
