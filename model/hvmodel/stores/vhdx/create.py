"""New VHDX files, in the shape that Windows writes: log at 1 MiB, metadata at 2 MiB, table at 3 MiB."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import numpy as np

from hvmodel.dataclass import dataclass
from hvmodel.stores.device import Device
from hvmodel.stores.folder import Folder
from hvmodel.stores.vhdx import metadata as metadatas
from hvmodel.stores.vhdx.entry import FULLY_PRESENT
from hvmodel.stores.vhdx.header import Header
from hvmodel.stores.vhdx.identifiers import (
    BAT_REGION,
    HEADER_OFFSETS,
    MAX_DISK,
    METADATA_REGION,
    MIB,
    NO_GUID,
    REGION_OFFSETS,
)
from hvmodel.stores.vhdx.locator import Locator
from hvmodel.stores.vhdx.metadata import Extra, Metadata
from hvmodel.stores.vhdx.region import Region, Regions

CREATOR = "hvcheck"
DYNAMIC_BLOCK, DIFFERENCING_BLOCK = 32 * MIB, 2 * MIB
_LOG = MIB
_BATCH = 1 << 16


@dataclass(frozen=True, slots=True)
class Design:
    """What a new file shall be; sizes in bytes. `fixed` allocates every block at once."""

    disk_size: int
    block_size: int = DYNAMIC_BLOCK
    logical: int = 512
    physical: int = 4096
    fixed: bool = False
    locator: Locator | None = None
    disk_id: UUID | None = None
    extras: tuple[Extra, ...] = ()

    def metadata(self) -> Metadata:
        """Raises ValueError when no file can be so."""
        if not MIB <= self.block_size <= 256 * MIB or self.block_size & (self.block_size - 1):
            raise ValueError(f"block size {self.block_size} is not a power of two from 1 to 256 MiB")
        if self.logical not in (512, 4096) or self.physical not in (512, 4096):
            raise ValueError("sector sizes are 512 or 4096")
        if not 0 < self.disk_size <= MAX_DISK or self.disk_size % self.logical:
            raise ValueError(f"disk size {self.disk_size} is not a multiple of the sector size up to 64 TiB")
        if self.fixed and self.locator is not None:
            raise ValueError("a fixed file has no parent")
        return Metadata(
            self.block_size,
            self.fixed,
            self.disk_size,
            self.logical,
            self.physical,
            self.disk_id or uuid4(),
            self.locator,
        )


def lay_out(device: Device, design: Design) -> None:
    """Fill an empty device with a new file, durable on return."""
    metadata = design.metadata()
    geometry = metadata.geometry
    table = Region(3 * MIB, -(-geometry.entry_count * 8 // MIB) * MIB, BAT_REGION, True)
    regions = Regions((table, Region(2 * MIB, MIB, METADATA_REGION, True)))
    payload = geometry.block_count * geometry.block_size if design.fixed else 0
    device.resize(table.end + payload)
    device.write(0, b"vhdxfile" + CREATOR.encode("utf-16-le"))
    header = Header(0, uuid4(), uuid4(), NO_GUID, 0, 1, _LOG, MIB)
    for sequence, at in enumerate(HEADER_OFFSETS):
        device.write(at, replace(header, sequence=sequence).encode())
    for at in REGION_OFFSETS:
        device.write(at, regions.encode())
    device.write(2 * MIB, metadatas.encode(metadata, design.extras))
    if design.fixed:
        _allocate_all(device, table, metadata)
    device.flush()


def _allocate_all(device: Device, table: Region, metadata: Metadata) -> None:
    geometry = metadata.geometry
    for first in range(0, geometry.block_count, _BATCH):
        blocks = np.arange(first, min(first + _BATCH, geometry.block_count), dtype=np.uint64)
        entries = blocks * np.uint64(geometry.block_size) + np.uint64(table.end + FULLY_PRESENT)
        places = blocks + blocks // np.uint64(geometry.chunk_ratio) - blocks[0] // np.uint64(geometry.chunk_ratio)
        places -= blocks[0]
        line = np.zeros(int(places[-1]) + 1, dtype="<u8")
        line[places] = entries
        device.write(table.offset + 8 * geometry.entry_of(first), line.tobytes())


def create_file(folder: Folder, name: str, design: Design) -> None:
    """A new file under `name`, whole or not at all. Raises FileExistsError, ValueError."""
    publish(folder, name, lambda device: lay_out(device, design))


def publish(folder: Folder, name: str, fill: Callable[[Device], None]) -> None:
    """Make a file under another name, fill it, and only then give it its own."""
    if name in folder.names():
        raise FileExistsError(f"{name} exists already")
    temporary = f"{name[:200]}.{uuid4().hex[:12]}.tmp"
    device = folder.create(temporary)
    try:
        fill(device)
        device.flush()
        folder.publish(temporary, name)
    except Exception:
        folder.delete(temporary)
        raise
    finally:
        device.close()
