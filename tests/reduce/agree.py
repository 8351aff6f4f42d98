"""Whether a reduced engine gives the reference's verdicts."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from functools import partial

from explicit.brute import Answer, Graph, judge
from explicit.test_against_brute import expected, length
from generators.systems import Drawn
from hvcheck.engine import Budget, Progress
from hvcheck.explicit.engine import ExplicitEngine
from hvcheck.explicit.judge import breaks, shows
from hvcheck.reduce.choice import Reduction
from hvcheck.reduce.engine import ReducedEngine
from hvcheck.reduce.fold import fold_explicit
from hvcheck.verdict import Holds, Reached, Unreachable, Verdict, Violated
from hvmodel.state import Layout
from hvmodel.system import Property, Scope, System

NO_LIMIT = Budget()


def reduced(
    system: System,
    scope: Scope,
    wanted: Set[Reduction],
    budget: Budget = NO_LIMIT,
    patience: int = 0,
    compiled: bool = False,
) -> dict[str, Verdict]:
    """The verdict on every property; exactly one each."""
    fold = partial(fold_explicit, reference=not compiled)
    engine = ReducedEngine(ExplicitEngine(reference=not compiled), wanted, fold, patience)
    events = list(engine.run(system, system.properties, scope, budget))
    found = [event for event in events if not isinstance(event, Progress)]
    assert sorted(verdict.property for verdict in found) == sorted(claim.name for claim in system.properties)
    return {verdict.property: verdict for verdict in found}


def agree(graph: Graph, wanted: Set[Reduction], compiled: bool = False) -> None:
    """All properties at once, first in a search of half the states, and some alone: the reference's verdicts.

    On runs of the full system, the shortest.
    """
    system, scope = graph.layout.system, graph.layout.scope
    found = reduced(system, scope, wanted, patience=len(graph.distance) // 2, compiled=compiled)
    for claim in system.properties:
        check(graph, claim, found[claim.name])
    turn = len(graph.distance) % len(system.properties)
    for claim in (system.properties * 2)[turn : turn + 3] if not compiled else ():
        check(graph, claim, reduced(replace(system, properties=(claim,)), scope, wanted)[claim.name])


def check(graph: Graph, claim: Property, verdict: Verdict) -> None:
    wanted = expected(graph, claim)
    if not _agrees(verdict, wanted):
        # A slice does not look at steps that cannot matter, and so not at the obligations they break.
        assert isinstance(verdict, Holds | Unreachable), (claim, verdict, wanted)
        assert "slice" in verdict.coverage.reductions, (claim, verdict, wanted)
        assert any(graph.broken.values()), (claim, verdict, wanted)
        assert _agrees(verdict, _without_breaches(graph, claim)), (claim, verdict, wanted)
    match verdict:
        case Violated(run=run):
            assert same_layout(run.layout, graph.layout)
            assert breaks(claim, run)
        case Reached(run=run):
            assert same_layout(run.layout, graph.layout)
            assert shows(run, claim.expression)


def _agrees(verdict: Verdict, wanted: Answer) -> bool:
    given = Answer(verdict.word, length(verdict))
    if isinstance(verdict, Holds) and "compress" in verdict.coverage.reductions:
        # A run that only shows what was at stake need not be a shortest one.
        assert given.length is not None
        return given.word == wanted.word and given.length >= (wanted.length or 0)
    return given == wanted


def _without_breaches(graph: Graph, claim: Property) -> Answer:
    """What the reference says if nothing is made of the obligations that are broken."""
    return judge(Graph(graph.layout, graph.distance, graph.edges, {state: [] for state in graph.broken}), claim)


def larger(drawn: Drawn, size: int = 3) -> Drawn:
    return replace(drawn, scope=Scope("larger", tuple((sort, size) for sort, _ in drawn.scope.sizes)))


def same_layout(one: Layout, other: Layout) -> bool:
    """Whether runs in one are runs in the other: the properties do not matter for that."""
    return one.scope == other.scope and one.cells == other.cells and one.system.actions == other.system.actions
