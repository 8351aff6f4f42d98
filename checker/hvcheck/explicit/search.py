"""Breadth-first search of every reachable state, exact, with the shortest run to whatever is looked for."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from hvmodel.expression import Expression
from hvmodel.state import Layout
from hvmodel.system import Obligation, Scope, System

from ..engine import Budget, Progress
from ..verdict import Confirmed, EvidenceError
from .codegen import Code, Key, Label, OutsideError, Program
from .codes import Codec, UnfitError, fit
from .deadlock import Halts
from .meter import BudgetError, Meter
from .runs import confirmed, visited

CHUNK = 128
"""States expanded between two looks at the budget."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A run found: to a state by its number, and perhaps one step further."""

    state: int
    step: Label | None = None
    obligation: Obligation | None = None


@dataclass(frozen=True, slots=True)
class Goals:
    """What a search looks for: states that satisfy an expression, steps, stuck states."""

    states: tuple[Expression, ...] = ()
    actions: frozenset[str] = frozenset()
    ended: tuple[Expression, ...] = ()


@dataclass
class Found:
    """The first, and so the shortest, run to each goal met so far. A breach is a step that breaks an obligation."""

    states: dict[Expression, Ending] = field(default_factory=dict)
    actions: dict[str, Ending] = field(default_factory=dict)
    stuck: dict[Expression, Ending] = field(default_factory=dict)
    breach: Ending | None = None

    def __len__(self) -> int:
        return len(self.states) + len(self.actions) + len(self.stuck) + (self.breach is not None)


class Search:
    """One exploration of a system in a scope.

    `keys` lists the states found, in breadth-first order from the initial one; `parents` gives the number of the
    state each was first reached from; `stopped` says which budget ended the search, and `finished` that none did.
    With `canonical` only that member of each set of like states is listed; distances and runs stay exact.
    """

    def __init__(
        self,
        layout: Layout,
        goals: Goals,
        meter: Meter,
        unroll: int = 64,
        canonical: Callable[[Codec], Callable[[Key], Key]] | None = None,
    ) -> None:
        self.layout = layout
        self.codec = Codec(layout)
        self.code = Code(self.codec, unroll)
        self.canonical = None if canonical is None else canonical(self.codec)
        self.meter = meter
        self.found = Found()
        self.keys: list[Key] = [self.codec.initial]
        self.parents = array("i", [-1])
        self.stopped = ""
        self.finished = False
        self._seen: set[Key] = {self.codec.initial}
        self._program = Program(self.code, flagged=goals.actions)
        self._halts = Halts(self.labelled, meter)
        self._goals = {goal: self.code.predicate(goal) for goal in goals.states}
        self._stuck = {ended: self.code.predicate(ended) for ended in goals.ended}
        self._any_goal = self.code.any_of(self._goals) if self._goals else None
        self._expanded = 0
        self._ends = array("i", [1])

    @property
    def states(self) -> int:
        return len(self.keys)

    @property
    def transitions(self) -> int:
        """How many pairs of a state and a step that is enabled there were met."""
        return sum(self._program.found.counts)

    @property
    def depth(self) -> int:
        """The greatest distance from the initial state met so far."""
        return self.distance(len(self.keys) - 1)

    @property
    def fired(self) -> Mapping[str, int]:
        """In how many states (counting each choice of arguments) each action was enabled."""
        counts = zip(self.layout.system.actions, self._program.found.counts, strict=True)
        return {action.name: count for action, count in counts}

    @cached_property
    def labelled(self) -> Program:
        """The steps with their labels, for those few states where one asks which step it was."""
        return Program(self.code, labelled=True)

    def distance(self, number: int) -> int:
        """How many steps the shortest run to a state takes."""
        return bisect_right(self._ends, number)

    def labels(self, number: int) -> list[Label]:
        """The steps of a shortest run to a state."""
        path = [number]
        while self.parents[path[-1]] >= 0:
            path.append(self.parents[path[-1]])
        path.reverse()
        if self.canonical is not None:
            return [label for label, _ in self._concrete(path)]
        return [self._between(self.keys[before], self.keys[after]) for before, after in pairwise(path)]

    def _between(self, before: Key, after: Key) -> Label:
        return next(label for label, key in self.labelled.successors(before) if key == after)

    def _concrete(self, path: list[int]) -> list[tuple[Label, Key]]:
        """A run through the states that a path of canonical ones stands for."""
        assert self.canonical is not None
        here, run = self.codec.initial, list[tuple[Label, Key]]()
        for number in path[1:]:
            wanted, like = self.keys[number], self.canonical
            step = next(((label, key) for label, key in self.labelled.successors(here) if like(key) == wanted), None)
            if step is None:
                raise EvidenceError("a run through canonical states is none of the system")
            run.append(step)
            here = step[1]
        return run

    def _last(self, labels: list[Label], ending: Ending) -> Label | None:
        """The step of an ending; among like states, the like step of the state where the run has come to."""
        if self.canonical is None or ending.step is None:
            return ending.step
        action = ending.step[0]
        here = (visited(self.labelled, labels) or [self.codec.initial])[-1]
        taken = [label for label, _ in self.labelled.successors(here)]
        duties = self.layout.system.actions[action].obligations
        broken = [
            label
            for label, place in self.labelled.found.flags
            if ending.obligation is None or duties[place] == ending.obligation
        ]
        able = [label for label in (broken if ending.obligation else taken + broken) if label[0] == action]
        if not able:
            raise EvidenceError("the last step of a run through canonical states cannot be taken in the system")
        return min(able)

    def confirmed(self, ending: Ending) -> Confirmed:
        """The run to an ending, replayed by the reference semantics."""
        labels = self.labels(ending.state)
        step = self._last(labels, ending)
        return confirmed(self.labelled, labels if step is None else [*labels, step])

    def run(self) -> Iterator[Progress]:
        """Explore to the end or to a limit; reports now and then, and at once when something was found."""
        size = len(self.codec.initial)
        known = 0
        self._arrived(0)
        try:
            while self._expanded < len(self.keys):
                self.meter.check(len(self.keys), size)
                self._advance()
                if self.meter.due() or len(self.found) > known:
                    known = len(self.found)
                    yield self.progress("exploring")
            self.meter.check(len(self.keys), size)
        except BudgetError as met:
            self.stopped = str(met)
            return
        self.finished = True

    def progress(self, phase: str) -> Progress:
        queue = len(self.keys) - self._expanded
        return Progress(phase, self.states, self.transitions, self.depth, queue, self.meter.seconds)

    def _advance(self) -> None:
        """Expand the next states, all of one distance."""
        if self._expanded == self._ends[-1]:
            self._ends.append(len(self.keys))
        end = min(self._ends[-1], self._expanded + CHUNK)
        keys, parents, seen, found = self.keys, self.parents, self._seen, self._program.found
        expand, stuck, canonical = self._program.expand, self._stuck, self.canonical
        limit = self.meter.budget.states or sys.maxsize
        for number in range(self._expanded, end):
            self._expanded = number + 1
            found.clear()
            expand(keys[number])
            if found.flags:
                self._flagged(number)
            for result in (found.protocol, found.other):
                for key in result if canonical is None else map(canonical, result):
                    if key not in seen:
                        seen.add(key)
                        keys.append(key)
                        parents.append(number)
                        if self._any_goal is not None and self._any_goal(key):
                            self._arrived(len(keys) - 1)
            if stuck and not found.protocol:
                self._halted(number)
            if len(keys) > limit:
                return

    def _arrived(self, number: int) -> None:
        """Note the goals that a new state meets, and look for the others from here on."""
        key = self.keys[number]
        for goal in [goal for goal, holds in self._goals.items() if holds(key)]:
            self.found.states[goal] = Ending(number)
            del self._goals[goal]
        self._any_goal = self.code.any_of(self._goals) if self._goals else None

    def _flagged(self, number: int) -> None:
        for label, place in self._program.found.flags:
            action = self.layout.system.actions[label[0]]
            if place < 0:
                self.found.actions.setdefault(action.name, Ending(number, label))
            elif self.found.breach is None:
                self.found.breach = Ending(number, label, action.obligations[place])

    def _halted(self, number: int) -> None:
        """No protocol step leads on from a state; see whether any ever can."""
        if any(place >= 0 for _, place in self._program.found.flags):
            return
        key = self.keys[number]
        for ended, satisfied in list(self._stuck.items()):
            if not satisfied(key) and self._halts.for_ever(key):
                self.found.stuck[ended] = Ending(number)
                del self._stuck[ended]


@dataclass(frozen=True, slots=True)
class Statistics:
    """What an exploration counted. `stopped` names the budget that ended it; then the counts are of a part only."""

    states: int
    transitions: int
    depth: int
    fired: Mapping[str, int]
    seconds: float
    stopped: str = ""

    @property
    def finished(self) -> bool:
        return not self.stopped


def explore(system: System, scope: Scope, budget: Budget = Budget()) -> Statistics:  # noqa: B008 - frozen
    """Every reachable state, counted. Raises UnfitError for a scope that cannot hold the system."""
    search = Search(fit(system, scope), Goals(), Meter(budget))
    for _ in search.run():
        pass
    return Statistics(
        search.states, search.transitions, search.depth, search.fired, search.meter.seconds, search.stopped
    )


def find(
    system: System,
    expression: Expression,
    scope: Scope,
    budget: Budget = Budget(),  # noqa: B008 - frozen
) -> Confirmed | None:
    """A shortest run to a state that satisfies the expression.

    None if there is none, the budget was met, or the scope cannot hold the system.
    """
    try:
        search = Search(fit(system, scope), Goals(states=(expression,)), Meter(budget))
        for _ in search.run():
            if search.found.states:
                break
    except (UnfitError, OutsideError):
        return None
    ending = search.found.states.get(expression)
    return None if ending is None else search.confirmed(ending)
