"""Symmetry: orbits add up to the exact count, and nothing is exchanged that anyone could tell apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from explicit.brute import enumerate_states
from explicit.small import NONE, THREE, TWO, VM, all_at, counter, lock, n_is, some_at
from explicit.test_against_brute import CALM, graph_of
from generators.systems import Drawn, systems
from hvcheck.engine import Budget
from hvcheck.explicit import explore
from hvcheck.explicit.codes import Codec
from hvcheck.explicit.engine import ExplicitEngine
from hvcheck.explicit.exploration import Goals
from hvcheck.explicit.explore import exploration
from hvcheck.explicit.likeness import Likeness, canonical_keys
from hvcheck.explicit.meter import Meter
from hvcheck.reduce.fold import fold_explicit
from hvcheck.reduce.group import Group, group_of
from hvcheck.reduce.orbit import Orbits, images
from hvcheck.verdict import Holds, Reached, Undetermined, Violated
from hvmodel.expression import (
    Expression,
    Literal,
    Quantifier,
    Variable,
    conjunction,
    equality,
    just,
    negation,
    value_of,
)
from hvmodel.state import Layout, State
from hvmodel.system import Guard, Property, Scope, System, Write
from hvmodel.types import Sort
from language import test_tiny as tiny

from .agree import larger, reduced

SYMMETRY = frozenset({"symmetry"})
SAFE = Property("P", "always", negation(conjunction(())), witness=all_at("done"))
VM0 = Literal(0, VM, "vm0")


def representatives(layout: Layout, group: Group, reference: bool = True) -> list[State]:
    """The canonical states that a search under symmetry lists."""
    search = exploration(
        layout, Goals(), Meter(Budget()), reference=reference, likeness=Likeness(images(layout, group))
    )
    for _ in search.run():
        pass
    return [search.codec.decode(key) for key in search.keys]


def test_three_machines_in_a_lock() -> None:
    """20 states; up to their names: how many are done (0 to 3), and one of the others frozen or none."""
    system = lock()
    group = group_of(system, [], THREE)
    assert group is not None
    assert group.order == 6
    found = representatives(Layout(system, THREE), group)
    assert len(found) == 7
    orbits = Orbits(Layout(system, THREE), group)
    assert sum(len(orbits.orbit(state)) for state in found) == explore(system, THREE).states == 20


def summed(layout: Layout, states: set[State]) -> None:
    group = group_of(layout.system, (), layout.scope)
    if group is None:
        return
    orbits = Orbits(layout, group)
    found = representatives(layout, group)
    assert all(orbits.canonical(state) == state for state in found)
    for members in (found, representatives(layout, group, reference=False)):
        assert len({orbits.canonical(state) for state in members}) == len(members)
        assert sum(len(orbits.orbit(state)) for state in members) == len(states)
        assert frozenset().union(*(orbits.orbit(state) for state in members)) == states


@settings(CALM, max_examples=200)
@given(systems())
def test_orbits_add_up_on_random_systems(drawn: Drawn) -> None:
    graph = graph_of(larger(drawn))
    summed(graph.layout, set(graph.distance))


@pytest.mark.parametrize(("name", "scenario"), sorted({(name, scenario) for name, scenario, _, _ in tiny.counted()}))
def test_orbits_add_up_on_small_specs(name: str, scenario: str) -> None:
    graph = tiny.graph_of(name, scenario)
    summed(graph.layout, set(graph.distance))


@settings(CALM, max_examples=100)
@given(systems())
def test_encoded_states_have_the_same_canonical_form(drawn: Drawn) -> None:
    graph = graph_of(larger(drawn))
    group = group_of(drawn.system, (), graph.layout.scope)
    if group is None:
        return
    for typecode in ("B", "H"):
        codec = Codec(graph.layout)
        codec.__dict__["typecode"] = typecode
        canonical = canonical_keys(Likeness(images(graph.layout, group)), typecode)
        orbits = Orbits(graph.layout, group)
        for state in graph.distance:
            image = codec.decode(canonical(codec.encode(state)))
            assert image in orbits.orbit(state)
            assert {codec.decode(canonical(codec.encode(one))) for one in orbits.orbit(state)} == {image}


def test_a_run_under_symmetry_is_a_run_and_a_shortest_one() -> None:
    claim = Property("P", "always", negation(all_at("done")), witness=some_at("done"))
    verdict = reduced(lock(claim), THREE, SYMMETRY)["P"]
    assert isinstance(verdict, Violated)
    assert len(verdict.run.trace.steps) == 6
    assert enumerate_states(lock(), THREE, 100).distance[verdict.run.trace.last] == 6


def test_the_coverage_says_so() -> None:
    claim = Property("P", "always", negation(conjunction((all_at("done"), some_at("frozen")))), witness=all_at("done"))
    verdict = reduced(lock(claim), THREE, SYMMETRY)["P"]
    assert isinstance(verdict, Holds)
    assert (verdict.coverage.states, verdict.coverage.reductions) == (7, ("symmetry",))
    assert verdict.witness is not None


def test_liveness_is_searched_whole() -> None:
    claim = Property("Done", "leads to", all_at("done"), trigger=some_at("frozen"))
    safe = Property("P", "cover", all_at("done"))
    found = reduced(lock(claim, safe), TWO, SYMMETRY)
    done = found["Done"]
    assert isinstance(done, Holds)
    assert (done.coverage.states, done.coverage.reductions) == (8, ())
    assert isinstance(found["P"], Reached)


def test_an_engine_on_like_states_refuses_liveness_by_itself() -> None:
    claim = Property("Done", "leads to", all_at("done"), trigger=some_at("frozen"))
    system = lock(claim)
    group = group_of(system, [claim], TWO)
    assert group is not None
    engine = fold_explicit(Layout(system, TWO), group, ())
    assert isinstance(engine, ExplicitEngine)
    assert not engine.supports(claim)
    (verdict,) = engine.run(system, [claim], TWO, Budget())
    assert isinstance(verdict, Undetermined)


def guarded(expression: Expression) -> System:
    system = lock()
    freeze, thaw = system.actions
    return replace(system, actions=(replace(freeze, guards=(*freeze.guards, Guard("more", expression))), thaw))


def movable(system: System, *claims: Property, scope: Scope = THREE) -> tuple[int, ...]:
    group = group_of(system, claims, scope)
    return () if group is None else dict(group.movable).get("VM", ())


def test_a_named_element_is_fixed() -> None:
    vm = Variable("vm", VM)
    assert movable(lock()) == (0, 1, 2)
    assert movable(guarded(equality(vm, VM0))) == (1, 2)
    assert movable(lock(), Property("P", "always", negation(equality(lock().functions[1].at(), just(VM0))))) == (1, 2)
    assert movable(guarded(equality(vm, VM0)), scope=TWO) == ()


def test_the_first_element_is_fixed_where_none_may_stand_for_it() -> None:
    owner = lock().functions[1]
    vm = Variable("vm", VM)
    assert movable(guarded(equality(value_of(owner.at()), vm))) == (1, 2)
    read = Quantifier("some", (vm,), equality(owner.at(), just(vm)))
    assert movable(guarded(read)) == (0, 1, 2)


def test_a_sort_taken_for_another_does_not_move() -> None:
    other = Sort("OTHER")
    scope = Scope("both", (("VM", 3), ("OTHER", 3)))
    odd = replace(equality(Variable("vm", VM), Variable("other", other)))
    quantified = Quantifier("some", (Variable("other", other),), odd)
    assert group_of(guarded(quantified), [], scope) is None


def test_writes_that_the_last_element_wins_fix_their_sort() -> None:
    system = lock()
    other = Variable("other", VM)
    freeze, thaw = system.actions
    last = replace(freeze, writes=(Write("owner", (), just(other), (other,)),))
    assert movable(replace(system, actions=(last, thaw))) == ()


def test_a_large_group_is_cut_down() -> None:
    group = group_of(lock(), [], Scope("seven", (("VM", 7),)))
    assert group is None
    other = group_of(lock(), [], Scope("both", (("VM", 4), ("DATA", 4))))
    assert other is not None
    assert dict(other.movable) == {"VM": (0, 1, 2, 3)}


def test_nothing_to_exchange_is_no_group() -> None:
    assert group_of(counter(3, Property("P", "cover", n_is(3, 3))), [], NONE) is None


def test_a_small_search_stays_exact_and_a_large_one_does_not() -> None:
    """20 states, 7 up to the names of machines."""
    claim = Property("P", "always", negation(conjunction((all_at("done"), some_at("frozen")))), witness=all_at("done"))
    for patience, states, used in ((20, 20, ()), (19, 7, ("symmetry",))):
        verdict = reduced(lock(claim), THREE, SYMMETRY, patience=patience)["P"]
        assert isinstance(verdict, Holds)
        assert (verdict.coverage.states, verdict.coverage.reductions) == (states, used)


def test_no_budget_is_met_that_nobody_set() -> None:
    claim = Property("P", "always", negation(conjunction((all_at("done"), some_at("frozen")))), witness=all_at("done"))
    verdict = reduced(lock(claim), THREE, SYMMETRY, Budget(states=6), patience=3)["P"]
    assert isinstance(verdict, Undetermined)
    assert "budget of 6 states" in verdict.reason
