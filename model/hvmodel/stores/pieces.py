"""A file and its ancestors, already matched, read as one disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from hvmodel.stores.device import Device
from hvmodel.stores.extent import DATA, PARENT, Extent

NOWHERE = -1


class Layer(Protocol):
    """One file of a chain: which bytes of the disk it has itself."""

    @property
    def size(self) -> int: ...

    @property
    def device(self) -> Device: ...

    def extents(self, offset: int, length: int, placed: bool = True) -> Iterator[Extent]: ...

    def close(self) -> None: ...


L = TypeVar("L", bound=Layer)


class Piece(NamedTuple):
    """`length` bytes of the disk from `start`: at `at` of file number `level` (0 is the leaf), or zeros (NOWHERE)."""

    start: int
    length: int
    level: int
    at: int


class Chain(Generic[L]):
    """Files from the leaf to the base. Reading is by byte range of the leaf's disk."""

    def __init__(self, images: Sequence[L]) -> None:
        self.images = tuple(images)

    @property
    def size(self) -> int:
        """Of the leaf's disk, in bytes."""
        return self.images[0].size

    def pieces(self, offset: int, length: int, placed: bool = True) -> Iterator[Piece]:
        """Where the bytes are, in order. The range must lie in the disk (ValueError).

        When not `placed`, only who owns what counts: `at` is meaningless and pieces are as long as they can be.
        """
        if offset < 0 or length < 0 or offset + length > self.size:
            raise ValueError(f"range {offset}+{length} outside the disk of {self.size} bytes")
        if length:
            yield from self._pieces(0, offset, length, placed)

    def _pieces(self, level: int, offset: int, length: int, placed: bool) -> Iterator[Piece]:
        for extent in self.images[level].extents(offset, length, placed):
            if extent.kind == DATA:
                yield Piece(extent.start, extent.length, level, extent.at)
            elif extent.kind == PARENT and level + 1 < len(self.images):
                yield from self._of_parent(level + 1, extent, placed)
            else:
                yield Piece(extent.start, extent.length, NOWHERE, -1)

    def _of_parent(self, level: int, extent: Extent, placed: bool) -> Iterator[Piece]:
        """A parent may be shorter than its child; what it lacks is zeros."""
        inside = min(extent.length, max(0, self.images[level].size - extent.start))
        if inside:
            yield from self._pieces(level, extent.start, inside, placed)
        if inside < extent.length:
            yield Piece(extent.start + inside, extent.length - inside, NOWHERE, -1)

    def read(self, offset: int, length: int) -> bytes:
        """`length` bytes of the disk. Raises ValueError for a range outside it."""
        parts = [
            bytes(piece.length) if piece.level < 0 else self.images[piece.level].device.read(piece.at, piece.length)
            for piece in self.pieces(offset, length)
        ]
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        for image in self.images:
            image.close()
