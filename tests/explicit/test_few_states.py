"""A scope of few states is searched by the reference at once; what comes out is what the compiled search finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given

from generators.systems import Drawn, systems
from hvcheck.engine import Budget, Progress
from hvcheck.explicit import explore
from hvcheck.explicit.codes import fit
from hvcheck.explicit.engine import ExplicitEngine
from hvcheck.explicit.exploration import Exploration, Goals
from hvcheck.explicit.explore import FEW_ACTIONS, exploration
from hvcheck.explicit.meter import Meter
from hvcheck.explicit.search import Search
from hvcheck.verdict import Verdict
from hvmodel.system import Scope, System
from language.helpers import compiled, loaded

from .small import NONE, THREE
from .test_against_brute import CALM
from .test_compiled import TINY, goals_of
from .test_compiled_limits import grid, stray


def tried(system: System, scope: Scope, budget: Budget = Budget()) -> Exploration:  # noqa: B008 - it is frozen
    return exploration(fit(system, scope), goals_of(system), Meter(budget), trial=True)


def verdicts(system: System, scope: Scope, monkeypatch: pytest.MonkeyPatch, few: int) -> Sequence[Verdict]:
    """All verdicts, in the order of the properties, without the time they took. `few`: how many actions are few."""
    monkeypatch.setattr(import_module("hvcheck.explicit.explore"), "FEW_ACTIONS", few)
    found = {
        event.property: replace(event, seconds=0.0)
        for event in ExplicitEngine().run(system, system.properties, scope, Budget())
        if not isinstance(event, Progress)
    }
    return [found[claim.name] for claim in system.properties]


@pytest.mark.parametrize("path", TINY, ids=lambda path: path.stem)
def test_the_same_verdicts_either_way(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = loaded(path)
    for scenario in [one.name for one in spec.scenarios] or ["default"]:
        system, scope = compiled(spec, scenario)
        assert verdicts(system, scope, monkeypatch, FEW_ACTIONS) == verdicts(system, scope, monkeypatch, -1)


@CALM
@given(systems())
def test_the_same_findings(drawn: Drawn) -> None:
    search = tried(drawn.system, drawn.scope)
    goals = goals_of(drawn.system)
    whole = exploration(fit(drawn.system, drawn.scope), goals, Meter(Budget(states=5000)))
    for one in (search, whole):
        for _ in one.run():
            pass
    if not whole.stopped:
        assert search.finished
        assert list(search.keys) == list(whole.keys)
        assert search.found == whole.found
        assert search.fired == whole.fired


def test_few_states_are_not_compiled() -> None:
    search = tried(grid(9), NONE)
    assert isinstance(search, Search)
    assert search.finished
    assert (search.states, search.note) == (100, "")


def test_many_states_are() -> None:
    search = tried(grid(99), NONE)
    assert not isinstance(search, Search)
    assert search.states <= 1


def test_the_budget_is_that_of_the_whole_search() -> None:
    search = tried(grid(9), NONE, Budget(states=50))
    for _ in search.run():
        pass
    assert not search.finished
    assert search.stopped == "the budget of 50 states was met"


def test_a_spec_at_fault_is_told_of_as_the_search_comes_to_it() -> None:
    search = tried(stray(obliged=False), THREE)
    assert not search.finished


def test_counting_is_never_tried() -> None:
    """`explore` measures the search that one gets for a scope of any size."""
    assert explore(grid(9), NONE).states == 100
    assert not isinstance(exploration(fit(grid(9), NONE), Goals(), Meter(Budget())), Search)
