"""How a disk's bytes map to blocks, chunks and table entries (MS-VHDX 2.4, 2.5)."""

from __future__ import annotations

from hvmodel.dataclass import dataclass

BITMAP_SECTORS = 1 << 23
"""Sectors that one sector bitmap block (1 MiB) describes."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """`block_size`, `disk_size` and `sector` (logical) in bytes; `differencing` when there is a parent."""

    block_size: int
    disk_size: int
    sector: int
    differencing: bool

    @property
    def chunk_ratio(self) -> int:
        """Payload blocks per sector bitmap block."""
        return BITMAP_SECTORS * self.sector // self.block_size

    @property
    def block_count(self) -> int:
        return -(-self.disk_size // self.block_size)

    @property
    def chunk_count(self) -> int:
        return -(-self.block_count // self.chunk_ratio)

    @property
    def entry_count(self) -> int:
        if self.differencing:
            return self.chunk_count * (self.chunk_ratio + 1)
        return self.block_count + (self.block_count - 1) // self.chunk_ratio

    @property
    def sectors_per_block(self) -> int:
        return self.block_size // self.sector

    @property
    def bitmap_bytes(self) -> int:
        """Bytes of a sector bitmap that describe one block."""
        return self.sectors_per_block // 8

    def entry_of(self, block: int) -> int:
        """The table index of a payload block."""
        return block + block // self.chunk_ratio

    def bitmap_entry_of(self, block: int) -> int:
        """The table index of the sector bitmap that describes the block."""
        chunk = block // self.chunk_ratio
        return chunk * (self.chunk_ratio + 1) + self.chunk_ratio
