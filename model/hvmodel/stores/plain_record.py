"""The ownership record that a plain file has beside its image: size, parent, owned blocks, changes since points."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hvmodel.dataclass import dataclass

VERSION = 1


class RecordError(ValueError):
    """A record that cannot be read: which field, and why."""


@dataclass(frozen=True, slots=True)
class Record:
    """What one file is. `size` is in blocks; `points` maps a reference point to the blocks changed since."""

    block_size: int
    size: int
    parent: str | None = None
    owned: frozenset[int] = frozenset()
    points: tuple[tuple[str, frozenset[int]], ...] = ()

    def changed(self, blocks: Iterable[int]) -> Record:
        """The record after the content of some blocks has changed, by whatever way."""
        inside = frozenset(block for block in blocks if block < self.size)
        return replace(self, points=tuple((name, since | inside) for name, since in self.points))

    def wrote(self, blocks: Iterable[int]) -> Record:
        blocks = frozenset(blocks)
        return replace(self.changed(blocks), owned=self.owned | blocks)

    def over(self, parent: str | None) -> Record:
        return replace(self, parent=parent)

    def resized(self, size: int) -> Record:
        kept = frozenset(range(size))
        points = tuple((name, since & kept) for name, since in self.points)
        return replace(self, size=size, owned=self.owned & kept, points=points).changed(range(self.size, size))

    def with_point(self, name: str) -> Record:
        others = tuple((other, since) for other, since in self.points if other != name)
        return replace(self, points=(*others, (name, frozenset())))

    def with_points_of(self, other: Record) -> Record:
        """The points of both; of a point in both, the changes of both."""
        merged = dict(self.points)
        for name, since in other.points:
            merged[name] = merged.get(name, frozenset()) | since
        return replace(self, points=tuple(merged.items()))


def render_record(record: Record) -> bytes:
    plain = {
        "version": VERSION,
        "block_size": record.block_size,
        "size": record.size,
        "parent": record.parent,
        "owned": _runs(record.owned),
        "points": {name: _runs(since) for name, since in record.points},
    }
    return json.dumps(plain).encode()


def parse_record(text: bytes) -> Record:
    """The record; raises RecordError, naming the field."""
    try:
        plain = json.loads(text)
    except ValueError as error:
        raise RecordError(f"the record is not JSON: {error}") from error
    if not isinstance(plain, dict) or plain.get("version") != VERSION:
        raise RecordError(f"the record is not of version {VERSION}")
    size = _count(plain, "size")
    parent = plain.get("parent")
    points = plain.get("points")
    if parent is not None and not isinstance(parent, str):
        raise RecordError("parent: not a role")
    if not isinstance(points, dict):
        raise RecordError("points: not a table")
    return Record(
        _count(plain, "block_size"),
        size,
        parent,
        _blocks("owned", plain.get("owned"), size),
        tuple((name, _blocks("points", since, size)) for name, since in points.items()),
    )


def _count(plain: dict[str, Any], name: str) -> int:
    value = plain.get(name)
    if type(value) is not int or value < 1:
        raise RecordError(f"{name}: not a positive number")
    return value


def _runs(blocks: frozenset[int]) -> list[list[int]]:
    """Blocks as [first, count] pairs, in order."""
    runs: list[list[int]] = []
    for block in sorted(blocks):
        if runs and runs[-1][0] + runs[-1][1] == block:
            runs[-1][1] += 1
        else:
            runs.append([block, 1])
    return runs


def _blocks(name: str, runs: object, size: int) -> frozenset[int]:
    """The blocks of a list of runs; what a record claims is checked before anything of that size is made."""
    found: set[int] = set()
    for run in runs if isinstance(runs, list) else [None]:
        if not (isinstance(run, list) and len(run) == 2 and all(type(number) is int for number in run)):
            raise RecordError(f"{name}: not a list of runs")
        first, count = run
        if first < 0 or count < 1 or first + count > size:
            raise RecordError(f"{name}: blocks {first} to {first + count - 1} of {size}")
        found.update(range(first, first + count))
    return frozenset(found)
