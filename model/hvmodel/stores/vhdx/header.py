"""The two headers (MS-VHDX 2.2.2): which one counts, and how they are changed."""

from __future__ import annotations

import struct
from dataclasses import replace
from uuid import UUID

from hvmodel.dataclass import dataclass
from hvmodel.stores.device import Device
from hvmodel.stores.refusal import Report
from hvmodel.stores.vhdx import checksum
from hvmodel.stores.vhdx.identifiers import HEADER_OFFSETS, MIB, NO_GUID, SECTOR

_LAYOUT = struct.Struct("<4sIQ16s16s16sHHIQ")
_LAST_SEQUENCE = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Header:
    """One header. Lengths and offsets in bytes; `log` is the zero GUID when there is nothing to replay."""

    sequence: int
    file_write: UUID
    data_write: UUID
    log: UUID
    log_version: int
    version: int
    log_length: int
    log_offset: int

    def encode(self) -> bytes:
        """4 KiB, checksum included."""
        body = _LAYOUT.pack(
            b"head",
            0,
            self.sequence,
            self.file_write.bytes_le,
            self.data_write.bytes_le,
            self.log.bytes_le,
            self.log_version,
            self.version,
            self.log_length,
            self.log_offset,
        )
        return checksum.sealed(body.ljust(SECTOR, b"\0"))


def decode(data: bytes) -> Header | None:
    """`None` when signature or checksum is wrong; no field is judged here."""
    if len(data) < SECTOR or data[:4] != b"head" or not checksum.matches(data[:SECTOR]):
        return None
    _, _, sequence, file_write, data_write, log, log_version, version, length, offset = _LAYOUT.unpack_from(data)
    first, second, third = (UUID(bytes_le=guid) for guid in (file_write, data_write, log))
    return Header(sequence, first, second, third, log_version, version, length, offset)


@dataclass(frozen=True, slots=True)
class Current:
    """The header that counts and the slot (0 or 1) it is in."""

    header: Header
    slot: int


def read_current(device: Device, report: Report) -> Current:
    """The valid header with the larger sequence number (2.2.2). Raises Refused when there is none."""
    raw = [device.read(at, SECTOR) for at in HEADER_OFFSETS]
    decoded = [decode(data) for data in raw]
    for at, header in zip(HEADER_OFFSETS, decoded, strict=True):
        if header is None:
            report.damage("header-copy", "header", "damaged", at)
    found = [Current(header, slot) for slot, header in enumerate(decoded) if header is not None]
    if not found:
        report.fatal("headers-bad", "headers", "both damaged", HEADER_OFFSETS[0])
    if len(found) == 2 and found[0].header.sequence == found[1].header.sequence and raw[0] != raw[1]:
        report.fatal("headers-ambiguous", "SequenceNumber", found[0].header.sequence, HEADER_OFFSETS[1] + 8)
    current = max(found, key=lambda one: one.header.sequence)
    _judge(current, report)
    return current


def _judge(current: Current, report: Report) -> None:
    header, at = current.header, HEADER_OFFSETS[current.slot]
    if header.version != 1:
        report.fatal("header-version", "Version", header.version, at + 66)
    if header.sequence >= _LAST_SEQUENCE - 1:
        report.error("header-sequence", "SequenceNumber", header.sequence, at + 8)
    if header.log_version != 0 and header.log != NO_GUID:
        report.fatal("log-version", "LogVersion", header.log_version, at + 64)
    if header.log_length == 0 or header.log_length % MIB:
        report.fatal("log-length", "LogLength", header.log_length, at + 68)
    if header.log_offset < MIB or header.log_offset % MIB:
        report.fatal("log-length", "LogOffset", header.log_offset, at + 72)


def update(device: Device, current: Current, changed: Header) -> Current:
    """Make `changed` current in both slots, a flush after each write, so that one is valid at any instant (2.2.2.1)."""
    for _ in HEADER_OFFSETS:
        slot = 1 - current.slot
        header = replace(changed, sequence=current.header.sequence + 1)
        device.write(HEADER_OFFSETS[slot], header.encode())
        device.flush()
        current = Current(header, slot)
    return current
