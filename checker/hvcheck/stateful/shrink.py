"""Make a failing run small: fewer moves, then simpler arguments, as long as it fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations, takewhile

from hvmodel.semantics import Step, instances
from hvmodel.state import Layout, State
from hvmodel.types import Option, Sort, Type, Value

from ..engine import Budget
from .coverage import Edge, EdgeMap
from .report import Move
from .runs import Runs
from .session import Bench, Failure, fails

MOVES = 8_000
"""How many moves on files shrinking may cost. Files are what takes time; a limit in seconds would not be repeatable."""

SHORTCUTS = 800
"""How many of them each search for another way to fail than the one that was found may take."""

STATES = 20_000
"""How far shortest ways are looked for where no map of the edges was given."""

CARRIED = 4
"""How far a move may be carried over what stays."""


def steps_of(moves: tuple[Move, ...]) -> tuple[Step, ...]:
    return tuple(move for move in moves if isinstance(move, Step))


@dataclass
class Shrinker:
    """`best` is the smallest failure so far; `spent` counts the moves that were made on files, of those `allowed`."""

    bench: Bench
    best: Failure
    edges: EdgeMap | None = None
    allowed: int = MOVES
    spent: int = 0
    _tried: set[tuple[Move, ...]] = field(default_factory=set)

    @cached_property
    def _runs(self) -> Runs:
        return Runs(self.bench)

    @cached_property
    def _map(self) -> EdgeMap:
        return self.edges or EdgeMap(self.bench.layout, Budget(states=STATES))

    @property
    def exhausted(self) -> bool:
        return self.spent >= self.allowed

    def shrink(self) -> Failure:
        """What saves most first: nothing befalls the files, then the model's shortest ways. Then repeat the passes
        until none helps; the costly ones only where the others no longer do."""
        self._try(steps_of(self.best.moves))
        self._straighten()
        self._delete()
        self._lead()
        before: tuple[Move, ...] | None = None
        while before != self.best.moves and not self.exhausted:
            self._settle()
            before = self.best.moves
            self._repeat(self._shortcuts, SHORTCUTS)
            self._repeat(self.carried, SHORTCUTS)
        return self.best

    def _settle(self) -> None:
        before: tuple[Move, ...] | None = None
        while before != self.best.moves and not self.exhausted:
            before = self.best.moves
            self._delete()
            self._repeat(self._renamed)
            self._repeat(self._simpler)

    def _try(self, moves: tuple[Move, ...]) -> bool:
        """Whether the moves fail alike; then they are the best. Only what the model allows is made on files."""
        if self.exhausted or len(moves) > len(self.best.moves) or moves in self._tried:
            return False
        self._tried.add(moves)
        if self._runs.states(moves) is None:
            return False
        failure = fails(self.bench, moves)
        self.spent += 1 + len(moves if failure is None else failure.moves)
        if failure is None or not failure.resembles(self.best):
            return False
        self.best = failure
        return True

    def _states(self) -> tuple[State, ...]:
        found = self._runs.states(self.best.moves)
        assert found is not None
        return found

    def _straighten(self) -> None:
        """Come by the shortest way to a state of the run and keep what follows: the less is kept, the shorter."""
        moves, states = self.best.moves, self._states()

        def works(kept: int) -> bool:
            way = self._map.run_to_state(states[len(moves) - kept])
            return way is not None and self._try((*way, *moves[len(moves) - kept :]))

        most = 1
        while most < len(moves) and not works(most):
            most *= 2
        least, most = most // 2, min(most, len(moves))
        while most - least > 1:
            middle = (least + most) // 2
            least, most = (least, middle) if works(middle) else (middle, most)

    def _lead(self) -> None:
        """The shortest run to each edge at which something can differ, the farthest first: one that shows nothing
        clears all edges on its way."""
        runs = {edge: self._map.run_to(edge) for edge in sorted(self._map.known.edges)}
        cleared: set[Edge] = set()
        for edge, steps in sorted(runs.items(), key=lambda item: -len(item[1])):
            if edge not in cleared and len(steps) < len(self.best.moves) and self._matters(steps[-1]):
                states = self._runs.states(steps)
                if states is not None and not self._try(steps):
                    cleared.update(*(self.bench.controls.edges(*taken) for taken in zip(states, steps, strict=False)))

    def _delete(self) -> None:
        """Delete runs of moves, long ones first, from the end: what comes late depends on what comes early."""
        length = len(self.best.moves)
        while length:
            end = len(self.best.moves)
            while end > 0:
                start = max(0, end - length)
                shorter = self.best.moves[:start] + self.best.moves[end:]
                end = min(start, len(self.best.moves)) if self._try(shorter) else end - 1 if length > 1 else start
            length //= 2

    def _repeat(self, candidates: Callable[[], Iterator[tuple[Move, ...]]], most: int = MOVES) -> None:
        """Try the candidates again from the first each time that one was better, for at most so many moves on files."""
        limit = self.spent + most
        while any(self._try(candidate) for candidate in takewhile(lambda _: self.spent < limit, candidates())):
            pass

    def _shortcuts(self) -> Iterator[tuple[Move, ...]]:
        """Leave the run early by one other move, perhaps followed by its last one, to fail sooner."""
        moves, states = self.best.moves, self._states()
        for length in range(len(moves) - 1):
            prefix = moves[:length]
            offered = self.bench.enabled(states[length])
            others = [step for steps in offered.values() for step in steps if self._matters(step)]
            for other in (*others, *self.bench.target.disturbances):
                yield (*prefix, other)
                if length + 2 < len(moves) and other != moves[-1]:
                    yield (*prefix, other, moves[-1])

    def carried(self) -> Iterator[tuple[Move, ...]]:
        """Leave out a stretch but for one move, which is made a little later: a write of an earlier round, say."""
        moves, states = self.best.moves, self._states()
        for length in range(len(moves) - 1, 1, -1):
            for start in range(len(moves) - length):
                end = start + length
                stays = moves[end : min(end + CARRIED, len(moves)) - 1]
                places = tuple(self._runs.offered_along(states[start], stays))
                for kept in dict.fromkeys(moves[start:end]):
                    for at, offered in enumerate(places, end):
                        if kept in offered or not isinstance(kept, Step):
                            yield (*moves[:start], *moves[end:at], kept, *moves[at:])

    def _matters(self, step: Step) -> bool:
        """Only steps that touch files can make files differ; what a tool of the user's does at a step is not known."""
        return (
            self.bench.target.any_step
            or self.best.kind == "property"
            or bool(self.bench.layout.system.action[step.action].calls)
        )

    def _renamed(self) -> Iterator[tuple[Move, ...]]:
        """Swap two elements of a sort throughout, where that makes the earlier one come first."""
        layout, moves = self.bench.layout, self.best.moves
        for sort in layout.system.sorts:
            for low, high in combinations(range(layout.scope.size(sort)), 2):
                swapped = tuple(_swap(layout, move, sort, {low: high, high: low}) for move in moves)
                if _key(swapped) < _key(moves):
                    yield swapped

    def _simpler(self) -> Iterator[tuple[Move, ...]]:
        """Give one step earlier arguments."""
        moves = self.best.moves
        for position, move in enumerate(moves):
            if isinstance(move, Step):
                for arguments in instances(self.bench.layout.system.action[move.action], self.bench.layout):
                    if arguments == move.arguments:
                        break
                    yield (*moves[:position], replace(move, arguments=arguments), *moves[position + 1 :])


def _swap(layout: Layout, move: Move, sort: Sort, names: dict[Value, Value]) -> Move:
    if not isinstance(move, Step):
        return move
    parameters = layout.system.action[move.action].parameters
    arguments = zip(move.arguments, parameters, strict=True)
    return replace(move, arguments=tuple(names.get(v, v) if _is(p.type, sort) else v for v, p in arguments))


def _is(type_: Type, sort: Sort) -> bool:
    return (type_.of if isinstance(type_, Option) else type_) == sort


def _key(moves: tuple[Move, ...]) -> list[str]:
    return [str(value) for move in moves if isinstance(move, Step) for value in move.arguments]
