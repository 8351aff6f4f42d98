"""Finding the active sequence of the log and putting it into effect (MS-VHDX 2.3.2, 2.3.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import numpy as np

from hvmodel.dataclass import dataclass
from hvmodel.stores.device import Buffer, Device
from hvmodel.stores.refusal import Report
from hvmodel.stores.vhdx import header as headers
from hvmodel.stores.vhdx import log_entry
from hvmodel.stores.vhdx.header import Current, Header
from hvmodel.stores.vhdx.identifiers import MAX_FILE, MIB, NO_GUID, REGION_OFFSETS, SECTOR
from hvmodel.stores.vhdx.log_entry import Entry, Page, Zeros

_MAX_ZEROS = 4096 * MIB
"""The longest region is below 4 GiB (its length is 32 bits); no zero descriptor needs more."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """Entries from tail to head. The file must have `flushed_size` bytes, and gets `last_size`."""

    entries: tuple[Entry, ...]

    @property
    def flushed_size(self) -> int:
        return self.entries[-1].flushed_size

    @property
    def last_size(self) -> int:
        return self.entries[-1].last_size

    def steps(self) -> Iterator[Page | Zeros]:
        for entry in self.entries:
            yield from entry.steps


def read_ring(device: Device, header: Header, at: int, length: int) -> bytes:
    """`length` bytes of the log from `at` on, wrapping at its end."""
    first = min(length, header.log_length - at)
    data = device.read(header.log_offset + at, first)
    return data if first == length else data + device.read(header.log_offset, length - first)


def read_entries(device: Device, header: Header) -> dict[int, Entry]:
    """Every valid entry of the log with the header's GUID, by its place. Memory grows with entries found only."""
    found: dict[int, Entry] = {}
    for start in range(0, header.log_length, MIB):
        signatures = np.frombuffer(device.read(header.log_offset + start, MIB), dtype="S4")[:: SECTOR // 4]
        for index in np.flatnonzero(signatures == log_entry.SIGNATURE).tolist():
            at = start + index * SECTOR
            length = log_entry.peek_length(read_ring(device, header, at, SECTOR), header.log_length)
            if length is None:
                continue
            entry = log_entry.decode(read_ring(device, header, at, length), at, header.log_length, header.log)
            if entry is not None:
                found[at] = entry
    return found


def active_sequence(device: Device, header: Header, report: Report) -> Sequence:
    """The valid sequence with the greatest sequence number; a header that names a log must have one."""
    entries = read_entries(device, header)
    heads = _heads(entries, header.log_length)
    best: tuple[Entry, Entry] | None = None
    for head in {entry.at: entry for entry in heads.values()}.values():
        tail = entries.get(head.tail)
        if tail is None or heads[tail.at] is not head or tail.sequence > head.sequence:
            continue
        if best is None or head.sequence > best[1].sequence:
            best = tail, head
    if best is None:
        report.fatal("log-empty", "LogGuid", f"{header.log} without a valid sequence", header.log_offset)
    chain = [best[0]]
    while chain[-1] is not best[1]:
        chain.append(entries[(chain[-1].at + chain[-1].length) % header.log_length])
    sequence = Sequence(tuple(chain))
    judge(sequence, device.size(), header, report)
    return sequence


def _heads(entries: dict[int, Entry], log_length: int) -> dict[int, Entry]:
    """The last entry of the run that each entry begins: a run goes on while sequence numbers rise by one."""
    heads: dict[int, Entry] = {}
    for entry in sorted(entries.values(), key=lambda e: -e.sequence):
        following = entries.get((entry.at + entry.length) % log_length)
        goes_on = following is not None and following.sequence == entry.sequence + 1
        heads[entry.at] = heads[following.at] if following is not None and goes_on else entry
    return heads


def judge(sequence: Sequence, file_size: int, header: Header, report: Report) -> None:
    """A sequence that would harm the file, or that belongs to a longer one, is refused before anything is changed."""
    if file_size < sequence.flushed_size:
        report.fatal(
            "log-truncated-file", "FlushedFileOffset", f"{sequence.flushed_size:#x} in a file of {file_size:#x}"
        )
    if sequence.last_size > MAX_FILE:
        report.fatal("log-file-size", "LastFileOffset", f"{sequence.last_size:#x}")
    end = max(file_size, sequence.last_size)
    for step in sequence.steps():
        length = step.length if isinstance(step, Zeros) else SECTOR
        if length > _MAX_ZEROS or (isinstance(step, Zeros) and step.offset + length > end):
            report.fatal("log-zero-length", "ZeroLength", f"{length:#x} at {step.offset:#x}", step.offset)
        in_log = step.offset < header.log_offset + header.log_length and step.offset + length > header.log_offset
        if step.offset < REGION_OFFSETS[0] or in_log or step.offset + length > end:
            report.fatal("log-target", "FileOffset", f"{step.offset:#x}", step.offset)


class ReplayedDevice:
    """A file as it would be after replay; the file itself is not touched. Read-only."""

    def __init__(self, device: Device, header: Header, sequence: Sequence) -> None:
        self._device, self._header = device, header
        self._pages: dict[int, Page | None] = {}
        self._zeros: list[Zeros] = []
        self._size = max(device.size(), sequence.last_size)
        for step in sequence.steps():
            if isinstance(step, Zeros):
                self._zeros.append(step)
                inside = range(step.offset, step.offset + step.length, SECTOR)
                for offset in [page for page in self._pages if page in inside]:
                    del self._pages[offset]
            else:
                self._pages[step.offset] = step
                self._size = max(self._size, step.offset + SECTOR)

    def size(self) -> int:
        return self._size

    def read(self, offset: int, length: int) -> bytes:
        touched = self._touched(offset, length)
        zeros = [z for z in self._zeros if z.offset < offset + length and offset < z.offset + z.length]
        data = self._device.read(offset, length)
        if not touched and not zeros:
            return data
        mixed = bytearray(data)
        for zero in zeros:
            low, high = max(zero.offset, offset), min(zero.offset + zero.length, offset + length)
            mixed[low - offset : high - offset] = bytes(high - low)
        for page in touched:
            sector = self._device.read(self._header.log_offset + page.source, SECTOR)
            content = log_entry.page_bytes(page, sector)
            low, high = max(page.offset, offset), min(page.offset + SECTOR, offset + length)
            mixed[low - offset : high - offset] = content[low - page.offset : high - page.offset]
        return bytes(mixed)

    def _touched(self, offset: int, length: int) -> list[Page]:
        first = offset - offset % SECTOR
        if (offset + length - first) // SECTOR > len(self._pages):
            places = [p for p in self._pages if first <= p < offset + length]
        else:
            places = list(range(first, offset + length, SECTOR))
        return [page for place in places if (page := self._pages.get(place)) is not None]

    def write(self, offset: int, data: Buffer) -> None:  # noqa: ARG002
        raise PermissionError("a replayed view is for reading only")

    def flush(self) -> None:
        return

    def resize(self, size: int) -> None:  # noqa: ARG002
        raise PermissionError("a replayed view is for reading only")

    def close(self) -> None:
        self._device.close()


def replay(device: Device, current: Current, sequence: Sequence) -> Current:
    """Put the log into effect in the file itself; returns the header then current, which names no log.

    FileWriteGuid changes first (2.2.2), and the log is let go of only once its effect is durable. Repeating an
    interrupted replay is harmless.
    """
    current = headers.update(device, current, replace(current.header, file_write=uuid4()))
    header = current.header
    if device.size() < sequence.last_size:
        device.resize(sequence.last_size)
    for step in sequence.steps():
        if isinstance(step, Zeros):
            _write_zeros(device, step)
        else:
            sector = device.read(header.log_offset + step.source, SECTOR)
            device.write(step.offset, log_entry.page_bytes(step, sector))
    device.flush()
    return headers.update(device, current, replace(header, log=NO_GUID))


def _write_zeros(device: Device, zeros: Zeros) -> None:
    """Only where there is something else than zeros: a hole stays a hole, so that no disk fills up."""
    for offset in range(zeros.offset, zeros.offset + zeros.length, MIB):
        length = min(MIB, zeros.offset + zeros.length - offset)
        if device.read(offset, length) != bytes(length):
            device.write(offset, bytes(length))
