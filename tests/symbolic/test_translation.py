"""The translation to z3 means what the reference semantics means, on generated systems; so do whole proofs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from generators.systems import Drawn, systems
from hvcheck.engine import Budget
from hvcheck.symbolic.naming import Names
from hvcheck.symbolic.prove import CLAIMS, Prover, Refusal
from hvcheck.symbolic.terms import Solver, Terms
from hvcheck.symbolic.translate import Translation
from hvcheck.verdict import Certificate
from hvmodel.expression import TRUE, Literal
from hvmodel.semantics import Step, apply, breaches, enabled, holds, instances, is_enabled
from hvmodel.state import Layout, State, values
from hvmodel.system import Action, Property, System, after
from hvmodel.types import Sort

from .enumerate import reachable

CALM = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


class Grounded:
    """The unbounded translation, pinned by assertions to one state of one scope."""

    def __init__(self, layout: Layout, state: State) -> None:
        self.layout, self.terms = layout, Terms()
        self.translation = Translation(self.terms, layout.system)
        self.solver: Solver = self.terms.solver(0)
        for sort in layout.system.sorts:
            self._pin(sort)
        for (function, arguments), value in zip(layout.cells, state.values, strict=True):
            cell = self.translation.term(self.cell(function.name, arguments))
            self.solver.add(cell == self.literal(value, function.range))

    def _pin(self, sort: Sort) -> None:
        elements = [self.translation.value(index, sort) for index in range(self.layout.scope.size(sort))]
        self.solver.add(self.translation.first(sort) == elements[0])
        if len(elements) > 1:
            self.solver.add(self.terms.distinct(elements))
        some = self.terms.constant("some", self.translation.sort(sort))
        closed = self.terms.any_of([some == element for element in elements])
        self.solver.add(self.terms.quantified("all", [some], closed))

    def cell(self, function: str, arguments: tuple[object, ...]) -> object:
        found = self.layout.system.function[function]
        return found.at(*(Literal(v, t) for v, t in zip(arguments, found.domain, strict=True)))  # type: ignore[arg-type]

    def literal(self, value: object, type_: object) -> object:
        return self.translation.value(value, type_)  # type: ignore[arg-type]

    def refutes(self, term: object) -> bool:
        self.solver.push()
        self.solver.add(term)
        answer = self.solver.check()
        self.solver.pop()
        return answer == "unsat"


def differing(system: System, meant: System, layout: Layout, state: State) -> list[str]:
    """Where the translation of `meant` gives another step than the reference gives of `system`."""
    grounded, found = Grounded(layout, state), []
    names = Names(system)
    for action in system.actions:
        apart = names.action(meant.action[action.name])
        for arguments in list(instances(action, layout))[:4]:
            bound = {
                parameter.name: grounded.literal(value, parameter.type)
                for parameter, value in zip(apart.parameters, arguments, strict=True)
            }
            guard = grounded.translation.term(apart.guard, bound)
            open_ = is_enabled(action, arguments, layout, state)
            if not grounded.refutes(grounded.terms.negation(guard) if open_ else guard):
                found.append(f"guard of {action.name}{arguments}")
            if not any(True for _ in breaches(layout, state, Step(action.name, arguments))):
                found.extend(_writes(grounded, apart, bound, apply(layout, state, Step(action.name, arguments))))
    return found


def _writes(grounded: Grounded, action: Action, bound: dict[str, object], successor: State) -> list[str]:
    layout = grounded.layout
    wrong = []
    for (function, arguments), value in zip(layout.cells, successor.values, strict=True):
        later = after(action, grounded.cell(function.name, arguments))  # type: ignore[arg-type]
        if not grounded.refutes(grounded.translation.term(later, bound) != grounded.literal(value, function.range)):
            wrong.append(f"{function.name}{arguments} after {action.name}")
    return wrong


def random_state(layout: Layout, seed: int) -> State:
    random = Random(seed)
    return State(tuple(random.choice(values(function.range, layout.scope)) for function, _ in layout.cells))


@CALM
@given(systems())
def test_guards_and_steps_mean_what_the_reference_says(drawn: Drawn) -> None:
    layout = Layout(drawn.system, drawn.scope)
    for seed in range(2):
        assert differing(drawn.system, drawn.system, layout, random_state(layout, seed)) == []


def without_where(action: Action) -> Action:
    return replace(action, writes=tuple(replace(write, where=TRUE) for write in action.writes))


def backwards(action: Action) -> Action:
    return replace(action, writes=action.writes[::-1])


def unguarded(action: Action) -> Action:
    return replace(action, guards=action.guards[1:])


def unwritten(action: Action) -> Action:
    return replace(action, writes=action.writes[1:])


@pytest.mark.parametrize("mutate", [without_where, backwards, unguarded, unwritten])
def test_the_comparison_sees_a_wrong_translation(mutate: Callable[[Action], Action]) -> None:
    def is_seen(drawn: Drawn) -> bool:
        mutants = tuple(mutate(action) if action.parameters else action for action in drawn.system.actions)
        layout = Layout(drawn.system, drawn.scope)
        meant = replace(drawn.system, actions=mutants)
        return any(differing(drawn.system, meant, layout, random_state(layout, seed)) for seed in range(2))

    find(systems(), is_seen, settings=settings(CALM, max_examples=600, derandomize=True, phases=[Phase.generate]))


def verdicts(drawn: Drawn) -> dict[str, Certificate | Refusal]:
    prover = Prover(drawn.system, effort=500_000)
    claims = [claim for claim in drawn.system.properties if claim.claim in CLAIMS]
    return {claim.name: prover.prove(claim, Budget()) for claim in claims}


def violates(claim: Property, layout: Layout, state: State) -> bool:
    if claim.claim != "never":
        return not holds(claim.expression, layout, state)
    return any(step.action in claim.forbidden for step in enabled(layout, state))


@CALM
@given(systems())
def test_no_run_contradicts_a_proof(drawn: Drawn) -> None:
    layout = Layout(drawn.system, drawn.scope)
    found = verdicts(drawn)
    for state in reachable(layout, 300):
        for name, verdict in found.items():
            if isinstance(verdict, Certificate):
                assert not violates(drawn.system.property[name], layout, state)


def test_some_of_these_proofs_say_something() -> None:
    """A claim that some state breaks, but no reachable one, proved with more than one obligation."""

    def is_telling(drawn: Drawn) -> bool:
        layout = Layout(drawn.system, drawn.scope)
        return any(
            isinstance(verdict, Certificate)
            and verdict.obligations > 1
            and violates(drawn.system.property[name], layout, random_state(layout, 0))
            for name, verdict in verdicts(drawn).items()
        )

    find(systems(), is_telling, settings=settings(CALM, max_examples=600, derandomize=True, phases=[Phase.generate]))
