"""One entry of the log (MS-VHDX 2.3.1): a header, descriptors, and the 4 KiB sectors they bring."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from uuid import UUID

from hvmodel.dataclass import dataclass
from hvmodel.stores.vhdx import checksum
from hvmodel.stores.vhdx.identifiers import SECTOR

_HEAD = struct.Struct("<4sIIIQII16sQQ")
_DESCRIPTOR = struct.Struct("<4s4s8sQQ")
_ZERO = struct.Struct("<4sIQQQ")
_FIRST, _MORE = 126, 128
SIGNATURE = b"loge"


@dataclass(frozen=True, slots=True)
class Page:
    """4 KiB to be put at `offset` of the file. Its bytes are read when needed: `source` is the data sector's place in
    the log; `leading` and `trailing` are the bytes that the descriptor keeps for it."""

    offset: int
    source: int
    leading: bytes
    trailing: bytes


@dataclass(frozen=True, slots=True)
class Zeros:
    """`length` bytes of zeros at `offset`."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A valid entry. `at`, `tail` and `length` are in bytes within the log; file sizes in bytes."""

    at: int
    length: int
    tail: int
    sequence: int
    flushed_size: int
    last_size: int
    steps: tuple[Page | Zeros, ...]


def descriptor_sectors(count: int) -> int:
    """4 KiB sectors that hold the entry's header and `count` descriptors."""
    return 1 + -(-max(0, count - _FIRST) // _MORE)


def entry_length(pages: int) -> int:
    """Bytes of an entry that brings `pages` data sectors and no zeros."""
    return (descriptor_sectors(pages) + pages) * SECTOR


def peek_length(data: bytes, log_length: int) -> int | None:
    """The length the first sector of an entry claims, if an entry could have it."""
    if data[:4] != SIGNATURE:
        return None
    length = int(_HEAD.unpack_from(data)[2])
    return length if 0 < length <= log_length and length % SECTOR == 0 else None


def decode(data: bytes, at: int, log_length: int, guid: UUID) -> Entry | None:
    """`data` is the whole entry, found at `at` of the log. `None` when any field is not as it must be (2.3.2)."""
    _, _, length, tail, sequence, count, _, raw_guid, flushed, last = _HEAD.unpack_from(data)
    sound = (
        UUID(bytes_le=raw_guid) == guid
        and sequence > 0
        and tail % SECTOR == 0
        and tail < log_length
        and descriptor_sectors(count) * SECTOR <= length
        and checksum.matches(data)
    )
    if not sound:
        return None
    steps = _decode_steps(data, at, log_length, count, sequence)
    return None if steps is None else Entry(at, length, tail, sequence, flushed, last, steps)


def _decode_steps(data: bytes, at: int, log_length: int, count: int, sequence: int) -> tuple[Page | Zeros, ...] | None:
    steps: list[Page | Zeros] = []
    sector = descriptor_sectors(count)
    for index in range(count):
        place = _HEAD.size + index * _DESCRIPTOR.size
        kind, trailing, leading, offset, number = _DESCRIPTOR.unpack_from(data, place)
        if number != sequence or offset % SECTOR:
            return None
        if kind == b"zero":
            length = _ZERO.unpack_from(data, place)[2]
            if length % SECTOR or length == 0:
                return None
            steps.append(Zeros(offset, length))
            continue
        start = sector * SECTOR
        if kind != b"desc" or not _sector_matches(data[start : start + SECTOR], sequence):
            return None
        steps.append(Page(offset, (at + start) % log_length, leading, trailing))
        sector += 1
    return tuple(steps) if sector * SECTOR == len(data) else None


def _sector_matches(data: bytes, sequence: int) -> bool:
    if len(data) != SECTOR or data[:4] != b"data":
        return False
    high, low = struct.unpack_from("<I", data, 4)[0], struct.unpack_from("<I", data, SECTOR - 4)[0]
    return bool(high << 32 | low == sequence)


def page_bytes(page: Page, sector: bytes) -> bytes:
    """The 4 KiB a page stands for, given its data sector."""
    return page.leading + sector[8 : SECTOR - 4] + page.trailing


def encode(guid: UUID, sequence: int, tail: int, sizes: tuple[int, int], pages: Sequence[tuple[int, bytes]]) -> bytes:
    """An entry of `pages` (offset in the file, 4 KiB); `sizes` are FlushedFileOffset and LastFileOffset."""
    length = entry_length(len(pages))
    head = _HEAD.pack(SIGNATURE, 0, length, tail, sequence, len(pages), 0, guid.bytes_le, *sizes)
    table = b"".join(
        _DESCRIPTOR.pack(b"desc", data[SECTOR - 4 :], data[:8], offset, sequence) for offset, data in pages
    )
    low, high = struct.pack("<I", sequence & 0xFFFFFFFF), struct.pack("<I", sequence >> 32)
    sectors = b"".join(b"data" + high + data[8 : SECTOR - 4] + low for _, data in pages)
    body = (head + table).ljust(descriptor_sectors(len(pages)) * SECTOR, b"\0")
    return checksum.sealed(body + sectors)
