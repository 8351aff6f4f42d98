"""The fine side file: for every reference point, which granules changed since. Replaced whole, and only now and then.

Layout, little-endian: magic `HVRCT001`, CRC-32C of the file with this field as zeros (4), granule in bytes (4), disk
size in bytes (8), epoch (8), identity of the disk (16), number of points (4), 12 zeros; then per point its id (16) and
one bit per granule, lowest bit first, padded to a whole byte.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from hvmodel.stores.crc32c import crc32c
from hvmodel.stores.refusal import Report

_HEAD = struct.Struct("<8sIIQQ16sI12x")
_MAGIC = b"HVRCT001"


@dataclass(slots=True)
class Fine:
    """`points` maps an id to a bit per granule; `identity` is the disk's when the file was written."""

    granule: int
    size: int
    epoch: int
    identity: UUID
    points: dict[UUID, NDArray[np.bool_]]

    @property
    def granules(self) -> int:
        return -(-self.size // self.granule)

    def encode(self) -> bytes:
        head = _HEAD.pack(_MAGIC, 0, self.granule, self.size, self.epoch, self.identity.bytes_le, len(self.points))
        body = head + b"".join(
            point.bytes_le + np.packbits(bits, bitorder="little").tobytes() for point, bits in self.points.items()
        )
        return body[:8] + struct.pack("<I", crc32c(body)) + body[12:]


def decode(data: bytes, report: Report) -> Fine:
    """Raises Refused for a file that is not whole."""
    if len(data) < _HEAD.size or data[:8] != _MAGIC:
        report.fatal("fine-file", "magic", repr(data[:8]), 0)
    _, checksum, granule, size, epoch, identity, count = _HEAD.unpack_from(data)
    if crc32c(data[:8] + bytes(4) + data[12:]) != checksum or granule == 0:
        report.fatal("fine-file", "checksum", f"{checksum:#x}", 8)
    fine = Fine(granule, size, epoch, UUID(bytes_le=identity), {})
    width = 16 + -(-fine.granules // 8)
    if len(data) != _HEAD.size + count * width:
        report.fatal("fine-file", "length", len(data), 0)
    for index in range(count):
        at = _HEAD.size + index * width
        bits = np.unpackbits(np.frombuffer(data, np.uint8, width - 16, at + 16), bitorder="little")
        fine.points[UUID(bytes_le=data[at : at + 16])] = bits[: fine.granules].astype(bool)
    return fine
