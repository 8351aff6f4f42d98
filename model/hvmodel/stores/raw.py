"""A raw image: the disk's bytes and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from hvmodel.stores.device import Device
from hvmodel.stores.extent import DATA, Extent


class RawImage:
    """A file read as a disk. Any bytes beyond the last whole sector are part of it."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.size = device.size()

    def extents(self, offset: int, length: int, placed: bool = True) -> Iterator[Extent]:  # noqa: ARG002
        yield Extent(offset, length, DATA, offset)

    def close(self) -> None:
        self.device.close()
