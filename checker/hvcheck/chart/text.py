"""A chart drawn in a terminal: lifelines as columns, arrows between them, changes below their step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .canvas import Line, Part
from .lanes import Lanes, lay_out
from .listing import list_rows
from .rows import Chart, Row, RowKind
from .strokes import ASCII, UNICODE, Strokes

_SHORT_LINE = 48

NARROW = 72
"""Below this many columns a chart is a list."""


def draw(chart: Chart, width: int = 120, *, ascii_only: bool = False) -> list[Line]:
    """The chart in at most `width` columns (long labels aside); as a list if its lifelines do not fit."""
    strokes = ASCII if ascii_only else UNICODE
    lanes = lay_out(chart, width) if width >= NARROW else None
    if lanes is None:
        return list_rows(chart, strokes)
    drawing = _Drawing(chart, lanes, strokes)
    return [*drawing.title(), *drawing.heads(), *drawing.rows()]


@dataclass(slots=True)
class _Drawing:
    chart: Chart
    lanes: Lanes
    strokes: Strokes
    frames: list[tuple[int, int]] = field(default_factory=list)
    end: int = -1
    """Where the words of the present row end; -1 where no more should stand beside them."""

    def title(self) -> Iterator[Line]:
        if self.chart.title:
            line = Line()
            line.put(0, self.chart.title, "head")
            yield line

    def heads(self) -> Iterator[Line]:
        if self.lanes.groups:
            yield self._group_line()
        height = max(map(len, self.lanes.heads.values()))
        for i in range(height):
            line = Line()
            for key, head in self.lanes.heads.items():
                row = i - (height - len(head))
                if row >= 0:
                    line.put(max(0, self.lanes.columns[key] - len(head[row]) // 2), head[row], "head")
            yield line

    def _group_line(self) -> Line:
        line = Line()
        for group in self.lanes.groups:
            title = f" {group.title} ".center(group.last - group.first - 1, self.strokes.line)
            left, right = self.strokes.corners
            box = f"{left}{title}{right}"
            line.put(max(0, min(group.first, self.lanes.right + 2 * self.lanes.frames - len(box))), box, "frame")
        return line

    def rows(self) -> Iterator[Line]:
        numbered = 0
        yield self._bars()
        for row in self.chart.rows:
            line = self._bars()
            if row.number and row.number != numbered:
                line.put(0, f"{row.number:3}", "number")
                numbered = row.number
            self.end = -1
            lines = list(_DRAW[row.kind](self, row, line))
            below = list(self._joined(row))
            if len(below) == 1 and self.end >= 0 and self.end + len(below[0]) + 3 <= self.lanes.right:
                lines[-1].put(self.end + 2, f"{below.pop()} ", "change")
            yield from lines
            yield from (self._below(row, text) for text in below)
        yield self._bars()

    def _bars(self) -> Line:
        line = Line()
        for left, right in self.frames:
            line.put(left, self.strokes.frame, "frame")
            line.put(right, self.strokes.frame, "frame")
        for column in self.lanes.columns.values():
            line.put(column, self.strokes.bar, "bar")
        return line

    def message(self, row: Row, line: Line) -> Iterator[Line]:
        columns, strokes = self.lanes.columns, self.strokes
        if row.target == row.source or row.source not in columns or row.target not in columns:
            yield from self.note(row, line)
            return
        start, end = columns[row.source], columns[row.target]
        stroke = strokes.line if row.kind == "message" else strokes.dashed
        low, high = min(start, end), max(start, end)
        line.put(low + 1, stroke * (high - low - 1), "arrow")
        line.put(start, strokes.from_left if end > start else strokes.from_right, "arrow")
        line.put(end - 1 if end > start else end + 1, strokes.right if end > start else strokes.left, "arrow")
        inside = high - low - 5
        if len(row.label) <= inside:
            line.put(low + 2 + (inside - len(row.label)) // 2, f" {row.label} ", "label")
            self.end = high
            yield line
        else:
            yield from self._beside(line, low, high, row.label, "label")

    def note(self, row: Row, line: Line) -> Iterator[Line]:
        column = self.lanes.columns.get(row.source)
        if column is None:
            yield from self.band(row, line)
            return
        part: Part = "failure" if row.kind in ("failure", "deadline", "crash") else "label"
        line.put(column, self.strokes.marks[row.kind], part)
        label = f"fails: {row.label}" if row.kind == "failure" else row.label
        label = f"time limit: {row.label}" if row.kind == "deadline" else label
        label = f"takes {row.label}" if row.kind == "delivery" else label
        yield from self._beside(line, column, column, label, part)

    def _beside(self, line: Line, low: int, high: int, label: str, part: Part) -> Iterator[Line]:
        """The label right of its arrow, else left of it, else on a line of its own above."""
        if high + 2 + len(label) <= self.lanes.right:
            line.put(high + 1, f" {label} ", part)
            self.end = high + 2 + len(label)
        elif low - 2 - len(label) >= self.lanes.left:
            line.put(low - len(label) - 2, f" {label} ", part)
        else:
            above = self._bars()
            above.put(max(self.lanes.left, self.lanes.right - len(label)), label, part)
            yield above
        yield line

    def band(self, row: Row, line: Line) -> Iterator[Line]:
        """What is not the protocol's doing runs across the whole chart."""
        part, stroke = _BANDS.get(row.kind, ("environment", "world"))
        fill: str = getattr(self.strokes, stroke)
        last = max(self.lanes.columns.values())
        at = self.lanes.columns.get(row.source, self.lanes.left + 3)
        line.put(self.lanes.left, fill * max(4, last - self.lanes.left + 1), part)
        label = f" {_KINDS.get(row.kind, '')}{row.label} "
        line.put(max(self.lanes.left + 3, min(at, self.lanes.right - len(label))), label, part)
        yield line

    def fold(self, row: Row, line: Line) -> Iterator[Line]:
        text = f"{self.strokes.fold} {row.label} "
        column = self.lanes.columns.get(row.source, self.lanes.left)
        line.put(max(self.lanes.left, min(column, self.lanes.right - len(text))), text, "quiet")
        yield line

    def open(self, row: Row, _line: Line) -> Iterator[Line]:
        outside = 2 * (self.lanes.frames - len(self.frames))
        left, right = self.lanes.left - outside, self.lanes.right + outside - 1
        line = self._bars()
        line.put(left, self.strokes.dashed * (right - left + 1), "frame")
        line.put(left + 2, f" {row.label} ", "frame")
        self.frames.append((left, right))
        yield line

    def close(self, _row: Row, _line: Line) -> Iterator[Line]:
        left, right = self.frames.pop()
        line = self._bars()
        line.put(left, self.strokes.dashed * (right - left + 1), "frame")
        yield line

    def _joined(self, row: Row) -> Iterator[str]:
        """The remarks below a row, as many on a line as there is room for to the right of where they belong."""
        anchor = self.lanes.columns.get(row.target or row.source, self.lanes.left + 1)
        room = max(self.lanes.right - anchor - 4, _SHORT_LINE)
        texts: list[str] = []
        for text in (*row.below, *row.aside):
            if texts and len(texts[-1]) + len(text) + 2 <= room:
                texts[-1] += f"; {text}"
            else:
                texts.append(text)
        yield from texts

    def _below(self, row: Row, text: str) -> Line:
        line = self._bars()
        anchor = self.lanes.columns.get(row.target or row.source, self.lanes.left + 1)
        room = self.lanes.right - len(text) - 1
        line.put(max(self.lanes.left - 1, min(anchor + 1, room)), f" {text} ", "change")
        return line


_BANDS: dict[RowKind, tuple[Part, str]] = {
    "environment": ("environment", "world"),
    "fault": ("fault", "fault"),
    "loss": ("fault", "fault"),
    "crash": ("fault", "fault"),
    "deadline": ("fault", "fault"),
    "divider": ("divider", "divider"),
}
_KINDS: dict[RowKind, str] = {
    "fault": "FAULT ",
    "crash": "CRASH ",
    "loss": "LOST ",
    "restart": "restart ",
    "deadline": "TIME LIMIT ",
}

_DRAW: dict[RowKind, Callable[[_Drawing, Row, Line], Iterator[Line]]] = {
    "message": _Drawing.message,
    "asynchronous": _Drawing.message,
    "delivery": _Drawing.note,
    "loss": _Drawing.band,
    "return": _Drawing.message,
    "step": _Drawing.note,
    "failure": _Drawing.note,
    "deadline": _Drawing.note,
    "crash": _Drawing.note,
    "restart": _Drawing.note,
    "notice": _Drawing.note,
    "end": _Drawing.note,
    "environment": _Drawing.band,
    "fault": _Drawing.band,
    "open": _Drawing.open,
    "close": _Drawing.close,
    "divider": _Drawing.band,
    "remark": _Drawing.note,
    "fold": _Drawing.fold,
}
