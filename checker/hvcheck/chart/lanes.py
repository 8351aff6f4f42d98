"""Where each lifeline of a chart stands in a terminal of a given width."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby, pairwise

from hvmodel.dataclass import dataclass

from .rows import Chart, Lifeline

GUTTER = 5
"""Columns at the left for step numbers."""

_WIDEST_GAP = 34
_FRAME_MARGIN = 26
_HEAD_LIMITS = (22, 16, 12, 10, 1)
_WORDS = re.compile(r"\[[^\]]*\]|[A-Z]+(?![a-z])|[A-Z]?[^A-Z\[]+")


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbours of one place, with the columns from the first head's left edge to the last one's right."""

    title: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Lanes:
    """`columns` gives each lifeline's bar, `heads` the lines of its title; the drawing lies in left..right.

    Around it is room for `frames` nested frames, two columns each.
    """

    columns: Mapping[str, int]
    heads: Mapping[str, tuple[str, ...]]
    groups: tuple[Group, ...]
    left: int
    right: int
    frames: int = 0


def lay_out(chart: Chart, width: int) -> Lanes | None:
    """Columns for all lifelines, or None if they do not fit in the width."""
    frames = max((row.nesting for row in chart.rows if row.kind == "open"), default=0)
    left, right = GUTTER + 2 * frames, width - 2 * frames
    if not chart.lifelines:
        return None
    titles = _titles(chart)
    boxes = _lone_boxes(chart)
    for limit in _HEAD_LIMITS:
        heads = {key: _wrapped(title, limit) for key, title in titles.items()}
        widths = [max(boxes.get(one.key, 0), *map(len, heads[one.key])) for one in chart.lifelines]
        gaps = [max(4, (a + 1) // 2 + b // 2 + 2) for a, b in pairwise(widths)]
        spare = right - left - sum(gaps) - (widths[0] + 1) // 2 - (widths[-1] + 1) // 2
        if spare >= 0:
            _widen(gaps, _wishes(chart), spare)
            columns = dict(zip(titles, _positions(left + widths[0] // 2, gaps), strict=True))
            edge = min(right, max(columns.values()) + _FRAME_MARGIN) if frames else right
            return Lanes(columns, heads, tuple(_groups(chart, columns, heads)), left, edge, frames)
    return None


def _titles(chart: Chart) -> dict[str, str]:
    """Each lifeline's head; an index that its box shows already is left out."""
    titles: dict[str, str] = {}
    for place, members in _neighbours(chart):
        index = f"[{place.partition('[')[2].removesuffix(']') or place}]"
        titles |= {lifeline.key: lifeline.key.removesuffix(index) for lifeline in members}
    return titles


def _lone_boxes(chart: Chart) -> dict[str, int]:
    """How wide a lifeline that stands alone in its place must be for the place's name."""
    return {members[0].key: len(place) + 4 for place, members in _neighbours(chart) if place and len(members) == 1}


def _neighbours(chart: Chart) -> Iterator[tuple[str, list[Lifeline]]]:
    for place, members in groupby(chart.lifelines, key=lambda lifeline: lifeline.place):
        yield place, list(members)


def _wrapped(title: str, limit: int) -> tuple[str, ...]:
    """A title in lines of at most the limit where its words (CamelCase, brackets) allow."""
    lines: list[str] = []
    for word in _WORDS.findall(title) or [title]:
        if lines and len(lines[-1]) + len(word) <= limit and not word.startswith("["):
            lines[-1] += word
        else:
            lines.append(word)
    if len(lines) == 2 and lines[1].startswith("[") and len(title) <= limit:
        return (title,)
    return tuple(lines)


def _wishes(chart: Chart) -> list[int]:
    """The gaps in which arrows between neighbours can carry their labels."""
    order = {lifeline.key: i for i, lifeline in enumerate(chart.lifelines)}
    wishes = [0] * (len(order) - 1)
    for row in chart.rows:
        if row.source in order and row.target in order:
            a, b = sorted((order[row.source], order[row.target]))
            if b == a + 1:
                wishes[a] = max(wishes[a], min(len(row.label) + 6, _WIDEST_GAP))
    return wishes


def _widen(gaps: list[int], wishes: list[int], spare: int) -> None:
    """Hand out the spare columns one by one to the gaps that wish for more."""
    while spare > 0 and any(gap < wish for gap, wish in zip(gaps, wishes, strict=True)):
        for i, wish in enumerate(wishes):
            if gaps[i] < wish and spare > 0:
                gaps[i] += 1
                spare -= 1


def _positions(first: int, gaps: list[int]) -> Iterator[int]:
    yield first
    for gap in gaps:
        first += gap
        yield first


def _groups(chart: Chart, columns: Mapping[str, int], heads: Mapping[str, tuple[str, ...]]) -> Iterator[Group]:
    for place, members in _neighbours(chart):
        if place:
            first, last = members[0].key, members[-1].key
            start = columns[first] - max(map(len, heads[first])) // 2
            end = columns[last] + (max(map(len, heads[last])) - 1) // 2
            # A box is never narrower than its title; what it needs more is there on both sides.
            short = max(0, len(place) + 3 - (end - start))
            yield Group(place, start - short // 2, end + (short + 1) // 2)
