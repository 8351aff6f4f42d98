"""Make a failing run small: fewer moves, then simpler arguments, as long as it fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, islice

from hvmodel.semantics import Step, instances
from hvmodel.state import Layout
from hvmodel.trace import Refusal, Trace, run
from hvmodel.types import Option, Sort, Type, Value

from .report import Move
from .session import Bench, Failure, Found, Session, Tally

ATTEMPTS = 4000
"""How many runs on files shrinking may cost."""

SHORTCUTS = 300
"""How many of them may look for another way to fail than the one that was found."""

CARRIED = 4
"""How far a move may be carried over what stays."""


def fails(bench: Bench, moves: tuple[Move, ...]) -> Failure | None:
    """Make the moves on fresh files; the failure they lead to, if any. Moves that are not a run do not fail."""
    if isinstance(run(bench.layout, steps_of(moves)), Refusal):
        return None
    session: Session | None = None
    try:
        session = Session(bench, Tally())
        for move in moves:
            session.take(move)
    except Found as found:
        return found.failure
    finally:
        if session is not None:
            session.close()
    return None


def steps_of(moves: tuple[Move, ...]) -> tuple[Step, ...]:
    return tuple(move for move in moves if isinstance(move, Step))


@dataclass
class Shrinker:
    """`best` is the smallest failure so far; `spent` counts the attempts."""

    bench: Bench
    best: Failure
    attempts: int = ATTEMPTS
    spent: int = 0

    @property
    def exhausted(self) -> bool:
        return self.spent >= self.attempts

    def shrink(self) -> Failure:
        """Repeat the passes until none helps; the costly one only where the others no longer do."""
        before: tuple[Move, ...] | None = None
        while before != self.best.moves and not self.exhausted:
            self._settle()
            before = self.best.moves
            self._repeat(self._shortcuts, SHORTCUTS)
            self._repeat(self._carried, SHORTCUTS)
        return self.best

    def _settle(self) -> None:
        before: tuple[Move, ...] | None = None
        while before != self.best.moves and not self.exhausted:
            before = self.best.moves
            self._delete()
            self._repeat(self._renamed)
            self._repeat(self._simpler)

    def _try(self, moves: tuple[Move, ...]) -> bool:
        if self.exhausted:
            return False
        self.spent += 1
        failure = fails(self.bench, moves)
        if failure is None or not failure.resembles(self.best):
            return False
        self.best = failure
        return True

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

    def _repeat(self, candidates: Callable[[], Iterator[tuple[Move, ...]]], most: int = ATTEMPTS) -> None:
        while any(self._try(candidate) for candidate in islice(candidates(), most)):
            pass

    def _shortcuts(self) -> Iterator[tuple[Move, ...]]:
        """Leave the run early by one other move, perhaps followed by its last one, to fail sooner."""
        layout, moves = self.bench.layout, self.best.moves
        trace = run(layout, steps_of(moves))
        assert isinstance(trace, Trace)
        for length in range(len(moves) - 1):
            prefix = moves[:length]
            offered = self.bench.enabled(trace.states[len(steps_of(prefix))])
            others = [step for steps in offered.values() for step in steps if self._matters(step)]
            for other in (*others, *self.bench.target.disturbances):
                yield (*prefix, other)
                if length + 2 < len(moves) and other != moves[-1]:
                    yield (*prefix, other, moves[-1])

    def _carried(self) -> Iterator[tuple[Move, ...]]:
        """Leave out a stretch but for one move, which is made a little later: a write of an earlier round, say."""
        moves = self.best.moves
        for length in range(len(moves) - 1, 1, -1):
            for start in range(len(moves) - length):
                end = start + length
                for kept in dict.fromkeys(moves[start:end]):
                    for at in range(end, min(end + CARRIED, len(moves))):
                        shorter = (*moves[:start], *moves[end:at], kept, *moves[at:])
                        if isinstance(run(self.bench.layout, steps_of(shorter)), Trace):
                            yield shorter

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
