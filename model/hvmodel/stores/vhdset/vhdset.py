"""A virtual disk behind a stable name: opened, checkpointed, and its checkpoints merged away."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

from hvmodel.stores.folder import Folder, replace_file
from hvmodel.stores.pieces import Chain
from hvmodel.stores.refusal import Report
from hvmodel.stores.vhdset import pointer as pointers
from hvmodel.stores.vhdset.pointer import MAX_SIZE, Pointer, Snapshot
from hvmodel.stores.vhdset.rules import RULES
from hvmodel.stores.vhdx.chain import open_chain
from hvmodel.stores.vhdx.create import Design, create_file
from hvmodel.stores.vhdx.fork import fork
from hvmodel.stores.vhdx.image import Image
from hvmodel.stores.vhdx.merge import adopt, merge
from hvmodel.stores.vhdx.writer import Writer


class UnknownSnapshotError(KeyError):
    """A snapshot the set does not have."""


class VhdSet:
    """The set whose pointer file is `name` in `folder`. Nothing is kept open between calls.

    Every change leaves, after a crash at any point, a pointer file that names a chain with the same content.
    """

    def __init__(self, folder: Folder, name: str) -> None:
        """Raises Refused for a malformed pointer file, OSError for a missing one."""
        self._folder, self._name = folder, name
        device = folder.open(name)
        try:
            self.pointer = pointers.decode(device.read(0, min(device.size(), MAX_SIZE + 1)), Report(RULES, name))
        finally:
            device.close()

    @property
    def snapshots(self) -> tuple[UUID, ...]:
        """Oldest first."""
        return tuple(one.identity for one in self.pointer.snapshots)

    def open(self, writable: bool = False) -> Chain[Image]:
        """The disk as it is now."""
        return open_chain(self._folder, self.pointer.active, writable)

    def open_snapshot(self, snapshot: UUID) -> Chain[Image]:
        """The disk as it was. Raises UnknownSnapshotError."""
        return open_chain(self._folder, self._find(snapshot).file)

    def checkpoint(self) -> UUID:
        """Freeze the active file as a snapshot; writing goes on in a new file. The disk must not be open."""
        frozen = self.pointer.active
        active = f"{self.pointer.identity}-{uuid4().hex[:12]}.avhdx"
        chain = self.open()
        try:
            fork(self._folder, chain.images[0], frozen, active)
        finally:
            chain.close()
        snapshot = Snapshot(uuid4(), frozen)
        self._point(replace(self.pointer, active=active, snapshots=(*self.pointer.snapshots, snapshot)))
        return snapshot.identity

    def delete_snapshot(self, snapshot: UUID) -> None:
        """Merge what came after the snapshot into its file, and forget the snapshot. Raises UnknownSnapshotError."""
        files = [*(one.file for one in self.pointer.snapshots), self.pointer.active]
        index = files.index(self._find(snapshot).file)
        parent, child = files[index], files[index + 1]
        above = files[index + 2] if index + 2 < len(files) else None
        self._merge(child, parent, above)
        kept = [one for one in self.pointer.snapshots if one.identity != snapshot]
        moved = tuple(replace(one, file=parent) if one.file == child else one for one in kept)
        active = parent if child == self.pointer.active else self.pointer.active
        self._point(replace(self.pointer, active=active, snapshots=moved))
        self._folder.delete(child)

    def _merge(self, child: str, parent: str, above: str | None) -> None:
        lower = open_chain(self._folder, parent, True)
        upper = open_chain(self._folder, child, True)
        top = open_chain(self._folder, above, True) if above is not None else None
        try:
            writer = Writer(lower.images[0])
            for _ in merge(Writer(upper.images[0]), writer, lower):
                pass
            if top is not None:
                adopt(Writer(top.images[0]), writer.image, parent)
        finally:
            for chain in (top, upper, lower):
                if chain is not None:
                    chain.close()

    def _find(self, snapshot: UUID) -> Snapshot:
        for one in self.pointer.snapshots:
            if one.identity == snapshot:
                return one
        raise UnknownSnapshotError(str(snapshot))

    def _point(self, pointer: Pointer) -> None:
        replace_file(self._folder, self._name, pointer.encode())
        self.pointer = pointer


def create_set(folder: Folder, name: str, design: Design) -> VhdSet:
    """A new set: its first file, then its pointer file. Raises FileExistsError, ValueError."""
    if name in folder.names():
        raise FileExistsError(f"{name} exists already")
    identity = uuid4()
    first = f"{identity}.avhdx"
    create_file(folder, first, design)
    replace_file(folder, name, Pointer(identity, first).encode())
    return VhdSet(folder, name)
