"""What the fuzzers do: give every structure hostile bytes; nothing but a refusal may come of it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress
from functools import cache

from hvmodel.stores.refusal import Refused, Report
from hvmodel.stores.tracker import coarse, fine
from hvmodel.stores.tracker.rules import RULES as TRACKER_RULES
from hvmodel.stores.vhd.image import VhdImage
from hvmodel.stores.vhd.rules import RULES as VHD_RULES
from hvmodel.stores.vhdset import pointer
from hvmodel.stores.vhdset.rules import RULES as SET_RULES
from hvmodel.stores.vhdx import checksum, header, locator, log_entry
from hvmodel.stores.vhdx.create import Design, create_file
from hvmodel.stores.vhdx.fork import fork
from hvmodel.stores.vhdx.identifiers import HEADER_OFFSETS, NO_GUID, REGION_OFFSETS
from hvmodel.stores.vhdx.image import Image
from hvmodel.stores.vhdx.rules import RULES
from hvmodel.stores.vhdx.writer import Writer

from .crash import MemoryFile, Recorder

MIB = 1 << 20
BASES = (0, HEADER_OFFSETS[0], HEADER_OFFSETS[1], *REGION_OFFSETS, MIB, MIB + 4096, 2 * MIB, 2 * MIB + 65536, 3 * MIB)
"""Where patches of a VHDX file are aimed: every structure's start."""


class Fixed:
    """A device over bytes in memory, for reading."""

    def __init__(self, file: MemoryFile) -> None:
        self._file = file

    def size(self) -> int:
        return self._file.length

    def read(self, offset: int, length: int) -> bytes:
        assert length <= 64 * MIB, "a read as long as a header claims"
        return self._file.read(offset, length)

    def write(self, *_: object) -> None:
        raise AssertionError("a file opened for reading was written")

    def resize(self, *_: object) -> None:
        raise AssertionError("a file opened for reading was resized")

    def flush(self) -> None:
        return

    def close(self) -> None:
        return


@cache
def sound() -> MemoryFile:
    """A differencing file of 4 MiB with a partial block and a dirty log."""
    folder = Recorder()
    create_file(folder, "base", Design(4 * MIB, MIB))
    fork(folder, Image(folder.open("base")), "base", "leaf", MIB)
    writer = Writer(Image(folder.open("leaf", True), True))
    writer.write(4096, b"leaf" * 1024)
    writer.flush()
    writer.write(2 * MIB, b"more" * 1024)
    writer.flush()
    return folder.disk.files[folder.disk.names["leaf"]].copy()


def vhdx_file(data: bytes) -> None:
    """Patches of a sound file: (where, how far, checksum mended?, bytes) again and again; then all of it is read."""
    file = sound().copy()
    while len(data) >= 8:
        base, far, mend, length = struct.unpack_from("<BHBB", data)
        patch = data[5 : 5 + length % 32]
        start = BASES[base % len(BASES)]
        file.write(start + far % 4096, patch)
        if mend % 4:
            _mend(file, start)
        data = data[5 + len(patch) :]
        if not patch:
            break
    report = Report(RULES, gathering=True)
    image = Image(Fixed(file), report=report)
    end = min(image.size, 8 * MIB)
    total = sum(extent.length for extent in image.extents(0, end))
    assert total == end
    if not [finding for finding in report.findings if finding.severity == "error"]:
        Image(Fixed(file))


def _mend(file: MemoryFile, start: int) -> None:
    length = 4096 if start in HEADER_OFFSETS else 65536 if start in REGION_OFFSETS else 0
    if MIB <= start < 2 * MIB:
        start, claimed = MIB, struct.unpack("<I", file.read(MIB + 8, 4))[0]
        length = claimed if 64 <= claimed <= MIB else 8192
    if length:
        file.write(start, checksum.sealed(file.read(start, length)))


def _memory(data: bytes) -> Fixed:
    file = MemoryFile()
    file.write(0, data)
    return Fixed(file)


def vhd_file(data: bytes) -> None:
    """A VHD whose footer and header sums are mended, so that fields are reached."""
    body = bytearray(data.ljust(2048, b"\0"))
    body[:8], body[512:520] = b"conectix", b"cxsparse"
    _sum(body, 0, 512, 64)
    _sum(body, 512, 1024, 36)
    image = VhdImage(_memory(bytes(body + body[:512])), Report(VHD_RULES))
    for _ in image.extents(0, min(image.size, MIB)):
        pass


def _sum(body: bytearray, start: int, length: int, at: int) -> None:
    struct.pack_into(">I", body, start + at, 0)
    struct.pack_into(">I", body, start + at, ~sum(body[start : start + length]) & 0xFFFFFFFF)


def log_entries(data: bytes) -> None:
    raw = checksum.sealed((b"loge" + data[4:]).ljust(8192, b"\0"))
    length = log_entry.peek_length(raw, MIB)
    if length is not None:
        log_entry.decode(raw[:length].ljust(length, b"\0"), 0, MIB, NO_GUID)


def headers(data: bytes) -> None:
    raw = checksum.sealed((b"head" + data[4:]).ljust(4096, b"\0")[:4096])
    decoded = header.decode(raw)
    assert decoded is not None
    assert header.decode(decoded.encode()) == decoded


def locators(data: bytes) -> None:
    found = locator.decode(locator.VHDX_LOCATOR_TYPE.bytes_le + data, 0, Report(RULES))
    assert found.linkages is not None
    assert locator.decode(found.encode(), 0, Report(RULES)) == found


def fine_files(data: bytes) -> None:
    raw = b"HVRCT001" + data[8:].ljust(64, b"\0")
    fine.decode(raw[:8] + struct.pack("<I", checksum.checksum(b"")) + raw[12:], Report(TRACKER_RULES))


def coarse_files(data: bytes) -> None:
    coarse.decode(b"HVMRT001" + data[8:].ljust(4096, b"\0"), Report(TRACKER_RULES))


def pointers(data: bytes) -> None:
    pointer.decode(data, Report(SET_RULES))
    pointer.decode(pointer.sealed(data), Report(SET_RULES))


TARGETS: tuple[Callable[[bytes], None], ...] = (
    vhdx_file, vhd_file, log_entries, headers, locators, fine_files, coarse_files, pointers,
)  # fmt: skip


def attempt(target: Callable[[bytes], None], data: bytes) -> None:
    """Anything but a refusal goes through to the fuzzer."""
    with suppress(Refused):
        target(data)
