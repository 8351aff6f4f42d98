"""Several charts side by side: drawn if there is room, else as lists in which what they share stands on one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TypeAlias

from .canvas import Line, fitted, plain
from .lanes import lay_out
from .listing import row_lines, shift
from .rows import Chart, Row
from .strokes import ASCII, UNICODE, Strokes
from .text import NARROW, draw

Aligned: TypeAlias = tuple[Row | None, ...]
"""One line of the lists: the row of each chart, None where a chart lacks it."""

_GAP = 3
_LEAST = 24
"""Below so many columns a list cannot be read; then the charts stand one below the other."""


def abreast(charts: Sequence[Chart], width: int, *, ascii_only: bool = False) -> list[Line]:
    """The charts from left to right in at most `width` columns."""
    strokes = ASCII if ascii_only else UNICODE
    drawn = [_narrowest(chart, width, ascii_only=ascii_only) for chart in charts]
    widths = [max(map(len, map(str, lines))) for lines in drawn]
    if sum(widths) + _GAP * (len(charts) - 1) <= width:
        return list(_beside(drawn, widths))
    column = (width - _GAP * (len(charts) - 1)) // len(charts)
    if column >= _LEAST:
        return list(_lists(charts, column, strokes))
    stacked = (line for chart in charts for line in (*draw(chart, width, ascii_only=ascii_only), Line()))
    return [part for line in stacked for part in fitted(line, width)]


def aligned(charts: Sequence[Chart]) -> list[Aligned]:
    """The rows of all charts in their own order, with those they share in one line wherever the order allows it."""
    table: list[Aligned] = []
    for place, chart in enumerate(charts):
        rows = [row for row in chart.rows if row.kind != "close"]
        table = _joined(table, rows, place)
    return table


def _joined(table: list[Aligned], rows: list[Row], place: int) -> list[Aligned]:
    known = [_key(next(row for row in line if row is not None)) for line in table]
    matcher = SequenceMatcher(None, known, [_key(row) for row in rows], autojunk=False)
    result: list[Aligned] = []
    for tag, first, last, start, end in matcher.get_opcodes():
        if tag == "equal":
            result += [(*line, row) for line, row in zip(table[first:last], rows[start:end], strict=True)]
        else:
            result += [(*line, None) for line in table[first:last]]
            result += [(*(None,) * place, row) for row in rows[start:end]]
    return result


def _key(row: Row) -> tuple[str, str, str]:
    """What makes two rows of different charts the same: indices and what happens to disks do not count."""
    return row.kind, row.label.partition("(")[0], row.target.partition("[")[0]


def _lists(charts: Sequence[Chart], column: int, strokes: Strokes) -> Iterator[Line]:
    widths = [column] * len(charts)
    yield from _beside([fitted(plain(chart.title, "head"), column) for chart in charts], widths)
    yield plain(strokes.line * (column * len(charts) + _GAP * (len(charts) - 1)), "frame")
    for line in aligned(charts):
        yield from _beside([list(_cell(row, column, strokes)) for row in line], widths, strokes.bar)


def _cell(row: Row | None, column: int, strokes: Strokes) -> Iterator[Line]:
    if row is not None:
        for line in row_lines(row, strokes):
            yield from fitted(line, column)


def _beside(columns: Sequence[Sequence[Line]], widths: Sequence[int], bar: str = " ") -> Iterator[Line]:
    for lines in zip_longest(*columns):
        whole, at = Line(), 0
        for i, (line, width) in enumerate(zip(lines, widths, strict=True)):
            if i:
                whole.put(at - 2, bar, "frame")
            shift(whole, line or Line(), at)
            at += width + _GAP
        yield whole


def _narrowest(chart: Chart, most: int, *, ascii_only: bool) -> list[Line]:
    """The chart in the fewest columns in which it is still one; where it is none, a list."""
    low, high = NARROW, max(NARROW, most)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if lay_out(chart, middle) is None else (low, middle)
    return draw(chart, low, ascii_only=ascii_only)
