"""The driver on plain files: a role is a sparse image and a record of what the image owns.

`ROLE.img` holds block b at b * block_size; `ROLE.json` is the record, replaced whole. Acknowledged writes wait in
memory until `flush`; `crash` loses all of them. Flushing hands the bytes to the operating system and does not
wait for the device: this store tests protocols, it does not keep anyone's data.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from .driver import ROLE, Driver, StoreError, StoreErrorKind, StoreFault
from .plain_record import Record, RecordError, parse_record, render_record

IMAGE = ".img"
RECORD = ".json"


@dataclass(slots=True)
class _File:
    """An open role: its record now, the record on disk, its image, and the writes not yet in the image."""

    record: Record
    saved: Record
    descriptor: int
    unflushed: dict[int, bytes] = field(default_factory=dict)


def _refusal(kind: StoreErrorKind, message: str, role: str = "", block: int | None = None) -> StoreError:
    return StoreError(StoreFault(kind, message, role, block))


@contextmanager
def _system_errors(role: str = "") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fault = StoreFault("io", error.strerror or str(error), role, path=str(error.filename or ""))
        raise StoreError(fault) from error


class PlainDisk:
    """A `Driver` on the plain files of one folder, which is made if missing (its parent is not)."""

    def __init__(self, folder: Path, block_size: int) -> None:
        if block_size < 1:
            raise _refusal("range", "a block has at least one byte")
        self._block_size = block_size
        self._files: dict[str, _File] = {}
        self._closed = False
        with _system_errors():
            folder.mkdir(exist_ok=True)
            # By descriptor: what is put in the folder's place meanwhile is never written to.
            self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._load()
        except StoreError:
            os.close(self._folder)
            raise

    # What there is

    @property
    def block_size(self) -> int:
        return self._block_size

    def roles(self) -> Mapping[str, str | None]:
        self._must_be_open()
        return {role: self._files[role].record.parent for role in sorted(self._files)}

    def size(self, role: str) -> int:
        return self._file(role).record.size

    def blocks(self, role: str) -> frozenset[int]:
        return self._file(role).record.owned

    # Blocks

    def read(self, role: str, block: int) -> bytes:
        file: _File | None = self._file_with(role, block)
        while file is not None and block < file.record.size:
            if block in file.record.owned:
                return self._own(file, block)
            file = self._files.get(file.record.parent or "")
        return bytes(self._block_size)

    def write(self, role: str, block: int, data: bytes) -> None:
        file = self._file_with(role, block)
        self._must_be_leaf(role)
        if len(data) != self._block_size:
            raise _refusal("length", f"{len(data)} bytes are not one block of {self._block_size}", role, block)
        file.unflushed[block] = bytes(data)
        file.record = file.record.wrote((block,))

    def flush(self) -> None:
        self._must_be_open()
        for role in self._files:
            self._flush_role(role)

    # Files

    def create(self, role: str, block_count: int) -> None:
        self._must_be_new(role)
        self._must_be_size(role, block_count)
        self._add(role, Record(self._block_size, block_count))

    def fork(self, role: str, child: str) -> None:
        self._file(role)
        self._must_be_new(child)
        self.flush()
        record = self._file(role).record
        self._add(child, Record(self._block_size, record.size, role, points=record.points))

    def merge(self, role: str) -> None:
        file = self._file(role)
        parent_role = file.record.parent
        if parent_role is None:
            raise _refusal("no parent", "there is nothing to merge into", role)
        self.flush()
        parent = self._file(parent_role)
        ends = sorted((parent.record.size, file.record.size))
        moved = file.record.owned | frozenset(range(*ends))
        self._resize_file(parent, file.record.size)
        parent.unflushed |= {block: self._own(file, block) for block in file.record.owned}
        parent.record = parent.record.with_points_of(file.record).wrote(file.record.owned)
        self._note_below(parent_role, moved, apart_from=role)
        for other in self._files.values():
            if other.record.parent == role:
                other.record = other.record.over(parent_role)
        self.flush()
        self._remove(role)

    def resize(self, role: str, block_count: int) -> None:
        file = self._file(role)
        self._must_be_leaf(role)
        self._must_be_size(role, block_count)
        self.flush()
        self._resize_file(file, block_count)
        self._flush_role(role)

    def copy(self, source: Driver, source_role: str, role: str) -> None:
        self._must_be_open()
        if not isinstance(source, PlainDisk) or source.block_size != self._block_size:
            raise _refusal("foreign", "only a disk of the same driver and block size can be copied", role)
        original = source._file(source_role)
        self._must_be_role(role)
        if source is self and source_role == role:
            return self.flush()
        if role in self._files:
            self._must_be_leaf(role)
        parent = original.record.parent
        if parent is not None and (parent == role or parent not in self._files):
            raise _refusal("no parent", f"the copy of a child needs {parent!r} beside it", role)
        source.flush()
        owned = {block: source._own(original, block) for block in original.record.owned}
        if role in self._files:
            self._remove(role)
        self._add(role, original.record, owned)
        return None

    def delete(self, role: str) -> None:
        self._file(role)
        self._must_be_leaf(role)
        self._remove(role)

    # Life

    def reopen(self) -> None:
        self.flush()
        self._release()
        self._load()

    def crash(self) -> None:
        self._must_be_open()
        self._release()
        self._load()

    def close(self) -> None:
        if not self._closed:
            self.flush()
            self._release()
            os.close(self._folder)
            self._closed = True

    # Changes

    def point(self, role: str) -> str:
        """The id is a hash of the content: equal ids mean equal content, on whatever disk they were taken."""
        file = self._file(role)
        digest = hashlib.sha256(f"{self._block_size} {file.record.size}".encode())
        for block in range(file.record.size):
            data = self.read(role, block)
            if any(data):
                digest.update(block.to_bytes(8, "little") + data)
        name = digest.hexdigest()[:32]
        file.record = file.record.with_point(name)
        self.flush()
        return name

    def changes_since(self, role: str, point: str) -> frozenset[int]:
        points = dict(self._file(role).record.points)
        if point not in points:
            raise _refusal("no point", f"no reference point {point!r}", role)
        return points[point]

    # What may be asked for

    def _must_be_open(self) -> None:
        if self._closed:
            raise _refusal("closed", "the disk is closed")

    def _file(self, role: str) -> _File:
        self._must_be_open()
        if role not in self._files:
            raise _refusal("no role", "no such file", role)
        return self._files[role]

    def _file_with(self, role: str, block: int) -> _File:
        file = self._file(role)
        if not 0 <= block < file.record.size:
            raise _refusal("range", f"the file has {file.record.size} blocks", role, block)
        return file

    def _must_be_role(self, role: str) -> None:
        if not ROLE.match(role):
            raise _refusal("role", "not the name of a role", role)

    def _must_be_new(self, role: str) -> None:
        self._must_be_open()
        self._must_be_role(role)
        if role in self._files:
            raise _refusal("role exists", "the file is there already", role)

    def _must_be_size(self, role: str, block_count: int) -> None:
        if block_count < 1:
            raise _refusal("range", "a file has at least one block", role)

    def _must_be_leaf(self, role: str) -> None:
        children = [name for name, file in self._files.items() if file.record.parent == role]
        if children:
            raise _refusal("has children", f"{', '.join(sorted(children))} stand on it", role)

    # Files and memory

    def _own(self, file: _File, block: int) -> bytes:
        if block in file.unflushed:
            return file.unflushed[block]
        with _system_errors():
            data = os.pread(file.descriptor, self._block_size, block * self._block_size)
        if len(data) != self._block_size:
            raise _refusal("format", "the image ends before its record says", block=block)
        return data

    def _resize_file(self, file: _File, size: int) -> None:
        """Where a parent would shine through a block that is new, the file owns zeros."""
        old = file.record.size
        file.record = file.record.resized(size)
        parent = file.record.parent
        if parent is not None:
            hidden = range(old, min(size, self._file(parent).record.size))
            file.record = file.record.wrote(hidden)
            file.unflushed |= {block: bytes(self._block_size) for block in hidden}
        with _system_errors():
            os.ftruncate(file.descriptor, size * self._block_size)

    def _note_below(self, role: str, blocks: frozenset[int], apart_from: str) -> None:
        """The content of everything that stands on `role` may have changed at `blocks`."""
        for name, file in self._files.items():
            if file.record.parent == role and name != apart_from:
                file.record = file.record.changed(blocks)
                self._note_below(name, blocks, apart_from)

    def _flush_role(self, role: str) -> None:
        file = self._files[role]
        with _system_errors(role):
            for block in sorted(file.unflushed):
                os.pwrite(file.descriptor, file.unflushed[block], block * self._block_size)
        file.unflushed.clear()
        if file.record != file.saved:
            self._save(role, file.record)
            file.saved = file.record

    def _save(self, role: str, record: Record) -> None:
        new, at = f"{role}{RECORD}.new", self._folder
        with _system_errors(role):
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600, dir_fd=at)
            with open(descriptor, "wb") as file:
                file.write(render_record(record))
            os.replace(new, f"{role}{RECORD}", src_dir_fd=at, dst_dir_fd=at)

    def _add(self, role: str, record: Record, owned: Mapping[int, bytes] | None = None) -> None:
        """The record comes last: an image without one is what an interrupted `_add` leaves."""
        with _system_errors(role):
            flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
            descriptor = os.open(f"{role}{IMAGE}", flags, 0o600, dir_fd=self._folder)
            os.ftruncate(descriptor, record.size * self._block_size)
            for block, data in sorted((owned or {}).items()):
                os.pwrite(descriptor, data, block * self._block_size)
        self._save(role, record)
        self._files[role] = _File(record, record, descriptor)

    def _remove(self, role: str) -> None:
        with _system_errors(role):
            os.unlink(f"{role}{RECORD}", dir_fd=self._folder)
            os.unlink(f"{role}{IMAGE}", dir_fd=self._folder)
            os.close(self._files.pop(role).descriptor)

    def _release(self) -> None:
        for file in self._files.values():
            os.close(file.descriptor)
        self._files.clear()

    def _load(self) -> None:
        """Open what the folder holds; drop what an interrupted operation left."""
        with _system_errors():
            found = sorted(map(Path, os.listdir(self._folder)))
            records = [path for path in found if path.suffix == RECORD]
            kept = {path.stem for path in records}
            for path in found:
                if path.name.endswith(f"{RECORD}.new") or (path.suffix == IMAGE and path.stem not in kept):
                    os.unlink(path, dir_fd=self._folder)
        try:
            for path in records:
                self._files[path.stem] = self._opened(path)
            self._check_links()
        except StoreError:
            self._release()
            raise

    def _opened(self, path: Path) -> _File:
        role = path.stem
        self._must_be_role(role)
        try:
            with _system_errors(role), self._record_file(path) as file:
                record = parse_record(file.read())
        except RecordError as error:
            raise StoreError(StoreFault("format", str(error), role, path=path.name)) from error
        if record.block_size != self._block_size:
            raise _refusal("format", f"made with blocks of {record.block_size} bytes, not {self._block_size}", role)
        with _system_errors(role):
            descriptor = os.open(path.with_suffix(IMAGE), os.O_RDWR | os.O_NOFOLLOW, dir_fd=self._folder)
            length = os.fstat(descriptor).st_size
        if length != record.size * self._block_size:
            os.close(descriptor)
            raise _refusal("format", f"the image has {length} bytes, its record says {record.size} blocks", role)
        return _File(record, record, descriptor)

    def _record_file(self, path: Path) -> BinaryIO:
        return open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=self._folder), "rb")

    def _check_links(self) -> None:
        for role in self._files:
            seen = {role}
            parent = self._files[role].record.parent
            while parent is not None:
                if parent in seen or parent not in self._files:
                    raise _refusal("link", f"its parent {parent!r} is missing or stands on it", role)
                seen.add(parent)
                parent = self._files[parent].record.parent
