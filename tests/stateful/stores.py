"""Stores that are wrong in one way each."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from hvmodel.stores.driver import Driver, StoreError, StoreFault
from hvmodel.stores.plain import PlainDisk


class LosesOnRevert(PlainDisk):
    """One block does not come back."""

    def copy(self, source: Driver, source_role: str, role: str) -> None:
        super().copy(source, source_role, role)
        if (source_role, role) == ("diff", "now"):
            self.write("now", 1, bytes(self.block_size))


class LosesOnCopy(PlainDisk):
    """One block is missing in the copy on another disk."""

    def copy(self, source: Driver, source_role: str, role: str) -> None:
        super().copy(source, source_role, role)
        if source is not self:
            self.write(role, 1, bytes(self.block_size))


class ReadsStale(PlainDisk):
    """What was read once is never read again."""

    def __init__(self, folder: Path, block_size: int) -> None:
        self._seen: dict[tuple[str, int], bytes] = {}
        super().__init__(folder, block_size)

    def read(self, role: str, block: int) -> bytes:
        return self._seen.setdefault((role, block), super().read(role, block))


class ForgetsDrop(PlainDisk):
    """The snapshot's file stays."""

    def delete(self, role: str) -> None:
        if role != "diff":
            super().delete(role)


class WritesElsewhere(PlainDisk):
    """The last block's writes go to the first."""

    def write(self, role: str, block: int, data: bytes) -> None:  # noqa: ARG002
        super().write(role, 0, data)


class NeverFlushes(PlainDisk):
    """Acknowledged and flushed, and gone with the power."""

    def flush(self) -> None:
        self._must_be_open()


class LosesOnReopen(PlainDisk):
    """The last write is not there after the disk was closed and opened."""

    def reopen(self) -> None:
        super().crash()
        for role in self.roles():
            if 0 in self.blocks(role):
                self.write(role, 0, bytes(self.block_size))


class LosesSometimes(PlainDisk):
    """Every 37th copy between disks loses a block, counted over all runs: no run does it again."""

    copies = 0

    def copy(self, source: Driver, source_role: str, role: str) -> None:
        super().copy(source, source_role, role)
        if source is not self:
            LosesSometimes.copies += 1
            if LosesSometimes.copies % 37 == 0:
                self.write(role, 1, b"?" * self.block_size)


class Stops(PlainDisk):
    """After some writes, counted over all runs, the system refuses with `code`."""

    code, left = errno.ENOSPC, 0

    def write(self, role: str, block: int, data: bytes) -> None:
        Stops.left -= 1
        if Stops.left < 0:
            error = OSError(self.code, os.strerror(self.code))
            raise StoreError(StoreFault("io", os.strerror(self.code), role)) from error
        super().write(role, block, data)


class ClosesTooEarly(Stops):
    """The system refuses because of what the store did."""

    code = errno.EBADF


class LosesAndStops(Stops, LosesOnRevert):
    """Wrong, and on a disk that fills."""
