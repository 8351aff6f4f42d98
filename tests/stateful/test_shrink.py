"""A failing run is made small within a limit, by ways that the model knows; what met the limit says so."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hvcheck.report.conformance import what_happened
from hvcheck.stateful.coverage import EdgeMap
from hvcheck.stateful.report import Differs
from hvcheck.stateful.run import Profile, run_test
from hvcheck.stateful.runs import Runs
from hvcheck.stateful.session import Bench, Failure, Found, Session, Tally, fails
from hvcheck.stateful.shrink import CARRIED, Shrinker
from hvcheck.stateful.target import Stores
from hvcheck.stateful.walk import walk
from hvmodel.semantics import Step, apply, enabled
from hvmodel.state import Layout
from hvmodel.trace import Trace, run

from . import stores
from .sample import SCOPE, backup

Folders = Callable[[], Path]


@pytest.fixture
def bench(folders: Folders) -> Bench:
    return Bench(Layout(backup(), SCOPE), folders, Stores(stores.LosesOnRevert), frozenset({"NeverWritten"}))


def failing(bench: Bench) -> Failure:
    """A long run that fails, by chance."""
    tally = Tally()
    for number in range(50):
        with Session(bench, tally) as session:
            try:
                walk(bench, session, session.taken, random.Random(number), 80)
            except Found as found:
                if len(found.failure.moves) > 15:
                    return found.failure
    raise AssertionError("no walk failed late")


def test_it_is_made_small_by_few_moves_on_files(bench: Bench) -> None:
    failure = failing(bench)
    shrinker = Shrinker(bench, failure)
    smallest = shrinker.shrink()
    assert len(smallest.moves) == 5
    assert all(isinstance(move, Step) for move in smallest.moves), "nothing needs to befall the files"
    assert not shrinker.exhausted
    assert shrinker.spent < 1000
    again = fails(bench, smallest.moves)
    assert again is not None
    assert again.resembles(failure)


@pytest.mark.parametrize("allowed", [0, 1, 40])
def test_the_limit_ends_it_and_what_is_left_still_fails(bench: Bench, allowed: int) -> None:
    failure = failing(bench)
    shrinker = Shrinker(bench, failure, allowed=allowed)
    smallest = shrinker.shrink()
    assert shrinker.exhausted
    assert shrinker.spent <= allowed + len(failure.moves) + 1  # the last attempt may cross it
    assert len(smallest.moves) <= len(failure.moves)
    again = fails(bench, smallest.moves)
    assert again is not None
    assert again.resembles(failure)


def test_what_may_not_be_the_shortest_says_so(folders: Folders) -> None:
    outcome = run_test(
        backup(), SCOPE, folders, profile=Profile(1, 1, 30, 60), driver=stores.LosesOnRevert, violated=("NeverWritten",)
    ).outcome
    assert isinstance(outcome, Differs)
    assert what_happened(outcome, "files") == "files and model differ after 5 moves"
    assert "perhaps fewer would do" in what_happened(replace(outcome, minimal=False), "files")


def test_ways_to_states_are_runs_and_the_shortest() -> None:
    layout = Layout(backup(), SCOPE)
    map_, depth, frontier, seen = EdgeMap(layout), 0, [layout.initial], {layout.initial}
    while frontier and depth < 4:
        for state in frontier[::7]:
            steps = map_.run_to_state(state)
            assert steps is not None
            assert len(steps) == depth
            trace = run(layout, steps)
            assert isinstance(trace, Trace)
            assert trace.last == state
        after = dict.fromkeys(apply(layout, state, step) for state in frontier for step in enabled(layout, state))
        frontier = [state for state in after if state not in seen]
        seen.update(frontier)
        depth += 1
    assert depth == 4


def test_remembered_runs_are_those_of_the_reference(bench: Bench) -> None:
    runs, source = Runs(bench), random.Random(1)
    steps = [step for group in bench.enabled(bench.layout.initial).values() for step in group]
    steps += [Step("Prepare", ()), Step("Shadow", ()), Step("Copy", ()), Step("Revert", (0,))]
    allowed = 0
    for _ in range(300):
        moves = tuple(source.choices(steps, k=4))
        expected, found = run(bench.layout, moves), runs.states(moves)
        assert found == (expected.states if isinstance(expected, Trace) else None)
        allowed += found is not None
    assert 0 < allowed < 300


def test_what_is_offered_along_a_stretch_is_what_the_reference_allows(bench: Bench) -> None:
    runs, source, layout = Runs(bench), random.Random(2), bench.layout
    steps = [step for group in bench.enabled(layout.initial).values() for step in group]
    steps += [Step("Prepare", ()), Step("Shadow", ()), Step("Copy", ())]
    lengths = set()
    for _ in range(200):
        moves, expected, state = tuple(source.choices([*steps, "reopen"], k=3)), [], layout.initial
        for move in (*moves, None):
            expected.append(frozenset(enabled(layout, state)))
            if isinstance(move, Step):
                if move not in expected[-1]:
                    break
                state = apply(layout, state, move)
        found = list(runs.offered_along(layout.initial, moves))
        assert found == expected
        lengths.add(len(found))
    assert lengths == {1, 2, 3, 4}


def test_one_move_is_carried_over_what_stays(bench: Bench) -> None:
    """The same candidates as all that could be written down, less those that the model does not allow."""
    shrinker = Shrinker(bench, failing(bench))
    moves, runs = shrinker.best.moves, Runs(bench)
    every = (
        (*moves[:start], *moves[start + length : at], kept, *moves[at:])
        for length in range(len(moves) - 1, 1, -1)
        for start in range(len(moves) - length)
        for kept in dict.fromkeys(moves[start : start + length])
        for at in range(start + length, min(start + length + CARRIED, len(moves)))
    )
    allowed = [candidate for candidate in every if runs.states(candidate) is not None]
    assert [one for one in shrinker.carried() if runs.states(one) is not None] == allowed
    assert len(allowed) > 10
