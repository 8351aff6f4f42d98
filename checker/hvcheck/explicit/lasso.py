"""The run that shows an unanswered trigger: a stem, then a loop that gives every instance its due, made short."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from hvmodel.dataclass import dataclass

from ..verdict import Confirmed
from .codegen import Key, Label, Program
from .likeness import Canonical
from .runs import confirmed

Ring = list[tuple[int, int, int]]
"""Steps one after another: the states before and after, by number, and the instance whose fairness is served."""


class Component(Protocol):
    """States, by number, among which a run can go round for ever and be fair."""

    @property
    def start(self) -> int: ...

    def enabled(self, state: int) -> frozenset[int]:
        """The instances with a fair step in a member, inside the component or not."""
        ...

    def inside(self, state: int) -> Iterable[tuple[int, int]]:
        """The steps of a member to members: where to, and the instance that is served (-1: none)."""
        ...


def ring(component: Component) -> Ring:
    """From the start of a component round to it again, giving every instance its due; may be empty."""
    start = here = component.start
    owing, taken = set(component.enabled(start)), Ring()
    if not owing:
        return taken
    while owing or here != start:
        for before, after, mover in _way(component, here, owing):
            taken.append((before, after, mover))
            owing &= component.enabled(after)
            owing.discard(mover)
            here = after
    return taken


def _way(component: Component, here: int, owing: set[int]) -> Ring:
    """The nearest steps that pay something owed, or else lead back to the start."""
    came: dict[int, tuple[int, int, int]] = {}
    queue = deque((here,))
    while queue:
        state = queue.popleft()
        for after, mover in component.inside(state):
            pays = mover in owing or not owing <= component.enabled(after)
            if pays if owing else after == component.start:
                way = [(state, after, mover)]
                while way[-1][0] != here:
                    way.append(came[way[-1][0]])
                return way[::-1]
            if after not in came and after != here:
                came[after] = (state, after, mover)
                queue.append(after)
    raise AssertionError("a component is strongly connected")


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a lasso must show, in the terms of the generated code: fair by `mover`, a trigger without an answer.

    `canonical` gives the state that stands for those like it, which can take the same steps.
    """

    program: Program
    mover: Callable[[Label], int]
    triggered: Callable[[Key], bool]
    answered: Callable[[Key], bool]
    canonical: Canonical | None = None

    def enabled(self, steps: Iterable[tuple[Label, Key]]) -> frozenset[int]:
        """The instances with a fair step where just these steps were found, or one that breaks an obligation."""
        labels = [*(label for label, _ in steps), *(label for label, _ in self.program.found.flags)]
        return frozenset(map(self.mover, labels)) - {-1}

    def between(self, before: Key, after: Key, mover: int | None = None) -> Label:
        """A step between two states, by a given instance if one is asked for."""
        # A search may set back less than `canonical` does: what it found need not stand for itself.
        wanted = after if self.canonical is None else self.canonical(after)
        return next(
            label for label, key in self.successors(before) if key == wanted and mover in (None, self.mover(label))
        )

    def successors(self, before: Key) -> list[tuple[Label, Key]]:
        """The steps of a state, and the states that stand for those after."""
        steps = self.program.successors(before)
        return steps if self.canonical is None else [(label, self.canonical(key)) for label, key in steps]


class Lasso:
    """Makes the run, and shortens it until no single step can be left out."""

    def __init__(self, claimed: Claimed) -> None:
        self._claimed = claimed
        self._known: dict[Key, tuple[dict[Label, Key], frozenset[int]]] = {}

    def run(self, stem: list[Label], component: Component, key: Callable[[int], Key]) -> Confirmed:
        """The run along a stem and round a component, as short as it can be, confirmed by the reference."""
        turn = [self._claimed.between(key(before), key(after), mover) for before, after, mover in ring(component)]
        if self._claimed.canonical is not None and not self._violates([*stem, *turn], len(stem)):
            # A value that nobody reads may differ after the first turn: what a turn writes it writes every time.
            stem = [*stem, *turn]
        labels, loop = self.shortened([*stem, *turn], len(stem))
        return confirmed(self._claimed.program, labels, loop)

    def shortened(self, labels: list[Label], loop: int) -> tuple[list[Label], int]:
        position = 0
        while position < len(labels):
            rest, turn = labels[:position] + labels[position + 1 :], loop - (position < loop)
            if self._violates(rest, turn):
                labels, loop, position = rest, turn, 0
            else:
                position += 1
        return labels, loop

    def _steps(self, key: Key) -> tuple[dict[Label, Key], frozenset[int]]:
        known = self._known.get(key)
        if known is None:
            steps = self._claimed.program.successors(key)
            known = self._known[key] = (dict(steps), self._claimed.enabled(steps))
        return known

    def _violates(self, labels: Sequence[Label], loop: int) -> bool:
        """Whether the steps are a fair run on which a trigger is never answered."""
        keys = [self._claimed.program.codec.initial]
        for label in labels:
            after = self._steps(keys[-1])[0].get(label)
            if after is None:
                return False
            keys.append(after)
        if keys[loop] != keys[-1] or not self._unanswered(keys, loop):
            return False
        enabled = [self._steps(key)[1] for key in keys[loop:]]
        return frozenset.intersection(*enabled) <= set(map(self._claimed.mover, labels[loop:]))

    def _unanswered(self, keys: Sequence[Key], loop: int) -> bool:
        if any(map(self._claimed.answered, keys[loop:])):
            return False
        for key in reversed(keys):
            if self._claimed.answered(key):
                return False
            if self._claimed.triggered(key):
                return True
        return False


def path(last: int, before: Callable[[int], int]) -> Iterator[int]:
    """The states on the way to a state, the first of them first; `before` gives -1 at the first."""
    way = [last]
    while (previous := before(way[-1])) >= 0:
        way.append(previous)
    return reversed(way)
