"""`leads to`: a fair run on which the trigger is never answered, as a stem and a loop.

Such a run enters, after the trigger, the part of the state graph where the answer does not hold, and stays there.
It can be fair exactly if a strongly connected component there lets every thread instance be disabled somewhere or
take a step (a single state without steps: nothing fair is enabled in it).
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from hvmodel.expression import Expression
from hvmodel.system import System

from ..engine import Progress
from ..verdict import Confirmed
from .codegen import Key, Label, Program
from .exploration import Exploration
from .runs import confirmed

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
        self.triggered: Callable[[Key], bool] = search.code.predicate(trigger)
        self.answered: Callable[[Key], bool] = search.code.predicate(answer)
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
            if self.triggered(key) and not self.answered(key):
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
        steps = self.program.successors(region.keys[node])
        enabled = self.enabled(steps)
        for label, key in steps:
            if key in index or not self.answered(key):
                region.target.append(self._enter(index, key, node, -1))
                region.mover.append(self.mover(label))
        region.first.append(len(region.target))
        return enabled

    def enabled(self, steps: Iterable[tuple[Label, Key]]) -> frozenset[int]:
        """The instances with a fair step where just these steps were found, or one that breaks an obligation."""
        labels = [*(label for label, _ in steps), *(label for label, _ in self.program.found.flags)]
        return frozenset(map(self.mover, labels)) - {-1}

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
        stem = self._stem(component[0])
        labels, loop = Lasso(self).shortened([*stem, *self._loop(component)], len(stem))
        return confirmed(self.program, labels, loop)

    def _stem(self, node: int) -> list[Label]:
        path = [node]
        while self.region.origin[path[-1]] >= 0:
            path.append(self.region.origin[path[-1]])
        path.reverse()
        labels = self.search.labels(self.region.entry[path[0]])
        return labels + [self._label(before, after) for before, after in pairwise(path)]

    def _label(self, before: int, after: int, mover: int | None = None) -> Label:
        """A step between two nodes, by a given instance if one is asked for."""
        goal = self.region.keys[after]
        return next(
            label
            for label, key in self.program.successors(self.region.keys[before])
            if key == goal and mover in (None, self.mover(label))
        )

    def _loop(self, component: list[int]) -> list[Label]:
        """From the first node of a component round to it again, giving every instance its due."""
        region, start = self.region, component[0]
        owing = set(region.enabled[start])
        if not owing:
            return []
        members, here, labels = set(component), start, list[Label]()
        while owing or here != start:
            for before, edge in self._way(members, here, owing, start):
                after, mover = region.target[edge], region.mover[edge]
                labels.append(self._label(before, after, mover))
                owing &= region.enabled[after]
                owing.discard(mover)
                here = after
        return labels

    def _way(self, members: set[int], here: int, owing: set[int], start: int) -> list[tuple[int, int]]:
        """The nearest steps that pay something owed, or else lead back to the start: nodes and edges."""
        region = self.region
        came: dict[int, tuple[int, int]] = {}
        queue = deque((here,))
        while queue:
            node = queue.popleft()
            for edge in region.edges(node):
                after = region.target[edge]
                if after not in members:
                    continue
                pays = region.mover[edge] in owing or not owing <= region.enabled[after]
                if pays if owing else after == start:
                    way = [(node, edge)]
                    while way[-1][0] != here:
                        way.append(came[way[-1][0]])
                    return way[::-1]
                if after not in came and after != here:
                    came[after] = (node, edge)
                    queue.append(after)
        raise AssertionError("a component is strongly connected")


class Lasso:
    """Shortens a violation until no single step can be left out."""

    def __init__(self, liveness: Liveness) -> None:
        self._liveness = liveness
        self._known: dict[Key, tuple[dict[Label, Key], frozenset[int]]] = {}

    def shortened(self, labels: list[Label], loop: int) -> tuple[list[Label], int]:
        position = 0
        while position < len(labels):
            rest, turn = labels[:position] + labels[position + 1 :], loop - (position < loop)
            if self._violates(rest, turn):
                labels, loop, position = rest, turn, 0
            else:
                position += 1
        return labels, loop

    def _after(self, key: Key) -> dict[Label, Key]:
        return self._steps(key)[0]

    def _steps(self, key: Key) -> tuple[dict[Label, Key], frozenset[int]]:
        known = self._known.get(key)
        if known is None:
            steps = self._liveness.program.successors(key)
            known = self._known[key] = (dict(steps), self._liveness.enabled(steps))
        return known

    def _violates(self, labels: list[Label], loop: int) -> bool:
        """Whether the steps are a fair run on which a trigger is never answered."""
        keys = [self._liveness.search.codec.initial]
        for label in labels:
            after = self._after(keys[-1]).get(label)
            if after is None:
                return False
            keys.append(after)
        if keys[loop] != keys[-1] or not self._unanswered(keys, loop):
            return False
        enabled = [self._steps(key)[1] for key in keys[loop:]]
        return frozenset.intersection(*enabled) <= set(map(self._liveness.mover, labels[loop:]))

    def _unanswered(self, keys: list[Key], loop: int) -> bool:
        if any(map(self._liveness.answered, keys[loop:])):
            return False
        for key in reversed(keys):
            if self._liveness.answered(key):
                return False
            if self._liveness.triggered(key):
                return True
        return False


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
