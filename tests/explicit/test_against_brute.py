"""Both searches and the brute-force enumerator agree on random systems: counts, verdicts, lengths of runs."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings

from generators.systems import Drawn, systems
from hvcheck.explicit import explore, find
from hvcheck.explicit.engine import empty
from hvcheck.verdict import Holds, Reached, Verdict, Violated
from hvmodel.system import Property

from .brute import Answer, Graph, TooLargeError, enumerate_states, judge
from .helpers import verdicts

MOST = 250
CALM = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


def graph_of(drawn: Drawn) -> Graph:
    try:
        return enumerate_states(drawn.system, drawn.scope, MOST)
    except TooLargeError:
        assume(False)
        raise


def length(verdict: Verdict) -> int | None:
    match verdict:
        case Violated(run=run) | Reached(run=run):
            return None if run.trace.loop is not None else len(run.trace.steps)
        case Holds(witness=witness) if witness is not None:
            return len(witness.trace.steps)
        case _:
            return None


def expected(graph: Graph, claim: Property) -> Answer:
    answer = judge(graph, claim)
    return Answer("UNDETERMINED") if answer.word == "HOLDS" and empty(claim, graph.layout.system) else answer


def agree(drawn: Drawn, unroll: int, reference: bool = False) -> None:
    graph = graph_of(drawn)
    counted = explore(drawn.system, drawn.scope, reference=reference)
    assert counted.finished
    assert counted.states == len(graph.distance)
    assert counted.transitions == sum(len(graph.steps(state)) for state in graph.distance)
    assert counted.depth == max(graph.distance.values())
    for name in drawn.system.action:
        steps = [step for state in graph.distance for step in graph.steps(state) if step.action == name]
        assert counted.fired[name] == len(steps)
    found = verdicts(drawn.system, drawn.scope, unroll=unroll, reference=reference)
    for claim in drawn.system.properties:
        verdict = found[claim.name]
        assert Answer(verdict.word, length(verdict)) == expected(graph, claim), (claim, verdict)


BOTH = pytest.mark.parametrize("reference", [False, True], ids=["compiled", "reference"])


@BOTH
@CALM
@given(drawn=systems())
def test_agrees_with_the_reference_on_random_systems(reference: bool, drawn: Drawn) -> None:
    agree(drawn, unroll=64, reference=reference)


@BOTH
@settings(CALM, max_examples=60)
@given(drawn=systems())
def test_agrees_when_nothing_is_unrolled(reference: bool, drawn: Drawn) -> None:
    agree(drawn, unroll=1, reference=reference)


@pytest.mark.slow
@pytest.mark.parametrize("_part", range(6))
@BOTH
@settings(CALM, max_examples=500)
@given(drawn=systems())
def test_agrees_on_many_random_systems(reference: bool, _part: int, drawn: Drawn) -> None:
    agree(drawn, unroll=4, reference=reference)


@settings(CALM, max_examples=40)
@given(systems())
def test_find_gives_a_shortest_run(drawn: Drawn) -> None:
    graph = graph_of(drawn)
    goal = drawn.system.property["Cover"].expression
    found = find(drawn.system, goal, drawn.scope)
    assert (None if found is None else len(found.trace.steps)) == graph.nearest(graph.where(goal))
