"""One 64-bit entry of the block allocation table (MS-VHDX 2.5.1)."""

from __future__ import annotations

from hvmodel.stores.vhdx.identifiers import MIB

NOT_PRESENT, UNDEFINED, ZERO, UNMAPPED, FULLY_PRESENT, PARTIALLY_PRESENT = 0, 1, 2, 3, 6, 7
STATE_MASK = 7
RESERVED_MASK = 0xFFFF8
OFFSET_SHIFT = 20
STATE_NAMES = ("not present", "undefined", "zero", "unmapped", "4", "5", "present", "partial")


def state_of(entry: int) -> int:
    return entry & STATE_MASK


def offset_of(entry: int) -> int:
    """Bytes from the start of the file."""
    return entry >> OFFSET_SHIFT << OFFSET_SHIFT


def make(state: int, offset: int = 0) -> int:
    """`offset` in bytes, a multiple of 1 MiB."""
    assert offset % MIB == 0
    return offset | state
