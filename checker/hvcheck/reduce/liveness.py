"""Where the value of a function is still needed: a cell is dead when no thread that is where it is will read it.

For each thread, `live` are the locations from which it may read the function (or move another thread to where that
reads it) before it has itself overwritten all cells that it could read. Why a dead cell does not matter: what an action
reads is live for its thread; and a cell that is live after a step was live before it or is written by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hvmodel.expression import TRUE, Expression, Read, Variable, children
from hvmodel.system import Action, Function, Property, System

from .cone import written
from .control import Control

Own = Mapping[int, int]
"""Which arguments of a function are always the reading thread's own parameters: position to parameter."""


@dataclass(frozen=True)
class Needed:
    """Where a function is live, for each thread that can read it, and which cells of it an instance reads."""

    function: Function
    live: Mapping[str, frozenset[str]]
    own: Mapping[str, Own]


def needed(control: Control, function: Function, claims: Sequence[Property]) -> Needed | None:
    """None if a claim reads the function, or something that is no thread: then it is always needed."""
    stated = [part for claim in claims for part in (claim.expression, claim.trigger, claim.witness) if part is not None]
    if function.role == "control" or any(cells(part, function.name) for part in stated):
        return None
    analysis = _Analysis(control, function)
    analysis.settle_own()
    analysis.settle_live()
    if analysis.always:
        return None
    live = {name: frozenset(places) for name, places in analysis.live.items()}
    return Needed(function, live, {name: own or {} for name, own in analysis.own.items()})


def cells(expression: Expression, function: str) -> list[Read]:
    """Every read of a function in an expression."""
    inner = [read for child in children(expression) for read in cells(child, function)]
    return [expression, *inner] if isinstance(expression, Read) and expression.function == function else inner


def expressions(action: Action) -> Iterator[Expression]:
    """Everything that an action reads."""
    yield from (guard.expression for guard in action.guards)
    for duty in action.obligations:
        yield from (duty.expression, duty.where)
    for write in action.writes:
        yield from written(write)


@dataclass
class _Analysis:
    control: Control
    function: Function
    own: dict[str, dict[int, int] | None] = field(default_factory=dict)
    live: dict[str, set[str]] = field(default_factory=dict)
    always: bool = False

    @property
    def system(self) -> System:
        return self.control.system

    def settle_own(self) -> None:
        """Which arguments are own parameters in every read, be it by way of a thread that the action moves."""
        before = None
        while before != self.own:
            before = dict(self.own)
            for action in self.system.actions:
                if action.thread in self.system.thread:
                    for arguments in self._read(action):
                        self._narrow(action, arguments)

    def _read(self, action: Action) -> Iterator[tuple[Expression | None, ...]]:
        """The arguments of each read, its own and those of threads that it moves (None: any value)."""
        for part in expressions(action):
            yield from (read.arguments for read in cells(part, self.function.name))
        for move in self.control.moves(action):
            own = self.own.get(move.thread.name)
            if own is not None:
                yield tuple(
                    move.indices[own[position]] if position in own else None
                    for position in range(len(self.function.domain))
                )

    def _narrow(self, action: Action, arguments: Sequence[Expression | None]) -> None:
        mine = action.parameters[: len(self.system.thread[action.thread].parameters)]
        found = {place: mine.index(one) for place, one in enumerate(arguments) if one in mine and one is not None}
        known = self.own.get(action.thread)
        if known is not None:
            found = {place: which for place, which in known.items() if found.get(place) == which}
        self.own[action.thread] = found

    def settle_live(self) -> None:
        self.live = {name: set() for name in self.own}
        before = -1
        while not self.always and before != sum(map(len, self.live.values())):
            before = sum(map(len, self.live.values()))
            for action in self.system.actions:
                self._flow(action)

    def _flow(self, action: Action) -> None:
        """Let a location be live from which an action reads the function or goes on to where it is live."""
        reads = any(cells(part, self.function.name) for part in expressions(action))
        kills = self.kills(action)
        wakes = not kills and any(
            move.targets & self.live.get(move.thread.name, set()) for move in self.control.moves(action)
        )
        if action.thread not in self.system.thread:
            self.always = self.always or reads or wakes
            return
        for source in self.control.sources(action):
            goes_on = not kills and self.control.goes_to(action, source) & self.live.get(action.thread, set())
            if reads or wakes or goes_on:
                self.live[action.thread].add(source)

    def kills(self, action: Action) -> bool:
        """Whether an action overwrites every cell that its thread could read."""
        thread = self.system.thread.get(action.thread)
        if thread is None:
            return False
        own = self.own.get(action.thread) or {}
        for write in action.writes:
            if write.function != self.function.name or write.where != TRUE:
                continue
            bound: list[Variable] = []
            for place, index in enumerate(write.indices):
                if index in write.binders and index not in bound:
                    assert isinstance(index, Variable)
                    bound.append(index)
                elif place not in own or index != action.parameters[own[place]]:
                    break
            else:
                return True
        return False
