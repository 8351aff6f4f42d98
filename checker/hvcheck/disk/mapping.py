"""Which file of a chain owns which part of the disk, as runs, as a picture for the terminal, and as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from hvmodel.dataclass import dataclass
from hvmodel.stores.pieces import Chain

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
ZEROS, MIXED = ".", "+"
_COLOURS = ("#4e79a7", "#f28e2b", "#59a14f", "#b07aa1", "#e15759", "#76b7b2", "#edc948", "#9c755f")


@dataclass(frozen=True, slots=True)
class Run:
    """`length` bytes of the disk from `start` owned by file `level` of the chain (0 is the leaf; -1: nobody, zeros)."""

    start: int
    length: int
    level: int


def runs(chain: Chain[Any]) -> Iterator[Run]:
    """The whole disk in order, neighbours of one owner joined."""
    pending: Run | None = None
    for piece in chain.pieces(0, chain.size, placed=False):
        if pending is not None and pending.level == piece.level:
            pending = Run(pending.start, pending.length + piece.length, piece.level)
            continue
        if pending is not None:
            yield pending
        pending = Run(piece.start, piece.length, piece.level)
    if pending is not None:
        yield pending


@dataclass(frozen=True, slots=True)
class Picture:
    """The disk in equal cells of `cell` bytes, each with the one level that owns it or `None` for several."""

    cell: int
    cells: tuple[int | None, ...]
    owned: tuple[int, ...]
    """Bytes by level; the last is zeros."""


def picture(chain: Chain[Any], most: int) -> Picture:
    """At most `most` cells, each a power of two of bytes."""
    cell = 512
    while -(-chain.size // cell) > most:
        cell *= 2
    count = -(-chain.size // cell)
    cells: list[int | None] = [-2] * count
    owned = [0] * (len(chain.images) + 1)
    for run in runs(chain):
        owned[run.level] += run.length
        for index in range(run.start // cell, -(-(run.start + run.length) // cell)):
            cells[index] = run.level if cells[index] in (-2, run.level) else None
    return Picture(cell, tuple(cells), tuple(owned))


def symbol(level: int | None) -> str:
    if level is None:
        return MIXED
    return ZEROS if level < 0 else _DIGITS[level] if level < len(_DIGITS) else "#"


def lines(found: Picture, width: int) -> list[str]:
    """Rows of cells, each row with the offset of its first cell."""
    text = "".join(symbol(level) for level in found.cells)
    return [f"{at * found.cell:>#16x}  {text[at : at + width]}" for at in range(0, len(text), width)]


def svg(found: Picture, names: Sequence[str], width: int = 64) -> str:
    """A drawing with a legend; each cell tells its offset on hover."""
    side, rows = 12, -(-len(found.cells) // width)
    parts = []
    for index, level in enumerate(found.cells):
        x, y = index % width * side, index // width * side
        title = f"{index * found.cell:#x}: {_owner(level, names)}"
        parts.append(
            f'<rect x="{x}" y="{y}" width="{side - 1}" height="{side - 1}" fill="{_colour(level)}">'
            f"<title>{escape(title)}</title></rect>"
        )
    legend = [*range(len(names)), -1, None]
    for row, level in enumerate(legend):
        y = rows * side + 14 + row * 18
        parts.append(f'<rect x="0" y="{y}" width="12" height="12" fill="{_colour(level)}"/>')
        parts.append(f'<text x="18" y="{y + 10}">{escape(_owner(level, names))}</text>')
    height = rows * side + 20 + len(legend) * 18
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * side}" height="{height}" '
        f'font-family="sans-serif" font-size="12">' + "".join(parts) + "</svg>\n"
    )


def _owner(level: int | None, names: Sequence[str]) -> str:
    return "several files" if level is None else "zeros" if level < 0 else names[level]


def _colour(level: int | None) -> str:
    return "#444444" if level is None else "#e8e8e8" if level < 0 else _COLOURS[level % len(_COLOURS)]
