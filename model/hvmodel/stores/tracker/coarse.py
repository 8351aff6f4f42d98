"""The coarse side file: which regions were written since the fine file was. Written through, before the data.

Layout, little-endian: magic `HVMRT001`, CRC-32C of the first 64 bytes with this field as zeros (4), region in bytes
(4), disk size in bytes (8), epoch of the fine file it continues (8), identity of the disk before (16) and after (16) a
session's first write; zeros to 4 KiB; then one byte per region, 1 for written. The head fits a 512-byte sector and a
region's mark is one byte, so that neither can be torn.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from hvmodel.stores.crc32c import crc32c
from hvmodel.stores.device import Device
from hvmodel.stores.refusal import Report

_HEAD = struct.Struct("<8sIIQQ16s16s")
_MAGIC = b"HVMRT001"
START = 4096


@dataclass(slots=True)
class Coarse:
    region: int
    size: int
    epoch: int
    before: UUID
    after: UUID
    marks: NDArray[np.uint8]

    def head(self) -> bytes:
        raw = _HEAD.pack(_MAGIC, 0, self.region, self.size, self.epoch, self.before.bytes_le, self.after.bytes_le)
        return raw[:8] + struct.pack("<I", crc32c(raw)) + raw[12:]

    def encode(self) -> bytes:
        return self.head().ljust(START, b"\0") + self.marks.tobytes()

    def mark(self, device: Device, offset: int, length: int) -> None:
        """The regions of a range as written, durable on return; nothing is done for those marked already."""
        first, last = offset // self.region, -(-(offset + length) // self.region)
        if not length or self.marks[first:last].all():
            return
        self.marks[first:last] = 1
        device.write(START + first, bytes(last - first).replace(b"\0", b"\1"))
        device.flush()

    def expect(self, device: Device, after: UUID) -> None:
        """The identity that the disk is about to take, durable on return."""
        self.after = after
        device.write(0, self.head())
        device.flush()


def fresh(region: int, size: int, epoch: int, identity: UUID) -> Coarse:
    return Coarse(region, size, epoch, identity, identity, np.zeros(-(-size // region), dtype=np.uint8))


def decode(data: bytes, report: Report) -> Coarse:
    """Raises Refused for a file that is not whole."""
    if len(data) < START or data[:8] != _MAGIC:
        report.fatal("coarse-file", "magic", repr(data[:8]), 0)
    _, checksum, region, size, epoch, before, after = _HEAD.unpack_from(data)
    head = data[: _HEAD.size]
    if crc32c(head[:8] + bytes(4) + head[12:]) != checksum or region == 0:
        report.fatal("coarse-file", "checksum", f"{checksum:#x}", 8)
    marks = np.frombuffer(data, np.uint8, offset=START).copy()
    if len(marks) != -(-size // region):
        report.fatal("coarse-file", "length", len(data), 0)
    return Coarse(region, size, epoch, UUID(bytes_le=before), UUID(bytes_le=after), marks)
