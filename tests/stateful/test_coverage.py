"""Edges of a system in a scope: all of them, by name, each with a run to it; walks are led to those not seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hvcheck.engine import Budget
from hvcheck.stateful.coverage import NOWHERE, Controls, Coverage, Edge, EdgeMap, Edges
from hvcheck.stateful.run import Profile, run_test
from hvmodel.semantics import Step, apply, enabled
from hvmodel.state import Layout, State
from hvmodel.trace import Trace, run
from hvspec.compile import compile_system
from hvspec.load import load

from .sample import SCOPE, backup

Folders = Callable[[], Path]
EACH = Profile(examples=1, steps=1, walks=3, walk_steps=120)


def era_layout(era: str, scope: str = "disks") -> Layout:
    spec, _ = load(era)
    assert spec is not None
    system, sizes, _ = compile_system(spec, scenario="ideal", scope=scope)
    assert system is not None
    assert sizes is not None
    return Layout(system, sizes)


def by_reference(layout: Layout) -> set[Edge]:
    """All edges by the reference semantics, slowly."""
    controls, seen, waiting, found = Controls(layout), {layout.initial}, [layout.initial], set[Edge]()
    while waiting:
        state: State = waiting.pop()
        for step in enabled(layout, state):
            found |= controls.edges(state, step)
            after = apply(layout, state, step)
            if after not in seen:
                seen.add(after)
                waiting.append(after)
    return found


def test_the_edges_are_those_of_the_reference_semantics() -> None:
    layout = Layout(backup(), SCOPE)
    known = EdgeMap(layout).known
    assert not known.stopped
    assert known.edges == by_reference(layout)
    assert {edge.location for edge in known.edges} == {NOWHERE}  # the sample's protocol is no thread


def test_an_era_s_edges_have_names_and_runs() -> None:
    layout = era_layout("ws2012r2")
    map_ = EdgeMap(layout)
    assert len(map_.known.edges) > 250
    for edge in sorted(map_.known.edges)[::25]:
        steps = map_.run_to(edge)
        trace = run(layout, steps)
        assert isinstance(trace, Trace)
        assert edge in Controls(layout).edges(trace.states[-2], steps[-1])
    writes = [edge for edge in map_.known.edges if edge.action == "AppWrite ~1"]
    assert len(writes) > 20
    assert len({str(edge) for edge in writes}) == len(writes)
    own = next(edge for edge in map_.known.edges if edge.action.startswith("Backup: "))
    assert str(own) == own.action


def test_a_stopped_search_is_never_complete() -> None:
    map_ = EdgeMap(era_layout("ws2012r2"), Budget(states=200))
    assert "200 states" in map_.known.stopped
    every = Coverage(map_.known, map_.known.edges)
    assert every.missing == ()
    assert not every.complete
    assert "or more" in str(every)


def test_what_is_missing_is_named() -> None:
    edges = frozenset({Edge("A", "T: 1"), Edge("A", "T: 2"), Edge("T: 1 ~1", "T: 1")})
    coverage = Coverage(Edges(edges), frozenset({Edge("A", "T: 1")}))
    assert [str(edge) for edge in coverage.missing] == ["A at T: 2", "T: 1 ~1"]
    assert coverage.share == pytest.approx(1 / 3)
    assert str(coverage) == "1 of 3 edges"
    assert Coverage(Edges(frozenset())).share == 0.0


def test_an_edge_that_cannot_be_named_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        EdgeMap(Layout(backup(), SCOPE)).run_to(Edge("Write", "nowhere"))


@pytest.mark.slow
def test_walks_are_led_to_what_chance_does_not_reach(folders: Folders) -> None:
    layout = era_layout("ws2012")
    map_ = EdgeMap(layout)
    by_chance = run_test(layout.system, layout.scope, folders, profile=EACH, violated=_violated())
    assert by_chance.edges is None
    led = run_test(layout.system, layout.scope, folders, profile=EACH, violated=_violated(), edges=map_)
    assert led.passed, led.outcome
    assert led.edges is not None
    assert led.edges.complete
    assert led.steps > by_chance.steps


def _violated() -> list[str]:
    spec, _ = load("ws2012")
    assert spec is not None
    ideal = next(scenario for scenario in spec.scenarios if scenario.name == "ideal")
    return [one.property for one in ideal.expectations if one.verdict == "violated"]


def test_a_step_of_a_thread_has_one_edge_and_a_guest_s_write_one_for_each_place() -> None:
    layout = era_layout("ws2012", "machines")
    controls, state = Controls(layout), layout.initial
    counts: set[int] = set()
    for _ in range(60):
        steps = list(enabled(layout, state))
        for step in steps:
            edges = controls.edges(state, step)
            assert edges
            if controls.home(step) is not None:
                assert len(edges) == 1
            else:
                counts.add(len(edges))
        protocol: list[Step] = [one for one in steps if controls.home(one) is not None]
        if not protocol:
            break
        state = apply(layout, state, protocol[0])
    assert 1 in counts
    assert max(counts) > 1, "two machines at work at once"
