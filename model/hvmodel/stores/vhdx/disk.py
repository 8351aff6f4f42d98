"""The driver on VHDX files: a role is `ROLE.vhdx`, or `ROLE.avhdx` when it has a parent, all in one folder.

Reference points are kept by the change tracker in `ROLE.rct` and `ROLE.mrt`. Acknowledged writes wait in memory until
`flush`; `crash` loses all of them. A parent changed by a merge has a new identity: `reopen` and `crash` then refuse its
other children with `link`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID, uuid4

from hvmodel.stores.driver import ROLE, Driver, StoreError
from hvmodel.stores.folder import SystemFolder
from hvmodel.stores.pieces import Chain
from hvmodel.stores.refusal import Report
from hvmodel.stores.tracker.fine import Fine
from hvmodel.stores.tracker.tracker import REGION, Tracker, UnknownPointError, resume_or_start, start
from hvmodel.stores.vhdx import chain as chains
from hvmodel.stores.vhdx.copying import copy_file
from hvmodel.stores.vhdx.create import Design, create_file
from hvmodel.stores.vhdx.disk_file import RoleFile, open_image, owned_ranges, refusal, store_errors, without_points
from hvmodel.stores.vhdx.fork import fork
from hvmodel.stores.vhdx.identifiers import MIB, NO_GUID
from hvmodel.stores.vhdx.image import Image
from hvmodel.stores.vhdx.merge import merge
from hvmodel.stores.vhdx.remetadata import relink
from hvmodel.stores.vhdx.resize import resize
from hvmodel.stores.vhdx.rules import RULES
from hvmodel.stores.vhdx.writer import Writer

SECTOR = 512
_SUFFIXES = (".vhdx", ".avhdx")


class VhdxDisk:
    """A `Driver` on the VHDX files of one folder, which is made if missing (its parent is not).

    `block_size` is a multiple of 512 bytes. Not `durable`: flushing does not wait for the device, for tests.
    """

    def __init__(self, folder: Path, block_size: int, durable: bool = True) -> None:
        if block_size < SECTOR or block_size % SECTOR:
            raise refusal("range", f"a block of {block_size} bytes is not made of {SECTOR}-byte sectors")
        self._block_size = block_size
        self._files: dict[str, RoleFile] = {}
        self._closed = False
        with store_errors():
            folder.mkdir(exist_ok=True)
            self._folder = SystemFolder(folder, durable)
        self._load()

    # What there is

    @property
    def block_size(self) -> int:
        return self._block_size

    def roles(self) -> Mapping[str, str | None]:
        self._must_be_open()
        return {role: self._files[role].parent for role in sorted(self._files)}

    def size(self, role: str) -> int:
        return self._file(role).image.size // self._block_size

    def blocks(self, role: str) -> frozenset[int]:
        file = self._file(role)
        with store_errors(role):
            owned = {block for at, length in owned_ranges(file.image) for block in self._span(at, length)}
        return frozenset(owned | file.unflushed.keys())

    def _span(self, offset: int, length: int) -> range:
        return range(offset // self._block_size, -(-(offset + length) // self._block_size))

    # Blocks

    def read(self, role: str, block: int) -> bytes:
        file = self._file_with(role, block)
        if block in file.unflushed:
            return file.unflushed[block]
        with store_errors(role):
            return self._chain(role).read(block * self._block_size, self._block_size)

    def write(self, role: str, block: int, data: bytes) -> None:
        file = self._file_with(role, block)
        self._must_be_leaf(role)
        if len(data) != self._block_size:
            raise refusal("length", f"{len(data)} bytes are not one block of {self._block_size}", role, block)
        with store_errors(role):
            if file.tracker is not None:
                file.tracker.before_write(block * self._block_size, self._block_size)
        file.unflushed[block] = bytes(data)

    def _begin(self, file: RoleFile) -> None:
        """The tracker learns the disk's next identity before the disk takes it."""
        if file.writer.visible:
            return
        identity = uuid4()
        if file.tracker is not None:
            file.tracker.before_identity(identity)
        file.writer.begin(identity)

    def flush(self) -> None:
        self._must_be_open()
        for role, file in self._files.items():
            with store_errors(role):
                if file.unflushed:
                    self._begin(file)
                for block in sorted(file.unflushed):
                    file.writer.write(block * self._block_size, file.unflushed[block])
                file.unflushed.clear()
                file.writer.flush()

    # Files

    def create(self, role: str, block_count: int) -> None:
        self._must_be_new(role)
        self._must_be_size(role, block_count)
        with store_errors(role):
            create_file(self._folder, f"{role}.vhdx", Design(block_count * self._block_size, MIB, SECTOR))
            self._add(role, f"{role}.vhdx", None)

    def fork(self, role: str, child: str) -> None:
        file = self._file(role)
        self._must_be_new(child)
        self.flush()
        with store_errors(child):
            fork(self._folder, file.image, file.name, f"{child}.avhdx", MIB)
            made = self._add(child, f"{child}.avhdx", role)
            self._copy_points(file, made, child)

    def merge(self, role: str) -> None:
        file = self._file(role)
        if file.parent is None:
            raise refusal("no parent", "there is nothing to merge into", role)
        self.flush()
        parent = self._files[file.parent]
        with store_errors(role):
            moved = self._moved(file, parent)
            self._merge_tracking(file, parent, file.parent, moved)
            identity = uuid4()
            if parent.tracker is not None:
                parent.tracker.before_identity(identity)
            for _ in merge(file.writer, parent.writer, self._chain(file.parent), identity):
                pass
            # Resizing and clean-up belong to the merged file now; a new session starts with the next write.
            self._after_merge(role, file, parent, moved)
            self._remove(role)

    def _moved(self, file: RoleFile, parent: RoleFile) -> list[tuple[int, int]]:
        """Ranges of the parent that the merge may change, in bytes of the child's disk."""
        low, high = sorted((parent.image.size, file.image.size))
        ranges = list(owned_ranges(file.image))
        if high == file.image.size and low < high:
            ranges.append((low, high - low))
        return ranges

    def _merge_tracking(self, file: RoleFile, parent: RoleFile, parent_role: str, moved: list[tuple[int, int]]) -> None:
        if parent.tracker is None and file.tracker is not None:
            header = parent.image.current.header
            parent.tracker = self._start(parent_role, parent.image.size, header.data_write)
        if parent.tracker is not None:
            for offset, length in moved:
                inside = min(offset + length, parent.image.size) - offset
                if inside > 0:
                    parent.tracker.before_write(offset, inside)

    def _after_merge(self, role: str, file: RoleFile, parent: RoleFile, moved: list[tuple[int, int]]) -> None:
        if parent.tracker is not None:
            parent.tracker.resize(parent.image.size)
            points = file.tracker.fine if file.tracker is not None else without_points(parent.tracker.fine)
            parent.tracker.absorb(points, moved)
        self._note_below(file.parent, moved, apart_from=role)
        for other in self._files.values():
            if other.parent == role:
                relink(other.writer, parent.image.current.header.data_write, NO_GUID, parent.name)
                other.parent = file.parent

    def _note_below(self, role: str | None, moved: list[tuple[int, int]], apart_from: str) -> None:
        """What other children of a changed parent show may have changed too."""
        for name, file in self._files.items():
            if file.parent == role and name != apart_from:
                for offset, length in moved if file.tracker is not None else ():
                    inside = min(offset + length, file.image.size) - offset
                    if file.tracker is not None and inside > 0:
                        file.tracker.before_write(offset, inside)
                self._note_below(name, moved, apart_from)

    def resize(self, role: str, block_count: int) -> None:
        file = self._file(role)
        self._must_be_leaf(role)
        self._must_be_size(role, block_count)
        self.flush()
        with store_errors(role):
            size = block_count * self._block_size
            self._begin(file)
            resize(file.writer, size, self._chain(role))
            if file.tracker is not None:
                file.tracker.resize(size)

    def copy(self, source: Driver, source_role: str, role: str) -> None:
        self._must_be_open()
        if not isinstance(source, VhdxDisk) or source.block_size != self._block_size:
            raise refusal("foreign", "only a disk of the same driver and block size can be copied", role)
        original = source._file(source_role)
        if not ROLE.match(role):
            raise refusal("role", "not the name of a role", role)
        if source is self and source_role == role:
            return self.flush()
        if role in self._files:
            self._must_be_leaf(role)
        if original.parent is not None and (original.parent == role or original.parent not in self._files):
            raise refusal("no parent", f"the copy of a child needs {original.parent!r} beside it", role)
        source.flush()
        with store_errors(role):
            self._copy(original, role)
        return None

    def _copy(self, original: RoleFile, role: str) -> None:
        original.writer.close()
        temporary = f"{role}.copy.tmp"
        if temporary in self._folder.names():
            self._folder.delete(temporary)
        copy_file(original.image.device, self._folder, temporary)
        if role in self._files:
            self._remove(role)
        name = f"{role}{'.vhdx' if original.parent is None else '.avhdx'}"
        self._folder.publish(temporary, name)
        made = self._add(role, name, original.parent, judge=False)
        if original.parent is not None:
            parent = self._files[original.parent]
            relink(made.writer, parent.image.current.header.data_write, NO_GUID, parent.name)
            made.writer.close()
        self._copy_points(original, made, role)

    def delete(self, role: str) -> None:
        self._file(role)
        self._must_be_leaf(role)
        with store_errors(role):
            self._remove(role)

    # Life

    def reopen(self) -> None:
        self.flush()
        with store_errors():
            self._release(clean=True)
        self._load()

    def crash(self) -> None:
        self._must_be_open()
        with store_errors():
            self._release(clean=False)
        self._load()

    def close(self) -> None:
        if not self._closed:
            self.flush()
            with store_errors():
                self._release(clean=True)
                self._folder.close()
            self._closed = True

    # Changes

    def point(self, role: str) -> str:
        file = self._file(role)
        self.flush()
        with store_errors(role):
            if file.tracker is None:
                file.tracker = self._start(role, file.image.size, file.image.current.header.data_write)
            return file.tracker.point()

    def changes_since(self, role: str, point: str) -> frozenset[int]:
        tracker = self._file(role).tracker
        try:
            ranges = tracker.changes_since(point) if tracker is not None else None
        except UnknownPointError:
            ranges = None
        if ranges is None:
            raise refusal("no point", f"no reference point {point!r}", role)
        return frozenset(block for offset, length in ranges for block in self._span(offset, length))

    def _start(self, role: str, size: int, identity: UUID) -> Tracker:
        return start(self._folder, role, size, identity, self._block_size)

    def _copy_points(self, original: RoleFile, made: RoleFile, role: str) -> None:
        if original.tracker is None or not original.tracker.points:
            return
        fine = original.tracker.fine
        points = {point: bits.copy() for point, bits in fine.points.items()}
        identity = made.image.current.header.data_write
        made.tracker = Tracker(self._folder, role, Fine(fine.granule, fine.size, 0, identity, points), REGION)

    # What may be asked for

    def _must_be_open(self) -> None:
        if self._closed:
            raise refusal("closed", "the disk is closed")

    def _file(self, role: str) -> RoleFile:
        self._must_be_open()
        if role not in self._files:
            raise refusal("no role", "no such file", role)
        return self._files[role]

    def _file_with(self, role: str, block: int) -> RoleFile:
        file = self._file(role)
        if not 0 <= block < self.size(role):
            raise refusal("range", f"the file has {self.size(role)} blocks", role, block)
        return file

    def _must_be_new(self, role: str) -> None:
        self._must_be_open()
        if not ROLE.match(role):
            raise refusal("role", "not the name of a role", role)
        if role in self._files:
            raise refusal("role exists", "the file is there already", role)

    def _must_be_size(self, role: str, block_count: int) -> None:
        if block_count < 1:
            raise refusal("range", "a file has at least one block", role)

    def _must_be_leaf(self, role: str) -> None:
        children = sorted(name for name, file in self._files.items() if file.parent == role)
        if children:
            raise refusal("has children", f"{', '.join(children)} stand on it", role)

    # Files and memory

    def _chain(self, role: str) -> Chain[Image]:
        images, at = [], role
        while True:
            images.append(self._files[at].image)
            parent = self._files[at].parent
            if parent is None:
                return Chain(images)
            at = parent

    def _add(self, role: str, name: str, parent: str | None, judge: bool = True) -> RoleFile:
        image = open_image(self._folder, name)
        file = RoleFile(name, image, Writer(image), parent)
        if parent is not None and judge:
            chains.judge_link(image, self._files[parent].image, Report(RULES, name))
        self._files[role] = file
        return file

    def _remove(self, role: str) -> None:
        file = self._files.pop(role)
        file.image.close()
        if file.tracker is not None:
            file.tracker.abandon()
        self._folder.delete(file.name)
        for side in (f"{role}.rct", f"{role}.mrt"):
            if side in self._folder.names():
                self._folder.delete(side)

    def _release(self, clean: bool) -> None:
        for file in self._files.values():
            if clean:
                file.writer.close()
            if file.tracker is not None:
                (file.tracker.close if clean else file.tracker.abandon)()
            file.image.close()
        self._files.clear()

    def _load(self) -> None:
        """Open what the folder holds; drop what an interrupted operation left."""
        try:
            with store_errors():
                names = self._folder.names()
                for name in [name for name in names if name.endswith(".tmp")]:
                    self._folder.delete(name)
                found = {name.rpartition(".")[0]: name for name in names if name.endswith(_SUFFIXES)}
                self._open_all(found)
        except StoreError:
            self._release(clean=False)
            raise

    def _open_all(self, found: Mapping[str, str]) -> None:
        for role, name in sorted(found.items()):
            if not ROLE.match(role):
                raise refusal("role", "not the name of a role", role)
            self._files[role] = file = self._add(role, name, None)
            if file.image.size % self._block_size:
                raise refusal("format", f"{file.image.size} bytes are not made of {self._block_size}", role)
        by_name = {file.name: role for role, file in self._files.items()}
        for role, file in self._files.items():
            self._link(role, file, by_name)
            if f"{role}.rct" in self._folder.names():
                identity = file.image.current.header.data_write
                file.tracker = resume_or_start(self._folder, role, file.image.size, identity, self._block_size)

    def _link(self, role: str, file: RoleFile, by_name: Mapping[str, str]) -> None:
        locator = file.image.metadata.locator
        if locator is None:
            return
        report = Report(RULES, file.name)
        _, name = chains.find_parent([self._folder], locator, report)
        if name not in by_name or by_name[name] == role:
            report.fatal("parent-missing", "parent", name)
        file.parent = by_name[name]
        chains.judge_link(file.image, self._files[file.parent].image, report)
        seen, at = {role}, self._files[role].parent
        while at is not None and at not in seen:
            seen.add(at)
            at = self._files[at].parent
        if at is not None:
            report.fatal("parent-cycle", "parent", name)
