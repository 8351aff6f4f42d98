"""A chart as a list: for narrow terminals, and for those who read it aloud."""

from __future__ import annotations

from collections.abc import Iterator

from .canvas import Line, Part
from .rows import Chart, Row, RowKind
from .strokes import Strokes

_WORDS: dict[RowKind, tuple[str, Part]] = {
    "step": ("", "label"),
    "failure": ("fails: ", "failure"),
    "deadline": ("time limit: ", "failure"),
    "crash": ("CRASH ", "fault"),
    "restart": ("restart ", "environment"),
    "notice": ("notices: ", "label"),
    "delivery": ("takes ", "label"),
    "loss": ("LOST ", "fault"),
    "end": ("", "label"),
    "environment": ("", "environment"),
    "fault": ("FAULT ", "fault"),
}


def list_rows(chart: Chart, strokes: Strokes) -> list[Line]:
    """One line a row, indented by nesting, changes below with a deeper indent."""
    return list(_lines(chart, strokes))


def _lines(chart: Chart, strokes: Strokes) -> Iterator[Line]:
    if chart.title:
        yield _line(0, chart.title, "head")
    numbered = 0
    for row in chart.rows:
        if row.kind == "close":
            continue
        text, part = _row_text(row, strokes)
        line = _line(5 + 2 * max(0, row.nesting - (row.kind == "open")), text, part)
        if row.number and row.number != numbered:
            line.put(0, f"{row.number:3}", "number")
            numbered = row.number
        yield line
        for change in (*row.below, *row.aside):
            yield _line(9 + 2 * row.nesting, change, "change")


def _line(column: int, text: str, part: Part) -> Line:
    line = Line()
    line.put(column, text, part)
    return line


def _row_text(row: Row, strokes: Strokes) -> tuple[str, Part]:
    if row.kind == "divider":
        return f"{strokes.divider * 3} {row.label} {strokes.divider * 3}", "divider"
    if row.kind == "open":
        return f"[{row.label}]", "frame"
    if row.kind == "fold":
        return f"{strokes.fold} {row.label}", "quiet"
    if row.target:
        arrow = strokes.waves if row.kind == "asynchronous" else strokes.arrow
        return f"{row.source} {arrow} {row.target}: {row.label}", "label"
    word, part = _WORDS.get(row.kind, ("", "label"))
    who = f"{row.source}: " if row.source else ""
    if row.kind in ("environment", "fault", "crash", "restart", "loss"):
        edge = (strokes.fault if part == "fault" else strokes.world) * 2
        return f"{edge} {who}{word}{row.label} {edge}", part
    return f"{who}{word}{row.label}", part
