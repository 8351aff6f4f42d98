"""Files that must be refused: each is a sound file with one thing made wrong, checksums mended."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

from hvmodel.stores.folder import SystemFolder
from hvmodel.stores.vhdx import checksum, locator, log_entry
from hvmodel.stores.vhdx.chain import open_chain
from hvmodel.stores.vhdx.create import Design, create_file
from hvmodel.stores.vhdx.fork import fork
from hvmodel.stores.vhdx.identifiers import (
    BAT_REGION,
    DISK_SIZE,
    FILE_PARAMETERS,
    HEADER_OFFSETS,
    LOGICAL_SECTOR,
    METADATA_REGION,
    PARENT_LOCATOR,
    PHYSICAL_SECTOR,
    REGION_OFFSETS,
)
from hvmodel.stores.vhdx.writer import Writer

KIB, MIB, TIB = 1 << 10, 1 << 20, 1 << 40
META, BAT, LOG = 2 * MIB, 3 * MIB, MIB
ITEMS = META + 64 * KIB


@dataclass
class File:
    """A VHDX file in memory with helpers that know where things are."""

    data: bytearray
    folder: Path = field(default_factory=Path)
    name: str = "leaf.vhdx"

    def put(self, form: str, at: int, *values: object) -> None:
        struct.pack_into("<" + form, self.data, at, *values)

    def header(self, form: str, at: int, *values: object, slots: tuple[int, ...] = (0, 1)) -> None:
        """Change a field of the headers, checksums mended."""
        for slot in slots:
            start = HEADER_OFFSETS[slot]
            self.put(form, start + at, *values)
            self.data[start : start + 4096] = checksum.sealed(bytes(self.data[start : start + 4096]))

    def region(self, form: str, at: int, *values: object) -> None:
        for start in REGION_OFFSETS:
            self.put(form, start + at, *values)
            self.data[start : start + 65536] = checksum.sealed(bytes(self.data[start : start + 65536]))

    def entry_of(self, guid: UUID) -> int:
        """Offset of the metadata table entry of an item."""
        count = struct.unpack_from("<H", self.data, META + 10)[0]
        places = (META + 32 + 32 * index for index in range(count))
        return next(at for at in places if self.data[at : at + 16] == guid.bytes_le)

    def item(self, guid: UUID) -> int:
        """Offset of an item's bytes."""
        return META + int(struct.unpack_from("<I", self.data, self.entry_of(guid) + 16)[0])

    def bat(self, index: int) -> int:
        return int(struct.unpack_from("<Q", self.data, BAT + 8 * index)[0])

    def set_bat(self, index: int, value: int) -> None:
        self.put("Q", BAT + 8 * index, value)

    def add_item(self, guid: UUID, offset: int, length: int, flags: int) -> None:
        count = struct.unpack_from("<H", self.data, META + 10)[0]
        self.put("H", META + 10, count + 1)
        self.put("16sIIII", META + 32 + 32 * count, guid.bytes_le, offset, length, flags, 0)

    def set_locator(self, data: bytes) -> None:
        self.put("I", self.entry_of(PARENT_LOCATOR) + 20, len(data))
        at = self.item(PARENT_LOCATOR)
        self.data[at : at + len(data)] = data

    def edit_locator(self, **entries: str | None) -> None:
        """Replace entries of the locator; `None` removes one."""
        from hvmodel.stores.refusal import Report
        from hvmodel.stores.vhdx.rules import RULES

        at, length = self.item(PARENT_LOCATOR), struct.unpack_from("<I", self.data, self.entry_of(PARENT_LOCATOR) + 20)
        old = locator.decode(bytes(self.data[at : at + length[0]]), at, Report(RULES)).entries
        merged = {**old, **entries}
        self.set_locator(locator.Locator({key: text for key, text in merged.items() if text is not None}).encode())

    def log(self, entry: bytes, guid: UUID) -> None:
        """A dirty log whose only content is `entry`, checksum mended."""
        self.data[LOG : LOG + len(entry)] = checksum.sealed(entry)
        self.header("16s", 48, guid.bytes_le)

    def page(self, offset: int, patch: Callable[[bytearray], None] = lambda _: None) -> None:
        """A dirty log with one data descriptor aimed at `offset`."""
        guid = uuid4()
        size = len(self.data)
        entry = bytearray(log_entry.encode(guid, 1, 0, (size, size), [(offset, bytes(4096))]))
        patch(entry)
        self.log(bytes(entry), guid)

    def zeros(self, offset: int, length: int, last: int | None = None) -> None:
        """A dirty log with one zero descriptor."""
        guid = uuid4()
        size = len(self.data)
        entry = bytearray(log_entry.encode(guid, 1, 0, (size, size if last is None else last), []))
        struct.pack_into("<I", entry, 24, 1)
        struct.pack_into("<4sIQQQ", entry, 64, b"zero", 0, length, offset, 1)
        self.log(bytes(entry), guid)


def sound(folder: Path, differencing: bool) -> File:
    """`leaf.vhdx` of 4 MiB in blocks of 1 MiB: block 0 and 2 present; or the same over `parent.vhdx`, partial."""
    home = SystemFolder(folder)
    first = "parent.vhdx" if differencing else "leaf.vhdx"
    create_file(home, first, Design(4 * MIB, MIB))
    chain = open_chain(home, first, True)
    writer = Writer(chain.images[0])
    writer.write(0, b"base" * 1024)
    writer.write(2 * MIB, b"more" * 1024)
    writer.close()
    if differencing:
        fork(home, chain.images[0], first, "leaf.vhdx", MIB)
        chain.close()
        chain = open_chain(home, "leaf.vhdx", True)
        writer = Writer(chain.images[0])
        writer.write(4096, b"leaf" * 1024)
        writer.close()
    chain.close()
    home.close()
    return File(bytearray((folder / "leaf.vhdx").read_bytes()), folder)


Make = Callable[[File], None]


@dataclass(frozen=True)
class Case:
    group: int
    name: str
    code: str
    make: Make
    differencing: bool = False
    whole: bool = True
    """Whether `data` is the whole file and is to be written out; else `make` has placed the file."""

    @property
    def id(self) -> str:
        return f"{self.group:02}-{self.name}"


def _size(value: int) -> Make:
    return lambda f: f.put("Q", f.item(DISK_SIZE), value)


def _block(value: int) -> Make:
    return lambda f: f.put("I", f.item(FILE_PARAMETERS), value)


def _sector(value: int) -> Make:
    return lambda f: f.put("I", f.item(LOGICAL_SECTOR), value)


def _entry(index: int, value: Callable[[File], int]) -> Make:
    return lambda f: f.set_bat(index, value(f))


def _text_entry(key: bytes, value: bytes) -> Make:
    """One key and value after a sound parent_linkage."""

    def make(f: File) -> None:
        linkage = ("parent_linkage".encode("utf-16-le"), f"{{{uuid4()}}}".encode("utf-16-le"))
        pairs = [linkage, (key, value)]
        at, table, strings = 20 + 12 * len(pairs), b"", b""
        for name, text in pairs:
            table += struct.pack("<IIHH", at, at + len(name), len(name), len(text))
            strings += name + text
            at += len(name) + len(text)
        f.set_locator(locator.VHDX_LOCATOR_TYPE.bytes_le + struct.pack("<HH", 0, len(pairs)) + table + strings)

    return make


def _relative(path: str) -> Make:
    return lambda f: f.edit_locator(relative_path=path)


def _both_headers(f: File) -> None:
    f.data[HEADER_OFFSETS[0] + 100] ^= 1
    f.data[HEADER_OFFSETS[1] + 100] ^= 1


def _both_regions(f: File) -> None:
    for at in REGION_OFFSETS:
        f.put("B", at + 99, 1)


def _equal_sequence(f: File) -> None:
    f.header("Q", 8, 7)
    f.header("Q", 16, 7, slots=(1,))


def _sparse_table(f: File) -> None:
    """A table of 512 MiB in a hole, one entry of it wrong, and a disk of 64 TiB."""
    _size(64 * TIB)(f)
    f.region("Q", 32, 8 * MIB)
    f.region("I", 40, 513 * MIB)
    path = f.folder / f.name
    path.write_bytes(f.data)
    os.truncate(path, 600 * MIB)
    with path.open("r+b") as out:
        out.seek(8 * MIB + 400 * MIB)
        out.write(struct.pack("<Q", 5))


def _truncated(f: File) -> None:
    f.page(BAT)
    del f.data[-MIB:]


def _link(f: File) -> None:
    (f.folder / "parent.vhdx").rename(f.folder / "real.vhdx")
    (f.folder / "parent.vhdx").symlink_to("real.vhdx")


def _fifo(f: File) -> None:
    (f.folder / "parent.vhdx").unlink()
    os.mkfifo(f.folder / "parent.vhdx")


def _directory(f: File) -> None:
    (f.folder / "parent.vhdx").unlink()
    (f.folder / "parent.vhdx").mkdir()


def _self_parent(f: File) -> None:
    guid = f.data[HEADER_OFFSETS[0] + 32 : HEADER_OFFSETS[0] + 48]
    f.header("16s", 32, bytes(guid))
    f.edit_locator(relative_path=".\\leaf.vhdx", parent_linkage=f"{{{UUID(bytes_le=bytes(guid))}}}")


def _cycle(f: File) -> None:
    """leaf -> second -> leaf."""
    guid = uuid4()
    f.header("16s", 32, guid.bytes_le)
    f.edit_locator(relative_path=".\\second.vhdx", parent_linkage=f"{{{guid}}}")
    second = File(bytearray(f.data), f.folder, "second.vhdx")
    second.edit_locator(relative_path=".\\leaf.vhdx")
    (f.folder / "second.vhdx").write_bytes(second.data)


def _deep(f: File) -> None:
    """More files than a chain may have, each the parent of the one before."""
    guid = uuid4()
    f.header("16s", 32, guid.bytes_le)
    f.edit_locator(relative_path=".\\n0.vhdx", parent_linkage=f"{{{guid}}}")
    for index in range(256):
        link = File(bytearray(f.data[: 4 * MIB]), f.folder)
        link.edit_locator(relative_path=f".\\n{index + 1}.vhdx")
        for entry in range(5):
            link.set_bat(entry, 0)
        link.set_bat(4096, 0)
        with (f.folder / f"n{index}.vhdx").open("wb") as out:
            out.truncate(4 * MIB)
            for start in (0, 64 * KIB, 128 * KIB, 192 * KIB, 256 * KIB, META, ITEMS):
                out.seek(start)
                out.write(link.data[start : start + 4096])


def _big_sectors(f: File) -> None:
    (f.folder / "parent.vhdx").unlink()
    home = SystemFolder(f.folder)
    create_file(home, "parent.vhdx", Design(4 * MIB, MIB, 4096))
    chain = open_chain(home, "parent.vhdx")
    f.edit_locator(parent_linkage=f"{{{chain.images[0].current.header.data_write}}}")
    chain.close()
    home.close()


def _flagless(f: File) -> None:
    f.put("I", f.item(FILE_PARAMETERS) + 4, 0)


def _parentless(f: File) -> None:
    f.put("I", f.item(FILE_PARAMETERS) + 4, 2)


def _user_twice(f: File) -> None:
    guid = uuid4()
    f.add_item(guid, 128 * KIB, 16, 1)
    f.add_item(guid, 192 * KIB, 16, 1)


CASES: tuple[Case, ...] = (
    Case(1, "block-0", "block-size", _block(0)),
    Case(1, "block-3-mib", "block-size", _block(3 * MIB)),
    Case(1, "block-512-mib", "block-size", _block(512 * MIB)),
    Case(1, "sector-0", "sector-size", _sector(0)),
    Case(1, "sector-520", "sector-size", _sector(520)),
    Case(1, "physical-8192", "physical-sector-size", lambda f: f.put("I", f.item(PHYSICAL_SECTOR), 8192)),
    Case(2, "size-0", "disk-size", _size(0)),
    Case(2, "size-unaligned", "disk-size", _size(4 * MIB + 1)),
    Case(2, "size-huge", "disk-size", _size(64 * TIB + 512)),
    Case(2, "size-max", "disk-size", _size((1 << 64) - 512)),
    Case(2, "table-small", "table-size", _size(64 * TIB)),
    Case(3, "region-wraps", "region-bounds", lambda f: f.region("Q", 32, (1 << 64) - MIB)),
    Case(3, "region-misaligned", "region-bounds", lambda f: f.region("Q", 32, 3 * MIB + 4096)),
    Case(3, "region-beyond", "region-bounds", lambda f: f.region("Q", 32, TIB)),
    Case(3, "region-long", "region-bounds", lambda f: f.region("I", 40, 0xFFF00000)),
    Case(3, "region-in-header", "region-bounds", lambda f: f.region("Q", 32, 0)),
    Case(3, "log-beyond", "log-length", lambda f: f.header("Q", 72, TIB)),
    Case(4, "table-on-metadata", "region-overlap", lambda f: f.region("Q", 32, META)),
    Case(4, "table-on-log", "region-overlap", lambda f: f.region("Q", 32, LOG)),
    Case(4, "log-on-metadata", "region-overlap", lambda f: f.header("Q", 72, META)),
    Case(4, "log-over-all", "region-overlap", lambda f: f.header("I", 68, 4 * MIB)),
    Case(5, "block-in-header", "block-in-structure", _entry(0, lambda _: 6)),
    Case(5, "block-in-metadata", "block-in-structure", _entry(0, lambda _: META | 6)),
    Case(5, "block-in-table", "block-in-structure", _entry(0, lambda _: BAT | 6)),
    Case(5, "block-in-log", "block-in-structure", _entry(0, lambda _: LOG | 6)),
    Case(5, "bitmap-in-log", "block-in-structure", _entry(4096, lambda _: LOG | 6), True),
    Case(6, "same-place", "block-shared", _entry(1, lambda f: f.bat(0))),
    Case(6, "third-block", "block-shared", _entry(3, lambda f: f.bat(2))),
    Case(6, "block-and-bitmap", "block-shared", _entry(0, lambda f: f.bat(4096) | 7), True),
    Case(7, "at-end", "block-beyond-end", _entry(0, lambda f: len(f.data) | 6)),
    Case(7, "far", "block-beyond-end", _entry(0, lambda _: (TIB << 4) | 6)),
    Case(7, "overflows", "block-beyond-end", _entry(0, lambda _: ((1 << 44) - 1) << 20 | 6)),
    Case(7, "bitmap-far", "block-beyond-end", _entry(4096, lambda _: (TIB << 4) | 6), True),
    Case(8, "state-4", "block-state", _entry(1, lambda _: 4)),
    Case(8, "state-5", "block-state", _entry(1, lambda _: 5)),
    Case(8, "reserved-bits", "block-reserved", _entry(0, lambda f: f.bat(0) | 8)),
    Case(8, "partial-alone", "block-without-parent", _entry(0, lambda f: f.bat(0) | 7)),
    Case(8, "bitmap-state", "bitmap-state", _entry(4096, lambda f: f.bat(4096) & ~7 | 2), True),
    Case(8, "far-in-a-hole", "block-state", _sparse_table, whole=False),
    Case(9, "no-bitmap", "block-without-bitmap", _entry(4096, lambda _: 0), True),
    Case(9, "offset-only", "block-without-bitmap", _entry(4096, lambda f: f.bat(4096) & ~7), True),
    Case(9, "second-partial", "block-without-bitmap", lambda f: (f.set_bat(4096, 0), f.set_bat(1, f.bat(0)))[0], True),
    Case(10, "both-headers-bad", "headers-bad", _both_headers),
    Case(10, "equal-sequence", "headers-ambiguous", _equal_sequence),
    Case(10, "version-2", "header-version", lambda f: f.header("H", 66, 2)),
    Case(10, "sequence-end", "header-sequence", lambda f: f.header("Q", 8, (1 << 64) - 1, slots=(1,))),
    Case(10, "log-version", "log-version", lambda f: (f.page(BAT), f.header("H", 64, 1))[0]),
    Case(10, "no-signature", "file-signature", lambda f: f.put("8s", 0, b"vhdxfil3")),
    Case(10, "both-regions-bad", "region-tables-bad", _both_regions),
    Case(11, "no-entry", "log-empty", lambda f: f.header("16s", 48, uuid4().bytes_le)),
    Case(11, "length-0", "log-length", lambda f: f.header("I", 68, 0)),
    Case(11, "entry-length", "log-empty", lambda f: f.page(BAT, lambda e: struct.pack_into("<I", e, 8, 12288))),
    Case(11, "count", "log-empty", lambda f: f.page(BAT, lambda e: struct.pack_into("<I", e, 24, 2))),
    Case(11, "many", "log-empty", lambda f: f.page(BAT, lambda e: struct.pack_into("<I", e, 24, 0xFFFFFFFF))),
    Case(11, "gap", "log-empty", lambda f: f.page(BAT, lambda e: struct.pack_into("<I", e, 12, 8192))),
    Case(11, "sequence-0", "log-empty", lambda f: f.page(BAT, lambda e: struct.pack_into("<Q", e, 16, 0))),
    Case(11, "flushed-beyond", "log-truncated-file", _truncated),
    Case(11, "last-size", "log-file-size", lambda f: f.zeros(BAT, 4096, 1 << 60)),
    Case(11, "aims-at-header", "log-target", lambda f: f.page(HEADER_OFFSETS[0])),
    Case(11, "aims-at-start", "log-target", lambda f: f.page(0)),
    Case(11, "aims-at-log", "log-target", lambda f: f.page(LOG + 8192)),
    Case(11, "aims-beyond", "log-target", lambda f: f.page(TIB)),
    Case(11, "zeros-fill-disk", "log-zero-length", lambda f: f.zeros(4 * MIB, 1 << 50)),
    Case(11, "zeros-over-log", "log-target", lambda f: f.zeros(BAT - 2 * MIB, 2 * MIB)),
    Case(13, "offset-low", "metadata-offset", lambda f: f.put("I", f.entry_of(DISK_SIZE) + 16, 4096)),
    Case(13, "offset-far", "metadata-offset", lambda f: f.put("I", f.entry_of(DISK_SIZE) + 16, 0xFFFFFFF0)),
    Case(13, "too-long", "metadata-offset", lambda f: f.put("I", f.entry_of(DISK_SIZE) + 20, 2 * MIB)),
    Case(13, "overlap", "metadata-overlap", lambda f: f.put("I", f.entry_of(DISK_SIZE) + 16, 64 * KIB)),
    Case(13, "duplicate", "metadata-duplicate", lambda f: f.add_item(DISK_SIZE, 128 * KIB, 8, 6)),
    Case(13, "user-duplicate", "metadata-duplicate", _user_twice),
    Case(13, "unknown-required", "metadata-unknown", lambda f: f.add_item(uuid4(), 128 * KIB, 8, 4)),
    Case(13, "wrong-flags", "metadata-flags", lambda f: f.put("I", f.entry_of(DISK_SIZE) + 24, 0)),
    Case(13, "missing", "metadata-missing", lambda f: f.put("16sIII", f.entry_of(DISK_SIZE), bytes(16), 0, 0, 0)),
    Case(13, "wrong-length", "metadata-length", lambda f: f.put("I", f.entry_of(DISK_SIZE) + 20, 4)),
    Case(13, "many", "metadata-count", lambda f: f.put("H", META + 10, 65535)),
    Case(13, "signature", "metadata-signature", lambda f: f.put("8s", META, b"metadatA")),
    Case(13, "region-required", "region-unknown", lambda f: f.region("16s", 16, uuid4().bytes_le)),
    Case(13, "region-twice", "region-duplicate", lambda f: f.region("16s", 16, METADATA_REGION.bytes_le)),
    Case(13, "region-missing", "region-missing", lambda f: f.region("I", 8, 1)),
    Case(13, "region-count", "region-count", lambda f: f.region("I", 8, 2048)),
    Case(14, "count-0", "locator-count", lambda f: f.put("H", f.item(PARENT_LOCATOR) + 18, 0), True),
    Case(14, "count-65535", "locator-count", lambda f: f.put("H", f.item(PARENT_LOCATOR) + 18, 65535), True),
    Case(14, "key-offset", "locator-offset", lambda f: f.put("I", f.item(PARENT_LOCATOR) + 20, 0xFFFFFFFE), True),
    Case(14, "key-in-table", "locator-offset", lambda f: f.put("I", f.item(PARENT_LOCATOR) + 20, 4), True),
    Case(14, "value-empty", "locator-offset", lambda f: f.put("H", f.item(PARENT_LOCATOR) + 30, 0), True),
    Case(14, "odd-length", "locator-text", lambda f: f.put("H", f.item(PARENT_LOCATOR) + 28, 27), True),
    Case(14, "nul", "locator-text", _text_entry("a\0".encode("utf-16-le"), b"x\0"), True),
    Case(14, "surrogate", "locator-text", _text_entry(b"\x00\xd8", b"x\0"), True),
    Case(14, "duplicate-key", "locator-duplicate", _text_entry("parent_linkage".encode("utf-16-le"), b"x\0"), True),
    Case(14, "type", "locator-type", lambda f: f.put("16s", f.item(PARENT_LOCATOR), bytes(16)), True),
    Case(14, "no-locator", "locator-missing", _parentless),
    Case(14, "no-flag", "locator-unexpected", _flagless, True),
    Case(14, "no-linkage", "locator-linkage", lambda f: f.edit_locator(parent_linkage=None), True),
    Case(14, "bad-linkage", "locator-linkage", lambda f: f.edit_locator(parent_linkage="{here}"), True),
    Case(15, "dots", "parent-path", _relative("..\\outside.vhdx"), True),
    Case(15, "absolute", "parent-path", _relative("/etc/passwd"), True),
    Case(15, "drive", "parent-path", _relative("C:\\disks\\base.vhdx"), True),
    Case(15, "unc", "parent-path", _relative("\\\\server\\share\\base.vhdx"), True),
    Case(15, "device", "parent-path", _relative("\\\\.\\PhysicalDrive0"), True),
    Case(15, "dots-only", "parent-path", _relative(".."), True),
    Case(15, "absent", "parent-missing", _relative(".\\absent.vhdx"), True),
    Case(15, "symlink", "parent-not-regular", _link, True),
    Case(15, "fifo", "parent-not-regular", _fifo, True),
    Case(15, "directory", "parent-not-regular", _directory, True),
    Case(15, "self", "parent-cycle", _self_parent, True),
    Case(15, "cycle", "parent-cycle", _cycle, True),
    Case(15, "deep", "parent-depth", _deep, True),
    Case(15, "linkage", "parent-linkage", lambda f: f.edit_locator(parent_linkage=f"{{{uuid4()}}}"), True),
    Case(15, "sectors", "parent-sector-size", _big_sectors, True),
)  # fmt: skip


def craft(case: Case, folder: Path) -> Path:
    """The case's file, with whatever belongs to it, in `folder`. `BAT_REGION` is the first region of the table."""
    file = sound(folder, case.differencing)
    assert file.data[REGION_OFFSETS[0] + 16 : REGION_OFFSETS[0] + 32] == BAT_REGION.bytes_le
    case.make(file)
    path = folder / file.name
    if case.whole:
        path.write_bytes(file.data)
    return path
