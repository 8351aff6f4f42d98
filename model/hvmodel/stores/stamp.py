"""Stamped blocks: each says who wrote it, where, and what, so that a misplaced one gives itself away."""

from __future__ import annotations

import hashlib
import struct
import zlib
from typing import TypeAlias

from hvmodel.dataclass import dataclass

MAGIC = b"HVSTAMP1"
_FIELDS = struct.Struct("<8sI32sQI")  # magic, machine, disk, block, value
_CHECKSUM = struct.Struct("<I")
_HEADER = _FIELDS.size + _CHECKSUM.size

SMALLEST_BLOCK = 64
"""The fewest bytes a block must have to carry a stamp."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """The block that machine `machine` wrote to `disk` (at most 32 bytes of UTF-8) at `block`: data value `value`."""

    machine: int
    disk: str
    block: int
    value: int

    def __str__(self) -> str:
        return f"value {self.value} written by machine {self.machine} to {self.disk} block {self.block}"


@dataclass(frozen=True, slots=True)
class Zeros:
    """A block of zeros: never written, or lost."""

    def __str__(self) -> str:
        return "zeros"


@dataclass(frozen=True, slots=True)
class Torn:
    """A block with the header of a stamp whose remaining bytes are not what belongs to it, from byte `offset` on."""

    stamp: Stamp
    offset: int

    def __str__(self) -> str:
        return f"a torn block ({self.stamp}; wrong from byte {self.offset})"


@dataclass(frozen=True, slots=True)
class Foreign:
    """Bytes that no stamp made; `start` is their first 16."""

    start: bytes
    reason: str

    def __str__(self) -> str:
        return f"{self.reason} ({self.start.hex(' ')}...)"


Content: TypeAlias = Stamp | Zeros | Torn | Foreign


def encode(stamp: Stamp, block_size: int) -> bytes:
    """The bytes of a stamped block. Every byte depends on the whole stamp, so that a torn block cannot pass."""
    name = stamp.disk.encode()
    if len(name) > 32 or block_size < SMALLEST_BLOCK:
        raise ValueError(f"no stamp of disk {stamp.disk!r} fits in {block_size} bytes")
    fields = _FIELDS.pack(MAGIC, stamp.machine, name, stamp.block, stamp.value)
    header = fields + _CHECKSUM.pack(zlib.crc32(fields))
    return header + hashlib.shake_128(header).digest(block_size - len(header))


def decode(data: bytes) -> Content:
    """What a block is. Total: anything that is not a good stamp is reported as what it is."""
    if not any(data):
        return Zeros()
    if not data.startswith(MAGIC) or len(data) < SMALLEST_BLOCK:
        return Foreign(data[:16], "not a stamped block")
    (checksum,) = _CHECKSUM.unpack_from(data, _FIELDS.size)
    if checksum != zlib.crc32(data[: _FIELDS.size]):
        return Foreign(data[:16], "a stamp with a wrong checksum")
    _, machine, name, block, value = _FIELDS.unpack_from(data)
    try:
        disk = name.rstrip(b"\0").decode()
    except UnicodeDecodeError:
        return Foreign(data[:16], "a stamp with an unreadable disk name")
    stamp = Stamp(machine, disk, block, value)
    return _whole(stamp, data)


def _whole(stamp: Stamp, data: bytes) -> Stamp | Torn:
    expected = encode(stamp, len(data))
    if expected == data:
        return stamp
    return Torn(stamp, next(i for i, (a, b) in enumerate(zip(expected, data, strict=True)) if a != b))
