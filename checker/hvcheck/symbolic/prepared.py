"""A system made ready for proofs: without budgets, everything named apart, obligations worked out once."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from hvmodel.system import Action, Property, System

from .budgets import without_budgets
from .conjunct import Conjunct, candidates, claimed, lemmas
from .naming import Names
from .obligation import Obligation, follows, initially, preserved


class Prepared:
    """What is the same for all claims about one system."""

    def __init__(self, system: System) -> None:
        self._names = Names(system)
        functions = tuple(map(self._names.function, system.functions))
        self.system = replace(without_budgets(system), functions=functions)
        self._conjuncts: dict[tuple[str, str], Conjunct] = {}
        self._steps: dict[str, tuple[Obligation, ...]] = {}

    @cached_property
    def actions(self) -> dict[str, Action]:
        return {action.name: self._names.action(action) for action in self.system.actions}

    @cached_property
    def candidates(self) -> tuple[Conjunct, ...]:
        return tuple(map(self._apart, candidates(self.system)))

    def claim(self, claim: Property) -> Conjunct:
        return self._apart(claimed(self.system, claim))

    def lemmas(self, claim: Property) -> tuple[Conjunct, ...]:
        return tuple(map(self._apart, lemmas(self.system, claim)))

    def induction(self, conjunct: Conjunct) -> tuple[Obligation, ...]:
        """That the conjunct holds initially and that every action which could notice it preserves it."""
        if conjunct.name not in self._steps:
            steps = (preserved(conjunct, action) for action in self.actions.values())
            self._steps[conjunct.name] = (initially(self.system, conjunct), *filter(None, steps))
        return self._steps[conjunct.name]

    def implication(self, conjunct: Conjunct) -> Obligation:
        """That the conjunct holds wherever the others do: then it needs no induction of its own."""
        return follows(conjunct)

    def _apart(self, conjunct: Conjunct) -> Conjunct:
        """Named apart once and for all; the name of a conjunct says what it means."""
        key = conjunct.name, conjunct.origin
        if key not in self._conjuncts:
            same = next((known for (name, _), known in self._conjuncts.items() if name == conjunct.name), None)
            expression = same.expression if same else self._names.expression(conjunct.expression)
            self._conjuncts[key] = replace(conjunct, expression=expression)
        return self._conjuncts[key]
