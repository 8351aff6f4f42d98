"""What runs have shown of a system: its edges in a scope, which of them were seen, and which are missing by name.

An edge is an action together with a location of the protocol at which it was taken. For a protocol's own action that is
where its thread rests; for a guest's write, a fault or a deadline, every location at which a thread is at work then.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import field
from functools import cached_property
from typing import TypeAlias

from hvmodel.dataclass import dataclass
from hvmodel.semantics import Step
from hvmodel.state import Layout, State, values
from hvmodel.system import IDLE
from hvmodel.types import Value

from ..engine import Budget
from ..explicit.codegen import Code, Key, Label, OutsideError, Program
from ..explicit.codes import Codec, UnfitError, fit
from ..explicit.meter import BudgetError, Meter

NOWHERE = "no thread is at work"
"""The location of a step that is taken before a protocol has begun or after all have ended."""

EDGE_BUDGET = Budget(states=300_000)
"""How far a system is explored for its edges; beyond it `Edges.stopped` says that there may be more."""


_Met: TypeAlias = tuple[int, int, tuple[int, ...]]
"""An action's number, the cell of its thread's location (-1: all of them), and the codes found there."""


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """An action taken while a thread was at `location`, given as `THREAD: LOCATION` (or `NOWHERE`)."""

    action: str
    location: str

    def __str__(self) -> str:
        return self.action if self.action.startswith(f"{self.location} ~") else f"{self.action} at {self.location}"


@dataclass(frozen=True, slots=True)
class Edges:
    """The edges that a system has in a scope. `stopped` names the budget that ended the search; "": these are all."""

    edges: frozenset[Edge]
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which edges were seen. An edge seen that the (stopped) search had not met counts as known, too."""

    known: Edges
    seen: frozenset[Edge] = frozenset()

    @property
    def complete(self) -> bool:
        """Whether every edge that there is was seen; never so when the search for them was stopped."""
        return not self.known.stopped and not self.missing

    @property
    def edges(self) -> frozenset[Edge]:
        return self.known.edges | self.seen

    @property
    def missing(self) -> tuple[Edge, ...]:
        return tuple(sorted(self.edges - self.seen))

    @property
    def share(self) -> float:
        """The part that was seen, 0 to 1; 0 where there is nothing to see."""
        return len(self.seen) / len(self.edges) if self.edges else 0.0

    def __str__(self) -> str:
        doubt = f" or more ({self.known.stopped})" if self.known.stopped else ""
        return f"{len(self.seen)} of {len(self.edges)}{doubt} edges"


@dataclass(frozen=True)
class Controls:
    """Reads off a state where the threads of a system are."""

    layout: Layout
    _around: dict[tuple[str, tuple[Value, ...]], frozenset[Edge]] = field(default_factory=dict, compare=False)

    @cached_property
    def cells(self) -> tuple[int, ...]:
        """The places of all threads' locations in a state."""
        controls = {thread.control for thread in self.layout.system.threads}
        return tuple(i for i, (function, _) in enumerate(self.layout.cells) if function.name in controls)

    @cached_property
    def _names(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """For each of `cells` its thread, and the locations at which that only waits for others."""
        threads = {thread.control: thread.name for thread in self.layout.system.threads}
        waits: dict[str, set[str]] = {}
        for thread in self.layout.system.threads:
            waits.setdefault(thread.parent, set()).add(thread.waits)
        names = (threads[self.layout.cells[i][0].name] for i in self.cells)
        return tuple((name, frozenset({IDLE, *waits.get(name, ())})) for name in names)

    def home(self, step: Step) -> int | None:
        """The place of the location of the thread that a step moves; None for a step of no thread."""
        system = self.layout.system
        thread = system.thread.get(system.action[step.action].thread)
        if thread is None:
            return None
        return self.layout.index[thread.control, step.arguments[: len(thread.parameters)]]

    def edges(self, state: State, step: Step) -> frozenset[Edge]:
        """The edges that a step from `state` takes; never empty."""
        home = self.home(step)
        if home is None:
            return self.around(step.action, tuple(state.values[cell] for cell in self.cells))
        return frozenset({self.inside(step.action, state.values[home])})

    def inside(self, action: str, at: Value) -> Edge:
        """The edge of a thread's action at this location of its thread."""
        return Edge(action, f"{self.layout.system.action[action].thread}: {at}")

    def around(self, action: str, values: tuple[Value, ...]) -> frozenset[Edge]:
        """The edges of an action of no thread, at these values of `cells`."""
        if (action, values) not in self._around:
            placed = zip(self._names, values, strict=True)
            working = [f"{thread}: {at}" for (thread, quiet), at in placed if at not in quiet]
            self._around[action, values] = frozenset(Edge(action, at) for at in working or [NOWHERE])
        return self._around[action, values]


class EdgeMap:
    """Every edge of a system in a scope (or as many as the budget allows), and a shortest run that takes each."""

    def __init__(self, layout: Layout, budget: Budget = EDGE_BUDGET) -> None:
        self._codec = Codec(layout)
        self._controls = Controls(layout)
        self._homes: dict[Label, int | None] = {}
        self._parents: dict[Key, tuple[Key, Label] | None] = {}
        self._met: dict[_Met, tuple[Key, Label]] = {}
        self._first: dict[Edge, tuple[Key, Label]] = {}
        try:
            fit(layout.system, layout.scope)
            self._program = Program(Code(self._codec), labelled=True)
            stopped = self._explore(Meter(budget))
        except (UnfitError, OutsideError) as error:
            stopped = str(error)
        for met, found in self._met.items():
            for edge in self._edges(met):
                self._first.setdefault(edge, found)
        self.known = Edges(frozenset(self._first), stopped)

    def run_to(self, edge: Edge) -> tuple[Step, ...]:
        """A shortest run whose last step takes the edge. Raises KeyError for an edge that is not known."""
        return self._run(self._first[edge])

    def run_to_state(self, state: State) -> tuple[Step, ...] | None:
        """A shortest run to a state; None for one that the search has not met."""
        key = self._codec.encode(state) if self._parents else b""
        return self._run(self._parents[key]) if key in self._parents else None

    def _run(self, last: tuple[Key, Label] | None) -> tuple[Step, ...]:
        labels: list[Label] = []
        while last is not None:
            labels.append(last[1])
            last = self._parents[last[0]]
        return tuple(map(self._program.step, reversed(labels)))

    def _explore(self, meter: Meter) -> str:
        """Visit states breadth first, noting of each step its action and where the threads were."""
        self._parents[self._codec.initial] = None
        frontier: list[Key] = [self._codec.initial]
        try:
            while frontier:
                frontier = self._expand(frontier, meter)
        except BudgetError as met:
            return str(met)
        return ""

    def _expand(self, frontier: list[Key], meter: Meter) -> list[Key]:
        after: list[Key] = []
        cells, homes, parents = self._controls.cells, self._homes, self._parents
        for number, key in enumerate(frontier):
            if number % 128 == 0:
                meter.check(len(parents), len(key))
            codes = array(self._codec.typecode, key)
            where = tuple(codes[cell] for cell in cells)
            for label, reached in self._program.successors(key):
                if label not in homes:
                    homes[label] = self._controls.home(self._program.step(label))
                home = homes[label]
                met = (label[0], -1, where) if home is None else (label[0], home, (codes[home],))
                self._met.setdefault(met, (key, label))
                if reached not in parents:
                    parents[reached] = (key, label)
                    after.append(reached)
        return after

    def _edges(self, met: _Met) -> Iterable[Edge]:
        action, home, codes = met
        layout, controls = self._codec.layout, self._controls
        name = layout.system.actions[action].name
        cells = controls.cells if home < 0 else (home,)
        types = (layout.cells[cell][0].range for cell in cells)
        found = tuple(values(type_, layout.scope)[code] for type_, code in zip(types, codes, strict=True))
        return controls.around(name, found) if home < 0 else (controls.inside(name, found[0]),)
