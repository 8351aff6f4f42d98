"""Writing metadata through the log (MS-VHDX 2.3): first the log, durable, then the place itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from hvmodel.stores.vhdx import header as headers
from hvmodel.stores.vhdx import log_entry
from hvmodel.stores.vhdx.header import Header
from hvmodel.stores.vhdx.identifiers import NO_GUID, SECTOR
from hvmodel.stores.vhdx.image import Image


class LogWriter:
    """The log of one image opened for writing. At most one entry is live at a time and it is its own tail."""

    def __init__(self, image: Image) -> None:
        self._image = image
        self._guid = NO_GUID
        self._sequence = 0
        self._at = 0

    @property
    def capacity(self) -> int:
        """Pages that one commit can take: the entry before must stay whole until the new one is durable."""
        sectors = self._image.log.length // SECTOR // 2
        pages = sectors - 2
        while log_entry.descriptor_sectors(pages) + pages > sectors:
            pages -= 1
        return pages

    def commit(self, pages: Sequence[tuple[int, bytes]]) -> None:
        """Change all `pages` (offset, 4 KiB) at once: after a crash all are as before or all as after.

        Everything written to the file earlier is made durable first, so that no page refers to data that is not
        there. The pages themselves are durable through the log when this returns.
        """
        device = self._image.device
        device.flush()
        fresh = self._guid == NO_GUID
        if fresh:
            self._guid, self._sequence, self._at = uuid4(), 0, 0
        self._sequence += 1
        size = device.size()
        self._put(log_entry.encode(self._guid, self._sequence, self._at, (size, size), pages))
        device.flush()
        if fresh:
            self._set_header(replace(self._image.current.header, log=self._guid))
        for offset, data in pages:
            device.write(offset, data)

    def _put(self, entry: bytes) -> None:
        """The entry at the head of the ring, wrapping at its end."""
        log = self._image.log
        first = min(len(entry), log.length - self._at)
        self._image.device.write(log.offset + self._at, entry[:first])
        if first < len(entry):
            self._image.device.write(log.offset, entry[first:])
        self._at = (self._at + len(entry)) % log.length

    def close(self) -> None:
        """Make everything durable in its own place, then let go of the log."""
        self._image.device.flush()
        if self._guid != NO_GUID:
            self._set_header(replace(self._image.current.header, log=NO_GUID))
            self._guid = NO_GUID

    def _set_header(self, header: Header) -> None:
        self._image.current = headers.update(self._image.device, self._image.current, header)
