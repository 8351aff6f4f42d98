"""What every search of a scope offers, whichever engine made it, and what it looks for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from hvmodel.dataclass import dataclass
from hvmodel.expression import Expression
from hvmodel.state import Layout, State
from hvmodel.system import Obligation
from hvmodel.trace import Trace

from ..engine import Progress
from ..verdict import Confirmed, EvidenceError, confirm
from .codegen import Code, Key, Label, Program
from .codes import Codec
from .likeness import EXACT, Canonical, Likeness, canonical_keys
from .meter import Meter, resident
from .runs import confirmed, visited

if TYPE_CHECKING:
    from .explored import Explored


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


class Exploration(ABC):
    """One exploration of a system in a scope, breadth first from the initial state.

    `stopped` says which budget ended the search, and `finished` that none did; `note` says why it is not a faster one.
    With a `likeness` it finds one of each set of like states; distances and runs stay exact.
    """

    def __init__(self, layout: Layout, meter: Meter, unroll: int = 64, likeness: Likeness = EXACT) -> None:
        self.layout = layout
        self.codec = Codec(layout)
        self.code = Code(self.codec, unroll)
        self.canonical = canonical_keys(likeness, self.codec.typecode) if likeness else None
        self.meter = meter
        self.found = Found()
        self.stopped = ""
        self.note = ""
        self.finished = False
        self._states: dict[int, State] = {}

    @property
    @abstractmethod
    def keys(self) -> Sequence[Key]:
        """The states found, in the order in which they were; the first is the initial one."""

    @property
    @abstractmethod
    def parents(self) -> Sequence[int]:
        """For each state the number of the one it was first reached from; -1 for the initial one."""

    @property
    @abstractmethod
    def expanded(self) -> int:
        """How many states, from the first, have been asked for their steps."""

    @property
    @abstractmethod
    def fired(self) -> Mapping[str, int]:
        """In how many states (counting each choice of arguments) each action was enabled."""

    @abstractmethod
    def distance(self, number: int) -> int:
        """How many steps the shortest run to a state takes."""

    @abstractmethod
    def run(self) -> Iterator[Progress]:
        """Explore to the end or to a limit; reports now and then, and at once when something was found.

        Raises OutsideError when a step or a goal meets a value out of its range.
        """

    def explored(self) -> Explored | None:
        """The states and steps at native speed, once the search has ended; None if it cannot give them so."""
        return None

    @property
    def states(self) -> int:
        return len(self.keys)

    @property
    def transitions(self) -> int:
        """How many pairs of a state and a step that is enabled there were met."""
        return sum(self.fired.values())

    @property
    def depth(self) -> int:
        """The greatest distance from the initial state met so far."""
        return self.distance(self.states - 1)

    @cached_property
    def labelled(self) -> Program:
        """The steps with their labels, for those few states where one asks which step it was."""
        return Program(self.code, labelled=True)

    def labels(self, number: int) -> list[Label]:
        """The steps of a shortest run to a state."""
        path = self._path(number)
        return self._through(path, self.canonical) if self.canonical is not None else self.steps_along(path)

    def _path(self, number: int) -> list[int]:
        """The states on the way to a state, from the initial one on, by number."""
        path = [number]
        while (before := int(self.parents[path[-1]])) >= 0:
            path.append(before)
        return path[::-1]

    def steps_along(self, path: Sequence[int]) -> list[Label]:
        """The steps between states that were each reached from the one before; each is the first that leads there."""
        keys = [self.keys[state] for state in path]
        return [self._between(before, after) for before, after in pairwise(keys)]

    def _between(self, before: Key, after: Key) -> Label:
        return next(label for label, key in self.labelled.successors(before) if key == after)

    def _through(self, path: list[int], canonical: Canonical) -> list[Label]:
        """A run from the initial state through states like those of a path."""
        here, labels = self.codec.initial, list[Label]()
        for number in path[1:]:
            like = canonical(self.keys[number])
            step = next((step for step in self.labelled.successors(here) if canonical(step[1]) == like), None)
            if step is None:
                raise EvidenceError("a run through states taken for alike is none of the system")
            labels.append(step[0])
            here = step[1]
        return labels

    def last(self, labels: list[Label], ending: Ending) -> Label | None:
        """The step of an ending as it is taken where a run has come to."""
        if self.canonical is None or ending.step is None:
            return ending.step
        here = (visited(self.labelled, labels) or [self.codec.initial])[-1]
        action, duty = ending.step[0], ending.obligation
        duties = self.layout.system.actions[action].obligations
        able = [label for label, _ in self.labelled.successors(here) if duty is None and label[0] == action]
        flags = [(label, place) for label, place in self.labelled.found.flags if label[0] == action and place >= 0]
        able += [label for label, place in flags if duty in (None, duties[place])]
        if not able:
            raise EvidenceError("the last step of a run through states taken for alike is none of the system")
        return min(able)

    def confirmed(self, ending: Ending) -> Confirmed:
        """The run to an ending, replayed by the reference semantics."""
        if self.canonical is None and ending.step is None:
            return self._found(ending.state)
        labels = self.labels(ending.state)
        step = self.last(labels, ending)
        return confirmed(self.labelled, labels if step is None else [*labels, step])

    def _found(self, number: int) -> Confirmed:
        """The run to a state with the states that the search found on the way."""
        path = self._path(number)
        steps = tuple(map(self.labelled.step, self.steps_along(path)))
        return confirm(self.layout, Trace(tuple(map(self._state, path)), steps))

    def _state(self, number: int) -> State:
        if number not in self._states:
            self._states[number] = self.codec.decode(self.keys[number])
        return self._states[number]

    def progress(self, phase: str) -> Progress:
        queue = self.states - self.expanded
        phase = f"{phase} (reference engine: {self.note})" if self.note else phase
        spent = tuple(self.spent().items())
        counted = (self.states, self.transitions, self.depth, queue, self.meter.seconds)
        return Progress(phase, *counted, memory=resident() or 0, spent=spent)

    def spent(self) -> Mapping[str, float]:
        """Seconds of the parts of the work that can be told apart."""
        return self.meter.spent
