"""Which parts of a disk changed since a reference point: never less than what did, after a crash perhaps more."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import numpy as np
from numpy.typing import NDArray

from hvmodel.stores.device import Device
from hvmodel.stores.folder import Folder, replace_file
from hvmodel.stores.refusal import Refused, Report
from hvmodel.stores.tracker import coarse as coarses
from hvmodel.stores.tracker import fine as fines
from hvmodel.stores.tracker.fine import Fine
from hvmodel.stores.tracker.rules import RULES

GRANULE, REGION = 4096, 1 << 20
_READ_LIMIT = 1 << 30


class UnknownPointError(KeyError):
    """A reference point this tracker does not have, or no longer vouches for."""


class Tracker:
    """The changes of one disk. Offsets, lengths and sizes in bytes.

    Before every write to the disk call `before_write`; before the disk takes a new identity (its DataWriteGuid),
    `before_identity`. `save` at quiet moments, with the disk flushed, makes the fine file good again.
    """

    def __init__(
        self, folder: Folder, name: str, fine: Fine, region: int = REGION, coarse: coarses.Coarse | None = None
    ) -> None:
        """Side files of this state; with `coarse` those that are there go on as they are, with `fine` in memory."""
        self._folder, self._name, self._fine, self._region = folder, name, fine, region
        self._device: Device | None = None
        if coarse is None:
            self._save()
        else:
            self._coarse = coarse
            self._device = folder.open(f"{name}.mrt", True)

    @property
    def points(self) -> tuple[str, ...]:
        return tuple(str(point) for point in self._fine.points)

    @property
    def fine(self) -> Fine:
        """The state in memory."""
        return self._fine

    def before_write(self, offset: int, length: int) -> None:
        """Durable on return: even if the machine stops now, this range is known to be in doubt."""
        self._coarse.mark(self._open_device, offset, length)
        self._note(offset, length)

    def _note(self, offset: int, length: int) -> None:
        first, last = offset // self._fine.granule, -(-(offset + length) // self._fine.granule)
        for bits in self._fine.points.values():
            bits[first:last] = True

    def before_identity(self, identity: UUID) -> None:
        """The disk is about to take `identity` by our own hand, not by a writer that does not track."""
        self._coarse.expect(self._open_device, identity)
        self._fine.identity = identity

    def point(self) -> str:
        """A reference point of the content as it is now, which the caller has flushed. Durable on return."""
        name = uuid4()
        self._fine.points[name] = np.zeros(self._fine.granules, dtype=bool)
        self._save()
        return str(name)

    def forget(self, point: str) -> None:
        """Raises UnknownPointError."""
        del self._fine.points[self._find(point)]
        self._save()

    def changes_since(self, point: str) -> list[tuple[int, int]]:
        """(offset, length) of every changed range, in order, neighbours joined. Raises UnknownPointError."""
        return list(ranges(self._fine.points[self._find(point)], self._fine.granule, self._fine.size))

    def _find(self, point: str) -> UUID:
        try:
            found = UUID(point)
        except ValueError:
            raise UnknownPointError(point) from None
        if found not in self._fine.points:
            raise UnknownPointError(point)
        return found

    def resize(self, size: int) -> None:
        """The disk has another size: a new part counts as changed. Durable on return."""
        old, self._fine.size = self._fine.granules, size
        for point, bits in self._fine.points.items():
            grown = np.ones(self._fine.granules, dtype=bool)
            kept = min(old, self._fine.granules)
            grown[:kept] = bits[:kept]
            if self._fine.granules > old > 0:
                grown[old - 1] = True
            self._fine.points[point] = grown
        self._save()

    def absorb(self, child: Fine, moved: list[tuple[int, int]]) -> None:
        """After a merge: the child's points become ours too, and what was moved counts for ours. Durable on return.

        The sizes must be equal already.
        """
        for offset, length in moved:
            self._note(offset, length)
        for point, bits in child.points.items():
            ours = self._fine.points.get(point)
            self._fine.points[point] = bits.copy() if ours is None else ours | bits
        self._save()

    def declare(self, found: list[tuple[int, int]]) -> None:
        """Count ranges as changed since every point, durable on return, and write back nothing else.

        For what is known to have changed by other means than a write here. The coarse file goes on as it is.
        """
        saved = fines.decode(content(self._folder, f"{self._name}.rct"), Report(RULES, self._name))
        for offset, length in found:
            self._note(offset, length)
            first, last = offset // saved.granule, -(-(offset + length) // saved.granule)
            for bits in saved.points.values():
                bits[first:last] = True
        replace_file(self._folder, f"{self._name}.rct", saved.encode())

    def save(self) -> None:
        """The fine file as of now. The disk must be flushed."""
        if self._coarse.marks.any() or self._coarse.after != self._coarse.before:
            self._save()

    def _save(self) -> None:
        """Fine first: marks of an older epoch are doubted too much, never too little."""
        self._fine.epoch += 1
        replace_file(self._folder, f"{self._name}.rct", self._fine.encode())
        self._coarse = coarses.fresh(self._region, self._fine.size, self._fine.epoch, self._fine.identity)
        replace_file(self._folder, f"{self._name}.mrt", self._coarse.encode())
        self.abandon()
        self._device = self._folder.open(f"{self._name}.mrt", True)

    def close(self) -> None:
        """Save and let go of the side files."""
        self.save()
        self.abandon()

    def abandon(self) -> None:
        """Let go without saving, as a crash would."""
        if self._device is not None:
            self._device.close()
            self._device = None

    @property
    def _open_device(self) -> Device:
        if self._device is None:
            raise ValueError("the tracker is closed")
        return self._device


def start(folder: Folder, name: str, size: int, identity: UUID, granule: int = GRANULE) -> Tracker:
    """Begin to track: no points yet. Side files `NAME.rct` and `NAME.mrt` replace older ones."""
    return Tracker(folder, name, Fine(granule, size, 0, identity, {}))


def resume(folder: Folder, name: str, size: int, identity: UUID, write_back: bool = True) -> Tracker:
    """Go on tracking a disk of `size` whose identity is `identity` now.

    Without `write_back` the side files stay as they are until the next `save`; what they leave in doubt is in memory.

    Raises Refused when the side files are not whole, do not belong together, or the disk was changed by a writer
    that does not track: then nothing they say can be trusted, and tracking must `start` anew. OSError when they are
    missing.
    """
    report = Report(RULES, name)
    fine = fines.decode(content(folder, f"{name}.rct"), report)
    coarse = coarses.decode(content(folder, f"{name}.mrt"), report)
    if coarse.epoch not in (fine.epoch, fine.epoch - 1):
        report.fatal("epoch", "epoch", f"{coarse.epoch} after {fine.epoch}")
    if identity not in (fine.identity, coarse.before, coarse.after):
        report.fatal("identity", "identity of the disk", identity)
    if fine.size != size:
        report.fatal("size", "size", f"{fine.size}, the disk has {size}")
    _doubt(fine, coarse)
    fine.identity = identity
    current = coarse.epoch == fine.epoch and not write_back
    return Tracker(folder, name, fine, coarse.region, coarse if current else None)


def resume_or_start(folder: Folder, name: str, size: int, identity: UUID, granule: int = GRANULE) -> Tracker:
    """`resume` where the side files can be trusted, else a tracker without any point."""
    try:
        return resume(folder, name, size, identity)
    except (Refused, FileNotFoundError):
        return start(folder, name, size, identity, granule)


def _doubt(fine: Fine, coarse: coarses.Coarse) -> None:
    """Everything marked in the coarse file counts as changed since every point."""
    for region in np.flatnonzero(coarse.marks).tolist():
        first = region * coarse.region // fine.granule
        last = -(-(region + 1) * coarse.region // fine.granule)
        for bits in fine.points.values():
            bits[first:last] = True


def content(folder: Folder, name: str) -> bytes:
    """All of a side file. Raises OSError."""
    device = folder.open(name)
    try:
        return device.read(0, min(device.size(), _READ_LIMIT))
    finally:
        device.close()


def ranges(bits: NDArray[np.bool_], granule: int, size: int) -> Iterator[tuple[int, int]]:
    """Runs of set bits as (offset, length) in bytes, the last one cut at `size`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], bits.view(np.int8), [0]])))
    for low, high in edges.reshape(-1, 2).tolist():
        yield low * granule, min(high * granule, size) - low * granule
