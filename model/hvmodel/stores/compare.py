"""Where two disks differ, without reading what they are known to share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

import numpy as np

from hvmodel.dataclass import dataclass
from hvmodel.stores.device import FileDevice
from hvmodel.stores.pieces import Chain, L

Range: TypeAlias = tuple[int, int]
"""Offset and length in bytes."""

Watch: TypeAlias = Callable[[int, int], None]

SECTOR = 512
_STEPS = (4 << 30, 128 << 20, 4 << 20)


def differences(first: Chain[L], second: Chain[L], watch: Watch = lambda _done, _total: None) -> Iterator[Range]:
    """Ranges of whole 512-byte sectors that differ, in order, neighbours joined. Beyond a disk's end are zeros.

    `watch` is told on the way how many bytes of how many are compared.
    """
    pending: Range | None = None
    for offset, length in _stretches(first, second):
        watch(offset, max(first.size, second.size))
        for low, high in _compare(_read(first, offset, length), _read(second, offset, length)):
            start, size = offset + low, high - low
            if pending is not None and pending[0] + pending[1] == start:
                pending = pending[0], pending[1] + size
                continue
            if pending is not None:
                yield pending
            pending = start, size
    if pending is not None:
        yield pending


def _stretches(first: Chain[L], second: Chain[L]) -> Iterator[Range]:
    """The ranges that must be read: not zeros in both, nor the same bytes of the same file."""
    yield from _divide(first, second, 0, max(first.size, second.size), _STEPS)


def _divide(first: Chain[L], second: Chain[L], start: int, end: int, steps: Sequence[int]) -> Iterator[Range]:
    """Large steps first: what is shared, or empty in both, is passed over quickly."""
    for offset in range(start, end, steps[0]):
        stop = min(end, offset + steps[0])
        if _sources(first, offset, stop - offset) == _sources(second, offset, stop - offset):
            continue
        if len(steps) == 1:
            yield offset, stop - offset
        else:
            yield from _divide(first, second, offset, stop, steps[1:])


def _sources(chain: Chain[L], offset: int, length: int) -> list[tuple[int, int, object, int]]:
    inside = max(0, min(length, chain.size - offset))
    found: list[tuple[int, int, object, int]] = []
    for piece in chain.pieces(offset, inside):
        identity = _identity(chain, piece.level)
        if identity is None and found and found[-1][2] is None:
            found[-1] = found[-1][0], found[-1][1] + piece.length, None, 0
        else:
            found.append((piece.start, piece.length, identity, piece.at if identity is not None else 0))
    if inside < length and found and found[-1][2] is None:
        found[-1] = found[-1][0], found[-1][1] + length - inside, None, 0
    elif inside < length:
        found.append((offset + inside, length - inside, None, 0))
    return found


def _identity(chain: Chain[L], level: int) -> object:
    if level < 0:
        return None
    device = chain.images[level].device
    if isinstance(device, FileDevice):
        status = os.fstat(device.descriptor)
        return status.st_dev, status.st_ino
    return id(device)


def _read(chain: Chain[L], offset: int, length: int) -> bytes:
    inside = max(0, min(length, chain.size - offset))
    data = chain.read(offset, inside) if inside else b""
    return data + bytes(length - inside)


def _compare(first: bytes, second: bytes) -> Iterator[tuple[int, int]]:
    if first == second:
        return
    pad = -len(first) % SECTOR
    sectors = [np.frombuffer(data + bytes(pad), dtype=np.uint64).reshape(-1, SECTOR // 8) for data in (first, second)]
    differs = (sectors[0] != sectors[1]).any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], differs.view(np.int8), [0]])))
    for low, high in edges.reshape(-1, 2).tolist():
        yield low * SECTOR, min(high * SECTOR, len(first))


@dataclass(frozen=True, slots=True)
class Audit:
    """A reported list of changes against the truth. `missing` must be empty; `surplus` costs only time. Bytes."""

    changed: int
    reported: int
    missing: tuple[Range, ...]
    surplus: tuple[Range, ...]


def audit(actual: Iterable[Range], reported: Sequence[Range]) -> Audit:
    """Both as ranges; `reported` in any order, overlapping or not."""
    truth, claimed = joined(actual), joined(reported)
    return Audit(
        sum(length for _, length in truth),
        sum(length for _, length in claimed),
        tuple(without(truth, claimed)),
        tuple(without(claimed, truth)),
    )


def joined(ranges: Iterable[Range]) -> list[Range]:
    """Sorted, overlapping and touching ranges joined."""
    result: list[Range] = []
    for start, length in sorted(one for one in ranges if one[1] > 0):
        if result and start <= result[-1][0] + result[-1][1]:
            low = result[-1][0]
            result[-1] = low, max(result[-1][1], start + length - low)
        else:
            result.append((start, length))
    return result


def without(ranges: Sequence[Range], taken: Sequence[Range]) -> Iterator[Range]:
    """What of `ranges` lies outside `taken`; both joined and sorted."""
    index = 0
    for start, length in ranges:
        at, end = start, start + length
        while index < len(taken) and taken[index][0] + taken[index][1] <= at:
            index += 1
        probe = index
        while at < end:
            if probe == len(taken) or taken[probe][0] >= end:
                yield at, end - at
                break
            low, high = taken[probe][0], taken[probe][0] + taken[probe][1]
            if low > at:
                yield at, low - at
            at = max(at, high)
            probe += 1
