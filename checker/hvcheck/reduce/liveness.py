"""Where the value of a function is still needed: a cell is dead when no thread that is where it is will read it.

For each thread, `live` are the locations from which it may read the function (or move another thread to where that
reads it) before it has itself overwritten all cells that it could read. Why a dead cell does not matter: what an action
reads is live for its thread; and a cell that is live after a step was live before it or is written by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from hvmodel.expression import TRUE, Expression, Read, Variable, children, reads
from hvmodel.system import Action, Function, Property, Write
from hvmodel.types import Type

from .cone import written
from .control import Control, Move

Own = Mapping[int, int]
"""Which arguments of a function are always the reading thread's own parameters: position to parameter."""


_Place = tuple[str, str]
"""A thread and a location of it."""


@dataclass(frozen=True)
class Needed:
    """Where a function is live, for each thread that can read it, and which cells of it an instance reads."""

    function: Function
    live: Mapping[str, frozenset[str]]
    own: Mapping[str, Own]


class Facts:
    """What the actions of a system read, and where they take threads; gathered once for all functions."""

    def __init__(self, control: Control) -> None:
        self.control = control
        self.system = control.system
        self.reads: dict[str, list[tuple[Action, tuple[Expression, ...]]]] = {}
        self.moves: dict[str, tuple[Move, ...]] = {}
        self.before: dict[_Place, list[tuple[Action, str]]] = {}
        for action in self.system.actions:
            for read in (read for part in expressions(action) for read in reads_of(part)):
                self.reads.setdefault(read.function, []).append((action, read.arguments))
            self.moves[action.name] = tuple(control.moves(action))
            for source, place in self._led(action):
                self.before.setdefault(place, []).append((action, source))

    def threaded(self, action: Action) -> bool:
        return action.thread in self.system.thread

    def sources(self, action: Action) -> Iterable[str]:
        """The locations from which a thread takes an action; one without a name for what is no thread."""
        return self.control.sources(action) if self.threaded(action) else ("",)

    def _led(self, action: Action) -> Iterator[tuple[str, _Place]]:
        """From which locations an action leads to which, be it its own thread or another that it moves."""
        for source in self.sources(action):
            if self.threaded(action):
                yield from ((source, (action.thread, at)) for at in self.control.goes_to(action, source))
            yield from ((source, (move.thread.name, at)) for move in self.moves[action.name] for at in move.targets)


def needed(facts: Facts, function: Function, claims: Sequence[Property]) -> Needed | None:
    """None if a claim reads the function, or something that is no thread: then it is always needed."""
    stated = [part for claim in claims for part in (claim.expression, claim.trigger, claim.witness) if part is not None]
    if function.role == "control" or any(function.name in reads(part) for part in stated):
        return None
    analysis = _Analysis(facts, function)
    analysis.settle_own()
    if not analysis.settle_live():
        return None
    live = {name: frozenset(places) for name, places in analysis.live.items()}
    return Needed(function, live, {name: analysis.own.get(name) or {} for name in live})


def reads_of(expression: Expression) -> Iterator[Read]:
    """Every read of the state in an expression."""
    if isinstance(expression, Read):
        yield expression
    for child in children(expression):
        yield from reads_of(child)


def expressions(action: Action) -> Iterator[Expression]:
    """Everything that an action reads."""
    yield from (guard.expression for guard in action.guards)
    for duty in action.obligations:
        yield from (duty.expression, duty.where)
    for write in action.writes:
        yield from written(write)


@dataclass
class _Analysis:
    facts: Facts
    function: Function
    own: dict[str, dict[int, int] | None] = field(default_factory=dict)
    live: dict[str, set[str]] = field(default_factory=dict)

    @cached_property
    def _reads(self) -> list[tuple[Action, tuple[Expression, ...]]]:
        return self.facts.reads.get(self.function.name, [])

    def settle_own(self) -> None:
        """Which arguments are own parameters in every read, be it by way of a thread that the action moves."""
        for action, arguments in self._reads:
            if self.facts.threaded(action):
                self._narrow(action, arguments)
        before = None
        while before != self.own:
            before = dict(self.own)
            for action in self.facts.system.actions:
                if self.facts.threaded(action):
                    for moved in self._moved(action):
                        self._narrow(action, moved)

    def _moved(self, action: Action) -> Iterator[tuple[Expression | None, ...]]:
        """The arguments of what threads that an action moves may read (None: any value)."""
        for move in self.facts.moves[action.name]:
            own = self.own.get(move.thread.name)
            if own is not None:
                yield tuple(
                    move.indices[own[position]] if position in own else None
                    for position in range(len(self.function.domain))
                )

    def _narrow(self, action: Action, arguments: Sequence[Expression | None]) -> None:
        mine = action.parameters[: len(self.facts.system.thread[action.thread].parameters)]
        # A parameter with fewer values than the argument would leave cells that belong to no instance.
        found = {
            place: mine.index(one)
            for place, (one, type_) in enumerate(zip(arguments, self.function.domain, strict=True))
            if isinstance(one, Variable) and one in mine and one.type == type_
        }
        known = self.own.get(action.thread)
        if known is not None:
            found = {place: which for place, which in known.items() if found.get(place) == which}
        self.own[action.thread] = found

    def settle_live(self) -> bool:
        """From where the function is read, backwards to all places from which a thread comes there; whether none is
        beyond threads. A step that overwrites what could be read leads no further back."""
        self.live = {name: set() for name in self.own}
        kills = {action.name for action in self.facts.system.actions if self.kills(action)}
        found = [(action, source) for action, _ in self._reads for source in self.facts.sources(action)]
        while found:
            action, source = found.pop()
            if not self.facts.threaded(action):
                return False
            live = self.live.setdefault(action.thread, set())
            if source not in live:
                live.add(source)
                before = self.facts.before.get((action.thread, source), ())
                found += [(one, at) for one, at in before if one.name not in kills]
        return True

    def kills(self, action: Action) -> bool:
        """Whether an action overwrites every cell that its thread could read."""
        thread = self.facts.system.thread.get(action.thread)
        if thread is None:
            return False
        own = self.own.get(action.thread) or {}
        for write in action.writes:
            if write.function != self.function.name or write.where != TRUE:
                continue
            bound: list[Variable] = []
            for place, (index, type_) in enumerate(zip(write.indices, self.function.domain, strict=True)):
                if isinstance(index, Variable) and self._any(write, index, type_) and index not in bound:
                    bound.append(index)
                elif place not in own or index != action.parameters[own[place]]:
                    break
            else:
                return True
        return False

    @staticmethod
    def _any(write: Write, index: Variable, type_: Type) -> bool:
        """Whether a write is for every value of an argument: a binder may have fewer values than that."""
        return index in write.binders and index.type == type_
