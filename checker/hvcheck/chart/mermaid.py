"""A chart as the text of a Mermaid sequence diagram."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from .rows import Chart, Lifeline, Row, RowKind

_FRAMES = {"each": "loop", "again": "loop", "if": "opt", "within": "critical", "alt": "alt"}
_WORDS: dict[RowKind, str] = {
    "failure": "fails: ",
    "deadline": "time limit: ",
    "crash": "CRASH ",
    "restart": "restart ",
    "notice": "notices: ",
    "delivery": "takes ",
    "loss": "LOST ",
    "fault": "FAULT ",
}
_ARROWS: dict[RowKind, str] = {"asynchronous": "--)", "return": "-->>"}


def to_mermaid(chart: Chart) -> str:
    """`sequenceDiagram` text that any Mermaid renderer reads; ends in a newline."""
    names = {lifeline.key: f"p{i}" for i, lifeline in enumerate(chart.lifelines)}
    lines = ["sequenceDiagram"]
    if chart.title:
        lines.append(f"    title {_safe(chart.title)}")
    for place, members in groupby(chart.lifelines, key=lambda lifeline: lifeline.place):
        inner = [f"    participant {names[one.key]} as {_named(one)}" for one in members]
        boxed = [f"    box {_safe(place)}", *(f"    {line}" for line in inner), "    end"]
        lines += boxed if place else inner
    depth = 1
    for row in chart.rows:
        depth -= row.kind == "close"
        lines += ["    " * depth + line for line in _row_lines(row, names)]
        depth += row.kind == "open"
    return "\n".join(lines) + "\n"


def _row_lines(row: Row, names: dict[str, str]) -> Iterator[str]:
    special: dict[RowKind, Callable[[Row], str]] = {
        "open": lambda row: f"{_FRAMES.get(row.label.partition(' ')[0], 'opt')} {_safe(row.label)}",
        "close": lambda _: "end",
    }
    if row.kind in special:
        yield special[row.kind](row)
        return
    label = _safe(_WORDS.get(row.kind, "") + row.label)
    number = f"{row.number}. " if row.number else ""
    ends = list(names.values())
    whole = f"Note over {ends[0]},{ends[-1]}" if len(ends) > 1 else f"Note over {ends[0] if ends else 'p0'}"
    if row.source in names and row.target in names:
        arrow = _ARROWS.get(row.kind, "->>")
        yield f"{names[row.source]}{arrow}{names[row.target]}: {number}{label}"
    else:
        yield f"{_over(row.source, names, whole)}: {number}{label}"
    if below := (*row.below, *row.aside):
        yield f"{_over(row.target or row.source, names, whole)}: {'<br/>'.join(map(_safe, below))}"


def _named(lifeline: Lifeline) -> str:
    return _safe(lifeline.key) + (f"<br/>{_safe(lifeline.title)}" if lifeline.title else "")


def _over(key: str, names: dict[str, str], whole: str) -> str:
    return f"Note over {names[key]}" if key in names else whole


def _safe(text: str) -> str:
    """Text without what Mermaid reads as syntax."""
    return text.replace("#", "#35;").replace(";", "#59;").replace("\n", " ")
