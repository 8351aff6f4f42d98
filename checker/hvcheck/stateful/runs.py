"""What the model says of sequences of moves, remembered step by step, as those of shrinking hardly differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hvmodel.semantics import Step, apply
from hvmodel.state import State

from .report import Move
from .session import Bench

_NONE = -1


@dataclass
class Runs:
    """The runs of a bench's system that were asked for so far. States are numbered, so that to look one up is cheap."""

    bench: Bench
    _states: list[State] = field(default_factory=list)
    _numbers: dict[State, int] = field(default_factory=dict)
    _after: dict[tuple[int, Step], int] = field(default_factory=dict)
    _offered: dict[int, frozenset[Step]] = field(default_factory=dict)

    def states(self, moves: tuple[Move, ...]) -> tuple[State, ...] | None:
        """The state before each move and the one after the last; None if the moves are not a run."""
        at = self._number(self.bench.layout.initial)
        found = [at]
        for move in moves:
            if isinstance(move, Step):
                at = self._step(at, move)
                if at == _NONE:
                    return None
            found.append(at)
        return tuple(self._states[number] for number in found)

    def offered_along(self, state: State, moves: tuple[Move, ...]) -> Iterator[frozenset[Step]]:
        """The steps that can be taken in a state, and after each move from there up to one that cannot be made."""
        at = self._number(state)
        yield self._steps(at)
        for move in moves:
            if isinstance(move, Step):
                at = self._step(at, move)
                if at == _NONE:
                    return
            yield self._steps(at)

    def _steps(self, at: int) -> frozenset[Step]:
        if at not in self._offered:
            offered = self.bench.enabled(self._states[at])
            self._offered[at] = frozenset(step for steps in offered.values() for step in steps)
        return self._offered[at]

    def _step(self, at: int, step: Step) -> int:
        after = self._after.get((at, step))
        if after is None:
            state = self._states[at]
            offered = step in self.bench.enabled(state).get(step.action, ())
            after = self._number(apply(self.bench.layout, state, step)) if offered else _NONE
            self._after[at, step] = after
        return after

    def _number(self, state: State) -> int:
        if state not in self._numbers:
            self._numbers[state] = len(self._states)
            self._states.append(state)
        return self._numbers[state]
