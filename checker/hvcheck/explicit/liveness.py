"""`leads to`: a fair run on which the trigger is never answered, as a stem and a loop.

Such a run enters, after the trigger, the part of the state graph where the answer does not hold, and stays there.
It can be fair exactly if a strongly connected component there lets every thread instance be disabled somewhere or
take a step (a single state without steps: nothing fair is enabled in it).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from hvmodel.expression import Expression
from hvmodel.system import System

from ..engine import Progress
from ..verdict import Confirmed
from .codegen import Key, Label, Program
from .exploration import Exploration
from .lasso import Claimed, Lasso, path

Instance = tuple[object, ...]
"""A thread with the codes of its parameters, or a fair action without a thread with those of its own."""


def instance(system: System, label: Label) -> Instance | None:
    """What a step owes its fairness to; None if it is not fair."""
    action = system.actions[label[0]]
    if not action.fair:
        return None
    thread = system.thread.get(action.thread)
    if thread is None:
        return ("action", action.name, *label[1:])
    return ("thread", thread.name, *label[1 : 1 + len(thread.parameters)])


@dataclass
class Region:
    """The states after a trigger and before an answer, numbered by their distance from the initial state.

    The steps of node `n` are those from `first[n]` to `first[n + 1]`: `target` is a node, `label` a step.
    `origin` is the node and `entry` the searched state from which a node was reached (-1: not so).
    """

    keys: list[Key] = field(default_factory=list)
    origin: array[int] = field(default_factory=lambda: array("i"))
    entry: array[int] = field(default_factory=lambda: array("i"))
    first: array[int] = field(default_factory=lambda: array("i", [0]))
    target: array[int] = field(default_factory=lambda: array("i"))
    mover: array[int] = field(default_factory=lambda: array("i"))
    enabled: list[frozenset[int]] = field(default_factory=list)

    def edges(self, node: int) -> range:
        return range(self.first[node], self.first[node + 1])


class Liveness:
    """Looks for a fair run that breaks one `leads to`, in a search that has finished."""

    def __init__(self, search: Exploration, trigger: Expression, answer: Expression) -> None:
        self.search = search
        self.program: Program = search.labelled
        triggered, answered = search.code.predicate(trigger), search.code.predicate(answer)
        self.claimed = Claimed(self.program, self.mover, triggered, answered, search.canonical)
        self.region = Region()
        self._instances: dict[Instance, int] = {}
        self._movers: dict[Label, int] = {}

    def run(self) -> Iterator[Progress | Confirmed]:
        """Progress, then the violation if there is one. Raises BudgetError."""
        yield from self._explore()
        component = self._fair_component()
        if component is not None:
            yield self._violation(component)

    def mover(self, label: Label) -> int:
        """The number of the instance whose fairness a step serves, or -1."""
        number = self._movers.get(label)
        if number is None:
            owed = instance(self.program.system, label)
            number = -1 if owed is None else self._instances.setdefault(owed, len(self._instances))
            self._movers[label] = number
        return number

    def _explore(self) -> Iterator[Progress]:
        """Gather the region, level by level from the initial state."""
        region, index = self.region, dict[Key, int]()
        starts = self._starts()
        sets: dict[frozenset[int], frozenset[int]] = {}
        start = next(starts, None)
        depth, done, level_end = 0, 0, 0
        while start is not None or done < len(region.keys):
            if done == level_end:
                depth = self.search.distance(start) if start is not None and done == len(region.keys) else depth + 1
                while start is not None and self.search.distance(start) <= depth:
                    self._enter(index, self.search.keys[start], -1, start)
                    start = next(starts, None)
                level_end = len(region.keys)
            while done < level_end:
                fair = self._expand(index, done)
                region.enabled.append(sets.setdefault(fair, fair))
                done += 1
                if done % 128 == 0:
                    self.search.meter.check(self.search.states, len(self.search.codec.initial))
                    if self.search.meter.due():
                        yield self.search.progress("fairness")

    def _starts(self) -> Iterator[int]:
        for number, key in enumerate(self.search.keys):
            if self.claimed.triggered(key) and not self.claimed.answered(key):
                yield number

    def _enter(self, index: dict[Key, int], key: Key, origin: int, entry: int) -> int:
        node = index.get(key)
        if node is None:
            node = index[key] = len(self.region.keys)
            self.region.keys.append(key)
            self.region.origin.append(origin)
            self.region.entry.append(entry)
        return node

    def _expand(self, index: dict[Key, int], node: int) -> frozenset[int]:
        """Add the steps of a node; gives the instances with a fair step there, staying in the region or not."""
        region = self.region
        steps = self.claimed.successors(region.keys[node])
        enabled = self.claimed.enabled(steps)
        for label, key in steps:
            if key in index or not self.claimed.answered(key):
                region.target.append(self._enter(index, key, node, -1))
                region.mover.append(self.mover(label))
        region.first.append(len(region.target))
        return enabled

    def _fair_component(self) -> list[int] | None:
        """Of the components in which a run can stay and be fair, the one that is reached first."""
        best: list[int] | None = None
        for component in components(self.region):
            if best is None or min(component) < best[0]:
                members = set(component)
                owing = frozenset.intersection(*(self.region.enabled[node] for node in component))
                taken = {
                    self.region.mover[edge]
                    for node in component
                    for edge in self.region.edges(node)
                    if self.region.target[edge] in members
                }
                if owing <= taken:
                    best = sorted(component)
        return best

    def _violation(self, component: list[int]) -> Confirmed:
        members = Members(self.region, component)
        return Lasso(self.claimed).run(self._stem(component[0]), members, self.region.keys.__getitem__)

    def _stem(self, node: int) -> list[Label]:
        nodes = list(path(node, self.region.origin.__getitem__))
        keys = [self.region.keys[node] for node in nodes]
        labels = self.search.labels(self.region.entry[nodes[0]])
        return labels + [self.claimed.between(before, after) for before, after in pairwise(keys)]


class Members:
    """A component of a region."""

    def __init__(self, region: Region, nodes: list[int]) -> None:
        self._region = region
        self._nodes = frozenset(nodes)
        self.start = min(nodes)

    def enabled(self, state: int) -> frozenset[int]:
        return self._region.enabled[state]

    def inside(self, state: int) -> Iterator[tuple[int, int]]:
        region = self._region
        for edge in region.edges(state):
            if region.target[edge] in self._nodes:
                yield region.target[edge], region.mover[edge]


def components(region: Region) -> Iterator[list[int]]:
    """The strongly connected components (Tarjan's algorithm, without recursion)."""
    total = len(region.keys)
    order, low = array("i", [-1]) * total, array("i", [0]) * total
    on_stack, stack, count = bytearray(total), list[int](), 0
    for root in range(total):
        if order[root] >= 0:
            continue
        work = [(root, region.first[root])]
        while work:
            node, position = work.pop()
            if order[node] < 0:
                order[node] = low[node] = count
                count += 1
                stack.append(node)
                on_stack[node] = 1
            descended = False
            for edge in range(position, region.first[node + 1]):
                after = region.target[edge]
                if order[after] < 0:
                    work += [(node, edge), (after, region.first[after])]
                    descended = True
                    break
                if on_stack[after]:
                    low[node] = min(low[node], low[after])
            if not descended and low[node] == order[node]:
                component = _popped(stack, node)
                for member in component:
                    on_stack[member] = 0
                yield component


def _popped(stack: list[int], last: int) -> list[int]:
    place = len(stack) - 1
    while stack[place] != last:
        place -= 1
    component = stack[place:]
    del stack[place:]
    return component
