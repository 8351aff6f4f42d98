"""The compiled search finds what the reference search finds, in the same order, and keeps to its budgets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings

from generators.systems import Drawn, systems
from hvcheck.engine import Budget
from hvcheck.explicit.codegen import Label
from hvcheck.explicit.codes import fit
from hvcheck.explicit.compiled.search import CompiledSearch
from hvcheck.explicit.exploration import Exploration, Goals
from hvcheck.explicit.meter import Meter
from hvcheck.explicit.search import Search
from hvmodel.expression import negation
from hvmodel.system import Scope, System
from language.helpers import HERE, compiled, loaded

from .small import NONE, THREE, counter, lock
from .test_against_brute import CALM

NO_LIMIT = Budget()
TINY = sorted((HERE / "tiny").glob("*.hvs"))


def eras() -> list[tuple[str, str]]:
    return [(era, one.name) for era in ("ws2012", "ws2012r2", "ws2016") for one in loaded(era).scenarios]


def goals_of(system: System) -> Goals:
    """Something of every kind to look for."""
    claims = [claim.expression for claim in system.properties]
    states = [*claims, *map(negation, claims)]
    forbidden = frozenset(name for claim in system.properties for name in claim.forbidden)
    ended = tuple(claim.expression for claim in system.properties if claim.claim == "deadlock")
    return Goals(tuple(dict.fromkeys(states)), forbidden, ended)


def finished(search: Exploration) -> Exploration:
    for _ in search.run():
        pass
    return search


def same(system: System, scope: Scope, budget: Budget = NO_LIMIT, unroll: int = 64) -> CompiledSearch:
    """Both searches, compared in everything that they offer."""
    goals = goals_of(system)
    fast = CompiledSearch(fit(system, scope), goals, Meter(budget), unroll)
    finished(fast)
    reference = finished(Search(fit(system, scope), goals, Meter(budget), unroll))
    assert list(fast.keys) == list(reference.keys)
    assert list(fast.parents) == list(reference.parents)
    assert fast.fired == reference.fired
    assert fast.transitions == reference.transitions
    assert fast.depth == reference.depth
    assert [fast.distance(k) for k in range(fast.states)] == [reference.distance(k) for k in range(reference.states)]
    if not reference.stopped:
        assert fast.found == reference.found
    assert (fast.stopped, fast.finished) == (reference.stopped, reference.finished)
    last = fast.states - 1
    assert fast.labels(last) == reference.labels(last)
    return fast


class Impatient(Meter):
    """Asks for progress whenever it can be had."""

    def due(self) -> bool:
        return True


@settings(CALM, max_examples=150)
@given(systems())
def test_runs_are_told_in_the_middle_of_a_search(drawn: Drawn) -> None:
    """Asking for steps again neither counts them again nor finds anything."""
    goals, budget = goals_of(drawn.system), Budget(states=300)
    fast = CompiledSearch(fit(drawn.system, drawn.scope), goals, Impatient(budget))
    fast._batches = 0
    told: list[list[Label]] = []
    for _ in fast.run():
        fast._batches = 1
        fast._reached_by.clear()
        told = [fast.labels(number) for number in range(fast.states)]
    reference = finished(Search(fit(drawn.system, drawn.scope), goals, Meter(budget)))
    assert (list(fast.keys), fast.fired) == (list(reference.keys), reference.fired)
    assert fast.found == reference.found or reference.stopped
    assert told == [reference.labels(number) for number in range(len(told))]


def woken() -> System:
    """The machines of `lock` rest until something else wakes one of them."""
    system = lock()
    freeze, thaw = system.actions
    free = replace(freeze, thread="", kind="environment")
    return replace(system, actions=(thaw, free))


def test_threads_that_rest() -> None:
    assert same(woken(), THREE).states == 20


@CALM
@given(systems())
def test_same_as_the_reference(drawn: Drawn) -> None:
    same(drawn.system, drawn.scope, Budget(states=300))


@settings(CALM, max_examples=60)
@given(systems())
def test_same_when_nothing_is_unrolled(drawn: Drawn) -> None:
    same(drawn.system, drawn.scope, Budget(states=300), unroll=1)


@pytest.mark.parametrize("limit", [1, 2, 17, 100])
def test_stops_where_the_reference_stops(limit: int) -> None:
    system = counter(200)
    assert same(system, NONE, Budget(states=limit)).stopped


@pytest.mark.slow
@pytest.mark.parametrize("_part", range(6))
@settings(CALM, max_examples=500)
@given(drawn=systems())
def test_same_on_many_systems(_part: int, drawn: Drawn) -> None:
    same(drawn.system, drawn.scope, Budget(states=300), unroll=8)


@pytest.mark.slow
@pytest.mark.parametrize(("era", "scenario"), eras())
def test_same_on_the_shipped_eras(era: str, scenario: str) -> None:
    spec = loaded(era)
    for scope in spec.scopes:
        same(*compiled(spec, scenario, scope.name), Budget(states=5_000))


@pytest.mark.parametrize("path", TINY, ids=lambda path: path.stem)
def test_same_on_the_tiny_specs(path: Path) -> None:
    spec = loaded(path)
    for scenario in [scenario.name for scenario in spec.scenarios] or [None]:
        same(*compiled(spec, scenario), Budget(states=2_000))


# -------------------------------------------------------------------- what other engines ask of the machine


@settings(CALM, max_examples=60)
@given(systems())
def test_the_machine_knows_steps_and_states(drawn: Drawn) -> None:
    search = CompiledSearch(fit(drawn.system, drawn.scope), goals_of(drawn.system), Meter(Budget(states=300)))
    finished(search)
    assume(search.finished)
    machine = search.machine
    edges = [tuple(row) for rows in machine.edges() for row in rows.tolist()]
    fired = search.fired
    for number, key in enumerate(search.keys):
        expected = search.labelled.successors(key)
        found = machine.successors(number)
        assert [machine.source.steps.step(step) for step, _ in found] == [
            search.labelled.step(label) for label, _ in expected
        ]
        after = [machine.number(words) for _, words in found]
        assert [search.keys[k] for k in after if k is not None] == [key for _, key in expected]
        mine = [(after, step) for before, after, step in edges if before == number]
        assert [step for step in mine if step[0] >= 0] == [(k, step) for k, (step, _) in zip(after, found, strict=True)]
        broken = {label for label, place in search.labelled.found.flags if place >= 0}
        assert sum(after < 0 for after, _ in mine) == len(broken)
        assert machine.number(machine.arena[number].tolist()) == number
    assert search.fired == fired
    for claim in drawn.system.properties:
        holds = search.code.predicate(claim.expression)
        assert machine.where(claim.expression).tolist() == [bool(holds(key)) for key in search.keys]
