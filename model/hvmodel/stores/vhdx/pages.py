"""4 KiB pages of metadata with changes held back until the log has them; clean pages are forgotten at will."""

from __future__ import annotations

from collections import OrderedDict

from hvmodel.stores.device import Device
from hvmodel.stores.vhdx.identifiers import SECTOR

_CLEAN_PAGES = 1024


class Pages:
    """A view of a device in which pages can be changed in memory. Offsets in bytes of the file."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._clean: OrderedDict[int, bytes] = OrderedDict()
        self.dirty: dict[int, bytearray] = {}

    def read(self, offset: int, length: int) -> bytes:
        """`length` bytes with all changes; short reads go through the cache, long ones do not."""
        page = offset - offset % SECTOR
        if offset + length <= page + SECTOR:
            return bytes(self._page(page)[offset - page : offset - page + length])
        data = self._device.read(offset, length)
        touched = [at for at in self.dirty if page <= at < offset + length]
        if not touched:
            return data
        mixed = bytearray(data)
        for at in touched:
            low, high = max(at, offset), min(at + SECTOR, offset + length)
            mixed[low - offset : high - offset] = self.dirty[at][low - at : high - at]
        return bytes(mixed)

    def _page(self, page: int) -> bytes | bytearray:
        if page in self.dirty:
            return self.dirty[page]
        if page not in self._clean:
            self._clean[page] = self._device.read(page, SECTOR)
            if len(self._clean) > _CLEAN_PAGES:
                self._clean.popitem(last=False)
        return self._clean[page]

    def write(self, offset: int, data: bytes) -> None:
        """Change bytes in memory. A page that would not differ stays clean."""
        while data:
            page = offset - offset % SECTOR
            start = offset - page
            part = data[: SECTOR - start]
            old = self._page(page)
            if old[start : start + len(part)] != part:
                if page not in self.dirty:
                    self.dirty[page] = bytearray(old)
                    self._clean.pop(page, None)
                self.dirty[page][start : start + len(part)] = part
            offset += len(part)
            data = data[len(part) :]

    def settle(self) -> None:
        """The dirty pages are now in the file."""
        self.dirty.clear()

    def forget(self) -> None:
        """Drop all changes and everything known."""
        self.dirty.clear()
        self._clean.clear()
