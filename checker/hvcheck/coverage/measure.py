"""How often each place of a spec was come to, over complete searches of its scenarios.

The counts are of pairs of a state and a step: how many ways there were to come there, not how often a run does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hvmodel.dataclass import dataclass
from hvmodel.source import Span
from hvmodel.system import Action, System
from hvspec.points import Point, points, service_of
from hvspec.spec import Spec


@dataclass(frozen=True, slots=True)
class SearchOf:
    """One search: its scenario and scope, the system, how often each action fired; `stopped` says why it is partial.

    `spent` is what the time went to, in seconds.
    """

    scenario: str
    scope: str
    system: System
    fired: Mapping[str, int]
    states: int
    transitions: int
    seconds: float
    stopped: str = ""
    spent: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Covered:
    """The places of a spec with their counts: in total, and by scenario and scope where there are any."""

    spec: Spec
    searches: tuple[SearchOf, ...]
    points: tuple[tuple[Point, int], ...]
    by_search: Mapping[Point, Mapping[tuple[str, str], int]]

    @property
    def unreached(self) -> tuple[Point, ...]:
        return tuple(point for point, count in self.points if not count)

    @property
    def finished(self) -> bool:
        """Whether every search came to its end: only then is what is unreached unreachable in these scopes."""
        return bool(self.searches) and not any(search.stopped for search in self.searches)


def covered(spec: Spec, searches: Iterable[SearchOf]) -> Covered:
    """Adds up what the searches have come to."""
    done = tuple(searches)
    places = points(spec)
    by_search: dict[Point, dict[tuple[str, str], int]] = {point: {} for point in places}
    for search in done:
        for point, count in _counts(spec, search, places):
            if count:
                key = (search.scenario, search.scope)
                by_search[point][key] = by_search[point].get(key, 0) + count
    return Covered(spec, done, tuple((point, sum(by_search[point].values())) for point in places), by_search)


def _counts(spec: Spec, search: SearchOf, places: Iterable[Point]) -> Iterator[tuple[Point, int]]:
    taken = [(action, search.fired.get(action.name, 0)) for action in search.system.actions]
    marks = [(frozenset(_spans(action)), _handled(spec, action), count) for action, count in taken if count]
    for point in places:
        yield point, sum(count for spans, handled, count in marks if _comes_to(point, spans, handled))


def _comes_to(point: Point, spans: frozenset[Span], handled: frozenset[str]) -> bool:
    match point.kind:
        case "handler":
            return point.name in handled or any(_within(span, point.span) for span in spans)
        case "branch" | "reaction":
            return any(_within(span, point.span) for span in spans)
        case _:
            return any(_begins(span, point.span) for span in spans)


def _within(span: Span, outer: Span) -> bool:
    return span.file == outer.file and (
        (outer.line, outer.column) <= (span.line, span.column) < (outer.end_line, outer.end_column)
    )


def _begins(span: Span, at: Span) -> bool:
    return (span.file, span.line, span.column) == (at.file, at.line, at.column)


def _spans(action: Action) -> Iterator[Span]:
    """Where an action's text stands, but for its guards: what is asked there may have been refused."""
    yield action.span
    for parts in (action.events, action.writes, action.calls):
        yield from (part.span for part in parts)


def _handled(spec: Spec, action: Action) -> frozenset[str]:
    """The handlers that an action's messages come to, by the actor or the service that has the text."""
    return frozenset(
        f"{service_of(spec, event.target.name)}.{event.name}"
        for event in action.events
        if event.kind == "message" and event.target is not None
    )
