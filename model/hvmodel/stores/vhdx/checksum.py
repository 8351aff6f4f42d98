"""CRC-32C of a structure whose own checksum field counts as zero."""

from __future__ import annotations

import struct

from hvmodel.stores.crc32c import crc32c

CHECKSUM_AT = 4


def checksum(data: bytes) -> int:
    """Of all of `data`, with the four bytes from offset 4 taken as zeros."""
    body = data[:CHECKSUM_AT] + bytes(4) + data[CHECKSUM_AT + 4 :]
    return crc32c(body)


def matches(data: bytes) -> bool:
    return len(data) >= CHECKSUM_AT + 4 and struct.unpack_from("<I", data, CHECKSUM_AT)[0] == checksum(data)


def sealed(data: bytes) -> bytes:
    """`data` with its checksum filled in."""
    return data[:CHECKSUM_AT] + struct.pack("<I", checksum(data)) + data[CHECKSUM_AT + 4 :]
