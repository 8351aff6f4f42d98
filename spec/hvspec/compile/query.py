"""What properties and lemmas may ask about control: where a protocol is, how it ended, what is up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from hvmodel.expression import (
    FALSE,
    TRUE,
    Expression,
    Read,
    Variable,
    conjunction,
    disjunction,
    equality,
    free_variables,
    quantified,
    substitute,
)
from hvmodel.source import Span
from hvmodel.system import Action
from hvmodel.types import BOOL, Int

from .. import syntax as s
from ..entities import Entity, PlaceRef, Protocol, Value
from ..problem import problem, shown, suggestion
from .builder import Builder
from .event import SENT, is_event
from .order import Edge, after, before, edges
from .threads import Location

Order = Callable[[list[Edge], Callable[[Action], bool]], frozenset[str]]


@dataclass(slots=True)
class ControlQueries:
    """Answers once all threads are known; before that (in the protocol's own code) only `up` can be asked."""

    builder: Builder | None = None
    complete: bool = False
    crashable: frozenset[str] = frozenset()

    def query(self, name: str, entities: tuple[Entity | s.Label, ...], span: Span) -> Expression:
        return _QUERIES[name](self, entities, span)

    def _threads(self, span: Span) -> Builder:
        if self.builder is None or not self.complete:
            raise problem("HV320", "only properties and invariants can ask where a protocol is", span)
        return self.builder

    def _up(self, entities: tuple[Entity | s.Label, ...], span: Span) -> Expression:
        match entities:
            case (PlaceRef(name, indices, ()),):
                return Read(f"up.{name}", indices, BOOL) if name in self.crashable else TRUE
            case _:
                raise problem("HV318", "`up` asks about a place", span, expected="up(place)")

    def _protocol(self, entities: tuple[Entity | s.Label, ...], span: Span) -> str:
        match entities:
            case (Protocol(name),):
                return name
            case _:
                raise problem("HV321", "this asks about a protocol", span, expected="the name of a `protocol`")

    def _succeeded(self, entities: tuple[Entity | s.Label, ...], span: Span) -> Expression:
        return Read(f"succeeded.{self._protocol(entities, span)}", (), BOOL)

    def _failed(self, entities: tuple[Entity | s.Label, ...], span: Span) -> Expression:
        return Read(f"failed.{self._protocol(entities, span)}", (), BOOL)

    def _ended(self, entities: tuple[Entity | s.Label, ...], span: Span) -> Expression:
        return self.ended(self._protocol(entities, span), span)

    def ended(self, name: str, span: Span) -> Expression:
        """The protocol is over and nothing runs on its behalf: no orphan, no reaction, no message in flight."""
        builder = self._threads(span)
        over = disjunction((Read(f"succeeded.{name}", (), BOOL), Read(f"failed.{name}", (), BOOL)))
        alone = ("call", "branch", "reaction", "delivery") if builder.crashable else ("delivery",)
        quiet = [
            quantified("all", thread.parameters, equality(thread.pc(), thread.at(None)))
            for thread in builder.threads
            if thread.kind in alone
        ]
        landed = [quantified("all", one.parameters, one.is_empty()) for one in builder.channels.values()]
        return conjunction((over, *quiet, *landed))

    def _at(self, entities: tuple[Entity | s.Label, ...], span: Span) -> Expression:
        label, given = self._label(entities, span)
        resting = self._anywhere(given, lambda location: _next_is(location, str(label)), span)
        return disjunction((resting, *self._in_flight(label, given, span)))

    def _in_flight(self, label: s.Label, given: tuple[Expression, ...], span: Span) -> Iterator[Expression]:
        """A message that was sent without waiting comes next for its receiver."""
        for channel in self._threads(span).channels.values():
            named = label.owner is not None and label.owner.text == channel.receiver.name
            if named and label.name.text in channel.arguments and _fit(channel.receiver.indices, given):
                indices = channel.receiver.indices[: len(given)]
                yield _some(channel.carries(label.name.text), channel.parameters, indices, given)

    def _during(self, entities: tuple[Entity | s.Label, ...], span: Span) -> Expression:
        label, given = self._label(entities, span)
        return self._anywhere(given, lambda location: _inside(location, str(label)), span)

    def _after(self, entities: tuple[Entity | s.Label, ...], span: Span) -> Expression:
        return self._ordered(entities, after, span)

    def _before(self, entities: tuple[Entity | s.Label, ...], span: Span) -> Expression:
        return self._ordered(entities, before, span)

    def _ordered(self, entities: tuple[Entity | s.Label, ...], which: Order, span: Span) -> Expression:
        """A thread in which the label happens rests where it certainly has happened, or certainly not yet."""
        label, given = self._label(entities, span)
        builder = self._threads(span)
        parts: list[Expression] = []
        for thread in builder.threads:
            places = [location for location in thread.locations if location.label.name == str(label)]
            if places and _fit(places[0].label.indices, given):
                names = which(
                    edges(builder, thread), lambda action: any(is_event(label, event, SENT) for event in action.events)
                )
                indices = places[0].label.indices[: len(given)]
                there = (location for location in thread.locations if location.name in names)
                parts.extend(_matching(location, indices, given) for location in there)
        return disjunction(parts) if parts else FALSE

    def _label(self, entities: tuple[Entity | s.Label, ...], span: Span) -> tuple[s.Label, tuple[Expression, ...]]:
        if not entities or not isinstance(entities[0], s.Label):
            raise problem("HV322", "a step or Actor.Message is needed first", span, expected="at(Step, index, ...)")
        values: list[Expression] = []
        for entity in entities[1:]:
            if not isinstance(entity, Value):
                raise problem("HV219", "this is not a value", span)
            values.append(entity.expression)
        label = entities[0]
        self._known(label)
        self._fitting(label, values, span)
        return label, tuple(values)

    def _known(self, label: s.Label) -> None:
        builder = self.builder
        if builder is None or not self.complete:
            return
        names = {location.label.name for thread in builder.threads for location in thread.locations}
        inside = {h.name for thread in builder.threads for location in thread.locations for h in location.inside}
        if not any(str(label) in known for known in (names, inside, builder.labels)):
            fix = suggestion(s.Name(str(label), label.span), {*names, *inside, *builder.labels})
            raise problem("HV102", f"no step or message is called `{label}`", label.span, fix=fix)

    def _fitting(self, label: s.Label, given: list[Expression], span: Span) -> None:
        """What is given can be indices of the step, or of the message's actor: else the question is never true."""
        known = list(self._indices(label))
        if not given or not known or any(_fit(indices, given) for indices in known):
            return
        most = max(known, key=len)
        if len(most) < len(given):
            carried = ": what a message carries is none" if label.owner is not None else ""
            found = str(len(given))
            raise problem("HV215", f"too many indices{carried}", span, expected=str(len(most)), found=found)
        wanted, types = (", ".join(shown(one.type) for one in indices) for indices in (most[: len(given)], given))
        raise problem("HV211", "the types do not fit", span, expected=wanted, found=types)

    def _indices(self, label: s.Label) -> Iterator[tuple[Expression, ...]]:
        """The indices with which a step or message is known, wherever it happens in this setting."""
        builder = self._threads(label.span)
        for location in (location for thread in builder.threads for location in thread.locations):
            if location.label.name == str(label):
                yield location.label.indices
            yield from (one.actor.indices for one in location.inside if one.name == str(label))
        for channel in builder.channels.values():
            if label.owner is not None and label.owner.text == channel.receiver.name:
                yield channel.receiver.indices

    def _anywhere(
        self,
        given: tuple[Expression, ...],
        matches: Callable[[Location], tuple[Expression, ...] | None],
        span: Span,
    ) -> Expression:
        parts: list[Expression] = []
        for thread in self._threads(span).threads:
            for location in thread.locations:
                indices = matches(location)
                if indices is not None and _fit(indices, given):
                    parts.append(_matching(location, indices[: len(given)], given))
        return disjunction(parts) if parts else FALSE


def _fit(indices: Sequence[Expression], given: Sequence[Expression]) -> bool:
    """Whether values can stand for the first indices; a number fits a number."""
    kinds = [(Int if isinstance(one.type, Int) else one.type) for one in (*indices[: len(given)], *given)]
    return len(given) <= len(indices) and kinds[: len(given)] == kinds[len(given) :]


def _next_is(location: Location, name: str) -> tuple[Expression, ...] | None:
    return location.label.indices if location.label.name == name else None


def _inside(location: Location, name: str) -> tuple[Expression, ...] | None:
    return next((h.actor.indices for h in location.inside if h.name == name), None)


def _matching(location: Location, indices: tuple[Expression, ...], given: tuple[Expression, ...]) -> Expression:
    """Some instance of the location's thread with those indices rests there."""
    thread = location.thread
    return _some(equality(thread.pc(), thread.at(location)), thread.parameters, indices, given)


def _some(
    here: Expression, parameters: tuple[Variable, ...], indices: tuple[Expression, ...], given: tuple[Expression, ...]
) -> Expression:
    """So it is for some values of the parameters for which the indices are what is given."""
    bound: dict[str, Expression] = {}
    conditions: list[Expression] = []
    for index, value in zip(indices, given, strict=True):
        if isinstance(index, Variable) and index.name not in bound:
            bound[index.name] = value
        else:
            conditions.append(equality(index, value))
    body = substitute(conjunction((here, *conditions)), bound)
    rest = tuple(p for p in parameters if p.name not in bound and p.name in free_variables(body))
    return quantified("some", rest, body)


_QUERIES: MappingProxyType[str, Callable[..., Expression]] = MappingProxyType(
    {
        "up": ControlQueries._up,
        "succeeded": ControlQueries._succeeded,
        "failed": ControlQueries._failed,
        "ended": ControlQueries._ended,
        "at": ControlQueries._at,
        "during": ControlQueries._during,
        "after": ControlQueries._after,
        "before": ControlQueries._before,
    }
)
