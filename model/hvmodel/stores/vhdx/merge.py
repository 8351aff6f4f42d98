"""A child's blocks into its parent, while every chain through them stays readable (MS-VHDX 2.6.2.6.3, note 12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID, uuid4

from hvmodel.stores.extent import DATA, ZEROS
from hvmodel.stores.pieces import Chain
from hvmodel.stores.vhdx import metadata as metadatas
from hvmodel.stores.vhdx import remetadata
from hvmodel.stores.vhdx.identifiers import MIB, NO_GUID
from hvmodel.stores.vhdx.image import Image
from hvmodel.stores.vhdx.resize import resize
from hvmodel.stores.vhdx.writer import Writer

_STEP = 4 * MIB


def merge(
    child: Writer, parent: Writer, chain: Chain[Image], identity: UUID | None = None
) -> Iterator[tuple[int, int]]:
    """Move what `child` owns into `parent`, the leaf of `chain`; yields (bytes done, bytes in all) on the way.

    The child accepts the parent's old and new DataWriteGuid before the parent takes the new one, so that a crash at
    any point leaves a child that opens and reads as before. At the end the parent alone reads like the child, whose
    file the caller removes once nothing names it. `identity` chooses the DataWriteGuid that the parent takes.
    """
    announce(child, parent, identity or uuid4())
    remetadata_of_disk(child.image, parent)
    resize(parent, child.image.size, chain)
    total, done = child.image.size, 0
    for extent in child.image.extents(0, total):
        if extent.kind == DATA:
            for offset in range(0, extent.length, _STEP):
                part = min(_STEP, extent.length - offset)
                parent.write(extent.start + offset, child.image.device.read(extent.at + offset, part))
                yield done + offset + part, total
        elif extent.kind == ZEROS:
            parent.zero(extent.start, extent.length)
        done += extent.length
        yield done, total
    parent.close()


def announce(child: Writer, parent: Writer, new: UUID) -> None:
    """Both GUIDs into the child, durable, then the new one into the parent."""
    remetadata.relink(child, parent.image.current.header.data_write, new)
    child.close()
    parent.begin(data_write=new)


def remetadata_of_disk(child: Image, parent: Writer) -> None:
    """Items that belong to the disk are the child's from now on (2.6.1.2)."""
    ours, theirs = child.metadata, parent.image.metadata
    items = metadatas.read_extras(child.device, child.regions.metadata, ours)
    same = items == metadatas.read_extras(parent.image.device, parent.image.regions.metadata, theirs)
    if same and (ours.disk_id, ours.physical) == (theirs.disk_id, theirs.physical):
        return
    remetadata.rewrite(parent, replace(theirs, disk_id=ours.disk_id, physical=ours.physical), items)


def adopt(grandchild: Writer, parent: Image, parent_name: str) -> None:
    """After a merge: the child's child becomes the parent's."""
    remetadata.relink(grandchild, parent.current.header.data_write, NO_GUID, parent_name)
    grandchild.close()
