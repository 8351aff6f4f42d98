"""A child over a file (MS-VHDX 2.6.2.6)."""

from __future__ import annotations

from hvmodel.stores.folder import Folder
from hvmodel.stores.vhdx import locator, metadata
from hvmodel.stores.vhdx.create import DIFFERENCING_BLOCK, Design, create_file
from hvmodel.stores.vhdx.image import Image


def fork(
    folder: Folder, parent: Image, parent_name: str, child_name: str, block_size: int = DIFFERENCING_BLOCK
) -> None:
    """A new file `child_name` over `parent`, in the same folder, of the same size, owning nothing.

    The parent must be flushed, and must not be written from then on. Whole or not at all. Raises FileExistsError,
    ValueError (block size).
    """
    design = Design(
        disk_size=parent.size,
        block_size=block_size,
        logical=parent.metadata.logical,
        physical=parent.metadata.physical,
        locator=locator.make(parent_name, parent.current.header.data_write),
        disk_id=parent.metadata.disk_id,
        extras=metadata.read_extras(parent.device, parent.regions.metadata, parent.metadata),
    )
    create_file(folder, child_name, design)
