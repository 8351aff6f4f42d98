"""A finished or stopped search of the reference engine, as the look for unfair runs wants to see one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hvcheck.engine import Budget, Progress
from hvcheck.explicit.codegen import Code, Key, Label, Program
from hvcheck.explicit.codes import fit
from hvcheck.explicit.fairness import NOBODY, NOWHERE, Instances, Steps, instances
from hvcheck.explicit.meter import Meter
from hvcheck.explicit.search import Goals, Search
from hvmodel.expression import Expression
from hvmodel.system import Scope, System


@dataclass(frozen=True)
class Reference:
    search: Search

    @property
    def code(self) -> Code:
        return self.search.code

    @property
    def labelled(self) -> Program:
        return self.search.labelled

    @property
    def meter(self) -> Meter:
        return self.search.meter

    def key(self, number: int) -> Key:
        return self.search.keys[number]

    def labels(self, number: int) -> list[Label]:
        return self.search.labels(number)

    def progress(self, phase: str) -> Progress:
        return self.search.progress(phase)

    @property
    def states(self) -> int:
        return self.search.states

    @property
    def expanded(self) -> int:
        return self.search._expanded

    @property
    def transitions(self) -> int:
        return self.search.transitions

    @property
    def ends(self) -> list[int]:
        ends = [end for end in self.search._ends if end < self.states]
        return [*ends, self.states]

    @cached_property
    def instances(self) -> Instances:
        return instances(self.search.codec)

    @cached_property
    def _numbers(self) -> dict[Key, int]:
        return {key: number for number, key in enumerate(self.search.keys)}

    def satisfying(self, expression: Expression) -> NDArray[np.bool_]:
        holds = self.search.code.predicate(expression)
        return np.array([bool(holds(key)) for key in self.search.keys])

    def steps(self, begin: int, end: int) -> Steps:
        counts, target, mover = [], [], []
        for number in range(begin, end):
            steps = [(label, self._numbers[key]) for label, key in self.labelled.successors(self.key(number))]
            steps += [(label, NOWHERE) for label, _ in self.labelled.found.flags]
            counts.append(len(steps))
            target += [after for _, after in steps]
            mover += [self.instances.mover(label) % (NOBODY + 1) for label, _ in steps]
        return Steps(np.array(counts, np.uint32), np.array(target, np.uint32), np.array(mover, np.uint16))


def searched(system: System, scope: Scope, budget: Budget = Budget()) -> Reference:  # noqa: B008 - frozen
    search = Search(fit(system, scope), Goals(), Meter(budget))
    for _ in search.run():
        pass
    return Reference(search)
