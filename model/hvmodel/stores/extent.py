"""Where a range of a disk is kept."""

from __future__ import annotations

from typing import NamedTuple

PARENT, ZEROS, DATA = 0, 1, 2


class Extent(NamedTuple):
    """`length` bytes of the disk from `start` on: the parent's, zeros, or data at offset `at` of the file."""

    start: int
    length: int
    kind: int
    at: int = -1
