"""Every crash of a run: files kept in memory whose writes are recorded, and the images that a power cut can leave."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from hvmodel.stores.device import Buffer

PAGE = 4096
MOST_ALL_SUBSETS = 10
RANDOM_SUBSETS = 1000


class MemoryFile:
    """A sparse file of pages."""

    def __init__(self, pages: dict[int, bytes] | None = None, size: int = 0) -> None:
        self.pages, self.length = dict(pages or {}), size

    def copy(self) -> MemoryFile:
        return MemoryFile(self.pages, self.length)

    def read(self, offset: int, length: int) -> bytes:
        first, last = offset // PAGE, -(-(offset + length) // PAGE)
        blank = bytes(PAGE)
        data = b"".join([self.pages.get(page, blank) for page in range(first, last)])
        start = offset - first * PAGE
        return data[start : start + length]

    def write(self, offset: int, data: bytes) -> None:
        self.length = max(self.length, offset + len(data))
        while data:
            page, start = divmod(offset, PAGE)
            part = data[: PAGE - start]
            old = self.pages.get(page, bytes(PAGE))
            self.pages[page] = old[:start] + part + old[start + len(part) :]
            offset += len(part)
            data = data[len(part) :]

    def resize(self, size: int) -> None:
        if size < self.length:
            for page in [page for page in self.pages if page * PAGE >= size]:
                del self.pages[page]
            if size % PAGE and size // PAGE in self.pages:
                self.pages[size // PAGE] = self.pages[size // PAGE][: size % PAGE].ljust(PAGE, b"\0")
        self.length = size


@dataclass(frozen=True)
class Change:
    """One unflushed change of one file: bytes, or (`data` None) a size."""

    file: int
    offset: int
    data: bytes | None

    def pieces(self) -> list[Change]:
        """What the hardware may do apart from each other: at most eight pieces, cut at 4 KiB."""
        if self.data is None or len(self.data) <= PAGE:
            return [self]
        step = max(PAGE, -(-len(self.data) // 8 // PAGE) * PAGE)
        return [Change(self.file, self.offset + at, self.data[at : at + step]) for at in range(0, len(self.data), step)]


@dataclass
class Disk:
    """What is durable, and what is pending, at one moment of a run."""

    files: dict[int, MemoryFile] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)

    def copy(self) -> Disk:
        return Disk({key: file.copy() for key, file in self.files.items()}, dict(self.names))

    def apply(self, change: Change) -> None:
        file = self.files[change.file]
        if change.data is None:
            file.resize(change.offset)
        else:
            file.write(change.offset, change.data)


Events = list[tuple[str, object]]


class Recorder:
    """A Folder in memory that remembers every event: change, flush, name, note."""

    def __init__(self, disk: Disk | None = None, drop_flush: int = -1) -> None:
        self.disk = disk.copy() if disk is not None else Disk()
        self.start = self.disk.copy()
        self.events: Events = []
        self.flushes = 0
        self.drop_flush = drop_flush

    def note(self, what: object) -> None:
        self.events.append(("note", what))

    def open(self, name: str, writable: bool = False) -> RecordedDevice:
        if name not in self.disk.names:
            raise FileNotFoundError(2, "no such file", name)
        return RecordedDevice(self, self.disk.names[name], writable)

    def create(self, name: str) -> RecordedDevice:
        if name in self.disk.names:
            raise FileExistsError(name)
        key = max(self.disk.files, default=0) + 1
        self._rename({**self.disk.names, name: key}, key)
        return RecordedDevice(self, key, True)

    def publish(self, temporary: str, name: str) -> None:
        if name in self.disk.names:
            raise FileExistsError(name)
        names = {**self.disk.names, name: self.disk.names[temporary]}
        del names[temporary]
        self._rename(names)

    def replace(self, temporary: str, name: str) -> None:
        names = {**self.disk.names, name: self.disk.names[temporary]}
        del names[temporary]
        self._rename(names)

    def delete(self, name: str) -> None:
        self._rename({other: key for other, key in self.disk.names.items() if other != name})

    def _rename(self, names: dict[str, int], made: int | None = None) -> None:
        self.disk.names = names
        if made is not None:
            self.disk.files[made] = MemoryFile()
        self.events.append(("names", (dict(names), made)))

    def names(self) -> list[str]:
        return sorted(self.disk.names)

    def identity(self, name: str) -> tuple[int, int]:
        if name not in self.disk.names:
            raise FileNotFoundError(2, "no such file", name)
        return 0, self.disk.names[name]

    def close(self) -> None:
        return


class RecordedDevice:
    def __init__(self, recorder: Recorder, key: int, writable: bool) -> None:
        self._recorder, self._key, self._writable = recorder, key, writable
        self._file = recorder.disk.files[key]

    def size(self) -> int:
        return self._file.length

    def read(self, offset: int, length: int) -> bytes:
        return self._file.read(offset, length)

    def write(self, offset: int, data: Buffer) -> None:
        assert self._writable
        self._change(Change(self._key, offset, bytes(data)))

    def resize(self, size: int) -> None:
        assert self._writable
        self._change(Change(self._key, size, None))

    def _change(self, change: Change) -> None:
        self._recorder.disk.apply(change)
        self._recorder.events.append(("change", change))

    def flush(self) -> None:
        self._recorder.flushes += 1
        if self._recorder.flushes - 1 != self._recorder.drop_flush:
            self._recorder.events.append(("flush", self._key))

    def close(self) -> None:
        return


def crashes(start: Disk, events: Events, seed: int = 0) -> Iterator[tuple[Disk, list[object]]]:
    """Every crash image of a run, with the notes passed before it.

    Just before a flush (and before a name changes, and at the end) any subset of the pending pieces may have
    reached the disk; earlier moments only have subsets of these.
    """
    chance = random.Random(seed)
    durable, notes, pending = start.copy(), [], []
    for kind, what in [*events, ("end", None)]:
        if kind == "note":
            yield from ((image, list(notes)) for image in _images(durable, pending, chance))
            notes.append(what)
        elif kind == "change":
            assert isinstance(what, Change)
            pending.append(what)
        elif kind == "names":
            yield from ((image, list(notes)) for image in _images(durable, pending, chance))
            names, made = what  # type: ignore[misc]
            durable.names = dict(names)
            if made is not None:
                durable.files[made] = MemoryFile()
        else:
            yield from ((image, list(notes)) for image in _images(durable, pending, chance))
            for change in [one for one in pending if one.file == what]:
                durable.apply(change)
            pending = [one for one in pending if one.file != what]


def _images(durable: Disk, pending: list[Change], chance: random.Random) -> Iterator[Disk]:
    pieces = [piece for change in pending for piece in change.pieces()]
    for chosen in _subsets(len(pieces), chance):
        image = durable.copy()
        for index in chosen:
            image.apply(pieces[index])
        yield image
    for index, piece in enumerate(pieces):
        if piece.data is not None and len(piece.data) > 512:
            for others in ((), [other for other in range(len(pieces)) if other != index]):
                image = durable.copy()
                for other in others:
                    image.apply(pieces[other])
                half = len(piece.data) // 1024 * 512
                image.apply(Change(piece.file, piece.offset, piece.data[:half]))
                yield image


def _subsets(count: int, chance: random.Random) -> Iterator[tuple[int, ...]]:
    """All of up to ten; beyond that none, all, singles, pairs, their complements and 1,000 random ones."""
    everything = tuple(range(count))
    if count <= MOST_ALL_SUBSETS:
        for size in range(count + 1):
            yield from itertools.combinations(everything, size)
        return
    few = [(), *itertools.combinations(everything, 1), *itertools.combinations(everything, 2)]
    if len(few) > RANDOM_SUBSETS:
        few = [(), *itertools.combinations(everything, 1), *chance.sample(few, RANDOM_SUBSETS)]
    for chosen in few:
        yield chosen
        yield tuple(index for index in everything if index not in chosen)
    for _ in range(RANDOM_SUBSETS):
        yield tuple(index for index in everything if chance.random() < 0.5)


def count_crashes(recorder: Recorder, check: Callable[[Disk, list[object]], None], every: int = 1) -> int:
    """Check every crash image (or each `every`th) of what was recorded; returns how many there were."""
    number = 0
    for number, (image, notes) in enumerate(crashes(recorder.start, recorder.events), 1):
        if number % every == 0:
            check(image, notes)
    return number
