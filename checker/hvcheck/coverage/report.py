"""Coverage for people and for other tools."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from textwrap import shorten
from typing import Any, get_args

from hvspec.points import Point, PointKind

from .measure import Covered

FORMAT = 1
"""Raised when a field changes its meaning."""

_LONGEST = 96
"""Characters of a place's text that are shown."""

_PLURAL = {"branch": "branches", "environment": "environment actions"}


def lines(covered: Covered, *, everything: bool = False) -> Iterator[str]:
    """What was reached of each kind, then the places that were not, or all places with their counts."""
    searches = covered.searches
    states = sum(search.states for search in searches)
    number = f"{len(searches)} search{'' if len(searches) == 1 else 'es'}"
    yield f"{covered.spec.name}: {number}, {states:,} states"
    for search in searches:
        if search.stopped:
            yield f"  {_named(search.scenario, search.scope)}: not to its end, {search.stopped}"
    total, reached = Counter(point.kind for point, _ in covered.points), Counter[str]()
    reached.update(point.kind for point, count in covered.points if count)
    for kind in (kind for kind in get_args(PointKind) if total[kind]):
        yield f"  {reached[kind]:>5} of {total[kind]:<5} {_PLURAL.get(kind, kind + 's')}"
    unreached = covered.unreached
    if unreached:
        yield f"\nNever reached{'' if covered.finished else ' so far'}:"
        yield from _table([(point, "") for point in unreached], covered)
    if everything:
        yield "\nReached, with the number of state-step pairs:"
        yield from _table([(point, f"{count:,}") for point, count in covered.points if count], covered)


def profile(covered: Covered) -> str:
    """What the time of all searches went to, which differs from run to run."""
    spent: dict[str, float] = {}
    for search in covered.searches:
        for part, taken in search.spent:
            spent[part] = spent.get(part, 0.0) + taken
    parts = ", ".join(f"{part} {taken:.1f} s" for part, taken in spent.items() if taken >= 0.05)
    seconds = sum(search.seconds for search in covered.searches)
    return f"{seconds:.1f} s" + (f": {parts}" if parts else "")


def document(covered: Covered) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "format": FORMAT,
        "name": covered.spec.name,
        "finished": covered.finished,
        "searches": [
            {
                "scenario": search.scenario,
                "scope": search.scope,
                "states": search.states,
                "transitions": search.transitions,
                "seconds": round(search.seconds, 3),
                "stopped": search.stopped,
                "spent": {part: round(taken, 3) for part, taken in search.spent},
                "actions": dict(search.fired),
            }
            for search in covered.searches
        ],
        "points": [
            {
                "kind": point.kind,
                "name": point.name,
                "owner": point.owner,
                "span": asdict(point.span),
                "count": count,
                "by_search": [
                    {"scenario": scenario, "scope": scope, "count": part}
                    for (scenario, scope), part in covered.by_search[point].items()
                ],
            }
            for point, count in covered.points
        ],
    }


def _named(scenario: str, scope: str) -> str:
    return f"{scenario or 'the spec as it stands'} ({scope})"


def _table(rows: list[tuple[Point, str]], covered: Covered) -> Iterator[str]:
    places = [f"{point.span.file}:{point.span.line}" for point, _ in rows]
    wide = max(map(len, places), default=0)
    counts = max((len(count) for _, count in rows), default=0)
    for (point, count), place in zip(rows, places, strict=True):
        text = f"  {place:<{wide}}  {count:>{counts}}{'  ' if counts else ''}{point.kind:<11} {_source(point, covered)}"
        yield text.rstrip()


def _source(point: Point, covered: Covered) -> str:
    """The text of the place, as far as it stands on its first line."""
    span, texts = point.span, covered.spec.sources.get(point.span.file, "").splitlines()
    if span.line > len(texts):
        return point.name
    end = span.end_column - 1 if span.end_line == span.line else None
    text = texts[span.line - 1][span.column - 1 : end].strip()
    lead = point.name if point.kind == "branch" else ""
    return shorten(f"{lead} {text}".strip(), _LONGEST, placeholder=" ...")
