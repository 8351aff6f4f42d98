"""The compiled search finds what the reference search finds, in the same order, and keeps to its budgets."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings

from generators.systems import Drawn, systems
from hvcheck.engine import Budget
from hvcheck.explicit.codes import fit
from hvcheck.explicit.compiled.search import CompiledSearch
from hvcheck.explicit.exploration import Exploration, Goals
from hvcheck.explicit.meter import Meter
from hvcheck.explicit.search import Search
from hvmodel.expression import negation
from hvmodel.system import Scope, System

from .small import NONE, counter
from .test_against_brute import CALM

NO_LIMIT = Budget()


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
    compiled = CompiledSearch(fit(system, scope), goals, Meter(budget), unroll)
    finished(compiled)
    reference = finished(Search(fit(system, scope), goals, Meter(budget), unroll))
    assert list(compiled.keys) == list(reference.keys)
    assert list(compiled.parents) == list(reference.parents)
    assert compiled.fired == reference.fired
    assert compiled.transitions == reference.transitions
    assert compiled.depth == reference.depth
    assert [compiled.distance(k) for k in range(compiled.states)] == [
        reference.distance(k) for k in range(reference.states)
    ]
    if not reference.stopped:
        assert compiled.found == reference.found
    assert (compiled.stopped, compiled.finished) == (reference.stopped, reference.finished)
    last = compiled.states - 1
    assert compiled.labels(last) == reference.labels(last)
    return compiled


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
