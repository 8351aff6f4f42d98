"""Figures as data: the lifelines and rows of a static sequence chart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Literal as OneOf
from typing import TypeAlias

from hvmodel.dataclass import dataclass

FigureKind: TypeAlias = OneOf[
    "message", "asynchronous", "return", "step", "failure", "remark", "open", "close", "divider"
]


@dataclass(frozen=True, slots=True)
class FigureLifeline:
    """An actor (`Ic[vm]`), the place it is on (`guest[vm]`), and what its author calls it."""

    key: str
    place: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One line. `source` and `target` are keys of lifelines; `below` says what happens to disks there."""

    kind: FigureKind
    label: str
    source: str = ""
    target: str = ""
    nesting: int = 0
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    title: str
    lifelines: tuple[FigureLifeline, ...]
    rows: tuple[FigureRow, ...]


CHANGE = ("<change>",)
"""Marks a row that is a remark on the row before it."""


def is_change(row: FigureRow) -> bool:
    return row.below is CHANGE


def joined(rows: Iterable[FigureRow]) -> Iterator[FigureRow]:
    """Put changes below the row they belong to; one that has none becomes a step of its own."""
    last: FigureRow | None = None
    for row in rows:
        if not is_change(row):
            if last is not None:
                yield last
            last = row
        elif last is not None and last.kind in ("message", "step") and row.source in (last.source, last.target):
            last = replace(last, below=tuple(dict.fromkeys((*last.below, row.label))))
        else:
            if last is not None:
                yield last
            last = replace(row, below=())
    if last is not None:
        yield last


def nested(rows: Iterable[FigureRow]) -> Iterator[FigureRow]:
    depth = 0
    for row in rows:
        depth += row.kind == "open"
        yield replace(row, nesting=depth)
        depth -= row.kind == "close"
