"""The change tracking of one virtual disk through its backups: a live tracker, and the bits a checkpoint has frozen.

Both keep one reference point each, in the side files `disk.rct`, `disk.mrt`, `checkpoint.rct` and `checkpoint.mrt`.
The live bits are those since the last reference point or checkpoint; the frozen ones answer the query of a backup.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from hvmodel.stores.folder import SystemFolder, replace_file
from hvmodel.stores.refusal import Report
from hvmodel.stores.tracker import coarse as coarses
from hvmodel.stores.tracker import fine as fines
from hvmodel.stores.tracker.fine import Fine
from hvmodel.stores.tracker.rules import RULES
from hvmodel.stores.tracker.tracker import Tracker, content, resume

LIVE, FROZEN = "disk", "checkpoint"
POINT = UUID(int=1)
"""The one point of each: the last reference point or checkpoint."""

IDENTITY = UUID(int=2)
"""Whose disk it is. Fixed, so that a writer that does not track goes unnoticed, as in the class `tracked`."""


class Tracking:
    """Blocks are counted from 0, of `block_size` bytes each, which are the granules too."""

    def __init__(self, folder: Path, block_count: int, block_size: int, durable: bool = False) -> None:
        """Makes the folder if it is missing, and starts without any change. Raises OSError."""
        folder.mkdir(exist_ok=True)
        self._folder = SystemFolder(folder, durable)
        self._count, self._block_size = block_count, block_size
        self._live = self._tracker(LIVE, ())
        self._frozen = self._tracker(FROZEN, ())

    def close(self) -> None:
        self._live.abandon()
        self._frozen.abandon()
        self._folder.close()

    # What is seen

    @property
    def memory(self) -> frozenset[int]:
        return _set(self._live.fine)

    @property
    def frozen(self) -> frozenset[int]:
        return _set(self._frozen.fine)

    @property
    def written_back(self) -> frozenset[int]:
        """As the fine file has it on disk. Raises Refused, OSError."""
        return _set(_fine(content(self._folder, f"{LIVE}.rct")))

    @property
    def doubtful(self) -> bool:
        """Whether the coarse file on disk marks any region. Raises Refused, OSError."""
        return _doubtful(content(self._folder, f"{LIVE}.mrt"))

    # What happens

    def before_write(self, block: int, marked: bool = True) -> None:
        """A block is about to be written; not `marked`: the coarse file hears of it later, by `mark`, or never."""
        if marked:
            self._live.before_write(block * self._block_size, self._block_size)
        else:
            self._live.fine.points[POINT][block] = True

    def mark(self) -> None:
        """Mark in the coarse file what memory has."""
        for block in self.memory:
            self._live.before_write(block * self._block_size, self._block_size)

    def write_back(self) -> None:
        self._live.save()

    def freeze(self) -> None:
        """The live bits are frozen, and counting starts anew."""
        self._renew(FROZEN, self.memory)
        self._renew(LIVE, ())

    def thaw(self) -> None:
        """Drop the frozen bits."""
        self._renew(FROZEN, ())

    def declare(self, blocks: Iterable[int]) -> None:
        """Blocks count as changed, in memory and in the fine file."""
        self._live.declare([(block * self._block_size, self._block_size) for block in sorted(blocks)])

    def restart(self) -> None:
        """Nothing has changed; the frozen bits stay."""
        self._renew(LIVE, ())

    def crash(self, keeps_frozen: bool = True) -> None:
        """Memory is gone. What the files tell of it comes back, and what they leave in doubt counts as changed."""
        size = self._count * self._block_size
        self._live.abandon()
        self._live = resume(self._folder, LIVE, size, IDENTITY, write_back=False)
        if keeps_frozen:
            self._frozen.abandon()
            self._frozen = resume(self._folder, FROZEN, size, IDENTITY, write_back=False)
        else:
            self._renew(FROZEN, ())

    def copy(self, source: Tracking) -> None:
        """Become a copy of another disk's tracking, files and memory."""
        self._live = self._copied(LIVE, self._live, source, source._live)
        self._frozen = self._copied(FROZEN, self._frozen, source, source._frozen)

    def _copied(self, name: str, own: Tracker, source: Tracking, original: Tracker) -> Tracker:
        own.abandon()
        files = [f"{name}.rct", f"{name}.mrt"]
        for file in files:
            replace_file(self._folder, file, content(source._folder, file))
        fine = original.fine
        points = {point: bits.copy() for point, bits in fine.points.items()}
        coarse = coarses.decode(content(self._folder, files[1]), Report(RULES, name))
        return Tracker(self._folder, name, Fine(fine.granule, fine.size, fine.epoch, IDENTITY, points), coarse=coarse)

    def _renew(self, name: str, blocks: Iterable[int]) -> None:
        old = self._live if name == LIVE else self._frozen
        old.abandon()
        made = self._tracker(name, blocks, old.fine.epoch)
        if name == LIVE:
            self._live = made
        else:
            self._frozen = made

    def _tracker(self, name: str, blocks: Iterable[int], epoch: int = 0) -> Tracker:
        bits: NDArray[np.bool_] = np.zeros(self._count, dtype=bool)
        bits[list(blocks)] = True
        fine = Fine(self._block_size, self._count * self._block_size, epoch, IDENTITY, {POINT: bits})
        return Tracker(self._folder, name, fine)


def _set(fine: Fine) -> frozenset[int]:
    return frozenset(np.flatnonzero(fine.points[POINT]).tolist())


@lru_cache(maxsize=256)
def _fine(data: bytes) -> Fine:
    """Only ever read. The files are looked at after every step and rarely differ."""
    return fines.decode(data, Report(RULES, LIVE))


@lru_cache(maxsize=256)
def _doubtful(data: bytes) -> bool:
    return bool(coarses.decode(data, Report(RULES, LIVE)).marks.any())
