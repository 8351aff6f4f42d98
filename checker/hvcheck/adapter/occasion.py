"""What a step of the model asks of a tool: its events and storage operations as calls by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from hvcheck.chart.naming import reference_name
from hvmodel.calls import BoundCall, bound_calls
from hvmodel.dataclass import dataclass
from hvmodel.semantics import Bindings, Step, bind, evaluate
from hvmodel.state import Layout, State
from hvmodel.system import Event

from .vocabulary import DEADLINE, Doing, plain


@dataclass(frozen=True, slots=True)
class Occasion:
    """One thing that happens. `fails` is the code with which the spec says that it fails; "": it does not.

    `may_fail`: the spec's text does not tell whether the tool itself fails, or its caller (an actor that calls itself).
    """

    doing: Doing
    values: Mapping[str, Any]
    shown: str
    fails: str = ""
    may_fail: bool = False


@dataclass(frozen=True)
class Occasions:
    """Reads off a step what happens, by the words of a spec."""

    layout: Layout
    words: Mapping[str, Doing]
    _orders: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False)

    def of(self, state: State, step: Step) -> tuple[Occasion, ...]:
        """What happens in a step from `state`: messages, steps and the world first, then storage operations."""
        events = tuple(self._events(state, step))
        calls = [call for group in bound_calls(self.layout, state, step) for call in group]
        return (*events, *(self._operation(call) for call in calls))

    def _events(self, state: State, step: Step) -> Iterator[Occasion]:
        action = self.layout.system.action[step.action]
        bindings = bind(action, step.arguments)
        for position, event in enumerate(action.events):
            occasion = self._occasion(event, state, bindings)
            if occasion is None or self._undelivered(event, action.events[position + 1 :]):
                continue
            owner = event.target or event.source
            failure = next((one for one in action.events[position + 1 :] if _is_own(one, owner.name)), None)
            code = failure.name if failure else ""
            unclear = event.target is not None and event.target.name == event.source.name
            yield Occasion(occasion.doing, occasion.values, occasion.shown, code, bool(code) and unclear)

    def _occasion(self, event: Event, state: State, bindings: Bindings) -> Occasion | None:
        match event.kind:
            case "message":
                return self._message(event, state, bindings)
            case "step":
                return self._plain(event.name, event, state, bindings)
            case "environment" | "fault":
                return self._plain(event.name, event, state, bindings)
            case "deadline":
                return Occasion(self.words[DEADLINE], {"limit": event.name}, f"time limit {event.name}")
        return None

    def _message(self, event: Event, state: State, bindings: Bindings) -> Occasion | None:
        assert event.target is not None
        doing = self.words.get(f"{event.target.name}.{event.name}")
        if doing is None:
            return None
        found = [self._value(part, state, bindings) for part in (*event.target.indices, *event.arguments)]
        sender = reference_name(event.source, self.layout, state, bindings)
        target = reference_name(event.target, self.layout, state, bindings)
        return Occasion(doing, _named(doing, (*found, sender)), f"{target}.{event.name}")

    def _plain(self, name: str, event: Event, state: State, bindings: Bindings) -> Occasion | None:
        doing = self.words.get(name)
        if doing is None:
            return None
        found = [self._value(part, state, bindings) for part in event.arguments]
        if doing.kind == "step":
            actor = reference_name(event.source, self.layout, state, bindings)
            found = [*found, actor]
        elif not event.arguments:
            by_name = {plain(variable): value for variable, value in bindings.items()}
            found = [by_name[parameter] for parameter in doing.parameters if parameter in by_name]
        return Occasion(doing, _named(doing, found), name)

    def _value(self, expression: Any, state: State, bindings: Bindings) -> Any:
        return evaluate(expression, self.layout, state, bindings)

    @staticmethod
    def _undelivered(event: Event, later: tuple[Event, ...]) -> bool:
        """A delivery to a place that is down comes to nobody."""
        first = later[0] if later else None
        return event.kind == "message" and first is not None and first.name == "PLACE_DOWN"

    def _operation(self, call: BoundCall) -> Occasion:
        disk, indices = call.target
        doing = self.words[f"{disk}.{call.operation}"]
        source: tuple[Any, ...] = () if call.source is None else ((call.source[0], *call.source[1]),)
        shown = f"{disk}[{', '.join(map(str, indices))}].{call.operation}" if indices else doing.name
        return Occasion(doing, _named(doing, (*indices, *call.arguments, *source)), shown)


def _named(doing: Doing, found: Any) -> dict[str, Any]:
    return dict(zip(doing.parameters, found, strict=False))


def _is_own(event: Event, actor: str) -> bool:
    """A failure that begins here; one without a name of its own is passed on from elsewhere."""
    return event.kind == "failure" and bool(event.name) and event.source.name == actor
