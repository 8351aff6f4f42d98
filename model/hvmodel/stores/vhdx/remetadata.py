"""Changing the metadata region of a file that is in use, all at once through the log (MS-VHDX 2.3, 2.6)."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from uuid import UUID

from hvmodel.stores.vhdx import metadata as metadatas
from hvmodel.stores.vhdx.image import Image
from hvmodel.stores.vhdx.locator import LINKAGE, LINKAGE2, RELATIVE, Locator
from hvmodel.stores.vhdx.metadata import Extra, Metadata
from hvmodel.stores.vhdx.writer import Writer


def rewrite(writer: Writer, metadata: Metadata, extras: tuple[Extra, ...] | None = None) -> None:
    """Give the file other metadata; items that are not ours stay unless `extras` replaces those of the disk.

    Raises OverflowError when the items fit neither the region nor one log entry.
    """
    image = writer.image
    region = image.regions.metadata
    kept = metadatas.read_extras(image.device, region, image.metadata, of_disk=None if extras is None else False)
    data = metadatas.encode(metadata, kept + (extras or ()))
    if len(data) > region.length:
        raise OverflowError("the metadata does not fit its region")
    writer.transact(lambda: image.pages.write(region.offset, data))
    adopt(image)


def adopt(image: Image) -> None:
    """Take over the metadata as it now stands in the file."""
    image.metadata = metadatas.read(image.device, image.regions.metadata, image.report)


def relink(writer: Writer, linkage: UUID, second: UUID, parent_name: str | None = None) -> None:
    """Change which parent the file accepts, and under which name. Not visible to readers of the disk."""
    metadata = writer.image.metadata
    assert metadata.locator is not None
    entries = dict(metadata.locator.entries)
    entries |= {LINKAGE: f"{{{linkage}}}", LINKAGE2: f"{{{second}}}"}
    if parent_name is not None:
        entries = {key: value for key, value in entries.items() if not key.endswith("_path")}
        entries[RELATIVE] = f".\\{parent_name}"
    writer.begin(visible=False)
    rewrite(writer, replace(metadata, locator=Locator(MappingProxyType(entries))))
