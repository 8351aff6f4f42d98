"""The steps of a search as the reference engine finds them, for the look for unfair runs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hvcheck.engine import Budget
from hvcheck.explicit.codegen import Key
from hvcheck.explicit.codes import fit
from hvcheck.explicit.compiled.graph import CompiledSteps
from hvcheck.explicit.compiled.search import CompiledSearch
from hvcheck.explicit.exploration import Exploration, Goals
from hvcheck.explicit.explored import NOBODY, NOWHERE, Steps
from hvcheck.explicit.fairness import Unanswered
from hvcheck.explicit.instances import Instances, instances
from hvcheck.explicit.meter import Meter
from hvcheck.explicit.search import Search
from hvmodel.expression import Expression
from hvmodel.system import Property, Scope, System

SomeSearch = TypeVar("SomeSearch", Search, CompiledSearch)


class ReferenceSteps:
    """Any search, asked in the plainest way."""

    def __init__(self, search: Exploration) -> None:
        self.search = search

    @cached_property
    def instances(self) -> Instances:
        return instances(self.search.codec)

    @cached_property
    def _numbers(self) -> dict[Key, int]:
        return {key: number for number, key in enumerate(self.search.keys)}

    def satisfying(self, expression: Expression) -> NDArray[np.bool_]:
        holds = self.search.code.predicate(expression)
        return np.array([bool(holds(key)) for key in self.search.keys])

    def steps(self) -> Iterator[Steps]:
        program = self.search.labelled
        for number in range(self.search.expanded):
            steps = [(label, self._numbers[key]) for label, key in program.successors(self.search.keys[number])]
            steps += [(label, NOWHERE) for label, _ in program.found.flags]
            source = np.full(len(steps), number, np.int32)
            mover = [self.instances.mover(label) % (NOBODY + 1) for label, _ in steps]
            yield Steps(source, np.array([after for _, after in steps], np.uint32), np.array(mover, np.uint16))


def searched(system: System, scope: Scope, budget: Budget = Budget()) -> Search:  # noqa: B008 - frozen
    """A search by the reference engine, to its end or to the budget."""
    return _run(Search(fit(system, scope), Goals(), Meter(budget)))


def compiled(system: System, scope: Scope, budget: Budget = Budget(), unroll: int = 64) -> CompiledSearch:  # noqa: B008
    """The same by the compiled engine."""
    return _run(CompiledSearch(fit(system, scope), Goals(), Meter(budget), unroll))


def _run(search: SomeSearch) -> SomeSearch:
    for _ in search.run():
        pass
    return search


def plainly(search: Exploration, claims: list[Property]) -> Unanswered:
    """The kernel on what the reference engine says of the steps."""
    return Unanswered(search, ReferenceSteps(search), claims)


def natively(search: CompiledSearch, claims: list[Property]) -> Unanswered:
    """The kernel on what the compiled engine says of them."""
    return Unanswered(search, CompiledSteps(search.machine, instances(search.codec)), claims)
