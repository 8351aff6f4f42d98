"""Copying a file as it is, holes left as holes."""

from __future__ import annotations

from hvmodel.stores.device import Device
from hvmodel.stores.folder import Folder
from hvmodel.stores.vhdx.identifiers import MIB


def copy_file(source: Device, folder: Folder, name: str) -> None:
    """`source` as a new file `name`, durable on return. Raises FileExistsError."""
    target = folder.create(name)
    try:
        size = source.size()
        target.resize(size)
        for offset in range(0, size, MIB):
            data = source.read(offset, min(MIB, size - offset))
            if data != bytes(len(data)):
                target.write(offset, data)
        target.flush()
    finally:
        target.close()
