"""Quiet stretches of a run in one row each, so that what matters stands close together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from .rows import Chart, Row

LAST_KEPT = 2
"""So many steps at the end are always shown: they are where it happens."""

SHORT = 8
"""A run of at most so many steps is shown whole: nothing is gained by folding it."""

_SHORTEST = 2
_OWN_PART = 3


def fold(chart: Chart) -> Chart:
    """The chart with consecutive quiet rows as one, without bookkeeping and lifelines that nothing needs any more.

    Of the messages that go from one place to another, the last one of a stretch stays: it leads to what follows.
    """
    places = {lifeline.key: lifeline.place for lifeline in chart.lifelines}
    steps = max((row.number for row in chart.rows), default=0)
    if steps <= SHORT:
        return replace(chart, rows=tuple(replace(row, aside=()) for row in chart.rows))
    last = steps - LAST_KEPT
    kept = _leading(chart.rows, places, last)
    rows: list[Row] = []
    for loud, members in groupby(
        enumerate(chart.rows), key=lambda item: not item[1].quiet or item[1].number > last or item[0] in kept
    ):
        found = [replace(row, aside=()) for _, row in members]
        for part in [found] if loud else _parts(found, places):
            rows += [_folded(part, places)] if not loud and len(part) >= _SHORTEST else part
    used = {key for row in rows if row.kind != "fold" for key in (row.source, row.target)}
    return Chart(chart.title, tuple(one for one in chart.lifelines if one.key in used), tuple(rows))


def _parts(rows: Sequence[Row], places: dict[str, str]) -> list[list[Row]]:
    """A quiet stretch cut where the acting moves to another kind of place, unless it is for a moment only."""
    parts: list[list[Row]] = []
    for _, members in groupby(rows, key=lambda row: places.get(row.source, "").partition("[")[0]):
        found = list(members)
        if parts and (len(found) < _OWN_PART or len(parts[-1]) < _OWN_PART):
            parts[-1] += found
        else:
            parts.append(found)
    return parts


def _leading(rows: Sequence[Row], places: dict[str, str], last: int) -> frozenset[int]:
    """In every quiet stretch the last message from one place to another, for each two places."""
    leading: set[int] = set()
    crossings: dict[tuple[str, str], int] = {}
    for position, row in enumerate(rows):
        if not row.quiet or row.number > last:
            leading |= set(crossings.values())
            crossings.clear()
        elif row.target and places.get(row.source) != places.get(row.target):
            crossings[places.get(row.source, ""), places.get(row.target, "")] = position
    return frozenset(leading | set(crossings.values()))


def _folded(rows: Sequence[Row], places: dict[str, str]) -> Row:
    numbers = dict.fromkeys(row.number for row in rows)
    where = {places.get(row.source, "") for row in rows}
    inside = f" in {next(iter(where))}" if len(where) == 1 and any(where) else ""
    labels = list(dict.fromkeys(_short(row) for row in rows))
    named = f"{labels[0]} to {labels[-1]}" if len(labels) > 1 else labels[0]
    label = f"{len(numbers)} steps{inside}: {named}"
    return Row("fold", label, rows[0].source, number=rows[0].number)


def _short(row: Row) -> str:
    return row.label.partition("(")[0]
