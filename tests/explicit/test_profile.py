"""What the time of a search went to: parts that add up to no more than the whole, for either search."""

from __future__ import annotations

import pytest
from hypothesis import given

from benchmarks.peers import BACKUP
from generators.systems import Drawn, systems
from hvcheck.engine import Budget
from hvcheck.explicit.codes import fit
from hvcheck.explicit.compiled import sampling
from hvcheck.explicit.compiled.search import CompiledSearch
from hvcheck.explicit.exploration import Exploration, Goals
from hvcheck.explicit.explore import exploration
from hvcheck.explicit.meter import Meter
from hvcheck.explicit.search import Search
from language.helpers import compiled, loaded

from .test_against_brute import CALM
from .test_compiled import goals_of


def search_of(scenario: str, states: int | None = None, reference: bool = False) -> Exploration:
    meter = Meter(Budget(states=states))
    return exploration(fit(*compiled(loaded(BACKUP), scenario)), Goals(), meter, reference=reference)


@pytest.mark.parametrize(
    ("scenario", "reference", "parts"),
    [
        ("shallow", True, {"compile", "expand", "dedup and store"}),
        ("three", False, {"compile", "expand", "dedup and store"}),
        ("shallow", False, {"compile", "search"}),
    ],
)
def test_parts_are_told_apart(scenario: str, reference: bool, parts: set[str]) -> None:
    search = search_of(scenario, reference=reference)
    if scenario == "shallow" and not reference:
        assert isinstance(search, CompiledSearch)
        search._batches = 1  # each look is much shorter than what is sampled, however slow the machine
    last = list(search.run())[-1]
    spent = search.spent()
    assert spent.keys() - {"grow", "sample"} == parts
    assert all(spent[part] > 0 for part in parts)
    assert sum(spent.values()) <= search.meter.seconds
    assert next(part for part, _ in last.spent) == "compile"


@CALM
@given(systems())
def test_a_sample_changes_nothing_that_a_search_finds(drawn: Drawn) -> None:
    """States that break obligations or wait for ever are expanded again like any other."""
    goals, budget = goals_of(drawn.system), Budget(states=300)
    fast = CompiledSearch(fit(drawn.system, drawn.scope), goals, Meter(budget))
    fast._batches = 1
    for _ in fast.run():
        pass
    sampled = CompiledSearch(fit(drawn.system, drawn.scope), goals, Meter(budget))
    pauses = 0
    run = sampled.machine.run

    def run_and_sample(_batches: int, limit: int | None) -> object:
        nonlocal pauses
        pause, pauses = run(1, limit), pauses + 1
        if sampled.machine.outside < 0:
            sampled.machine.expand_again(0, sampled.machine.expanded)
        return pause

    sampled.machine.run = run_and_sample  # type: ignore[assignment, method-assign]
    for _ in sampled.run():
        pass
    reference = Search(fit(drawn.system, drawn.scope), goals, Meter(budget))
    for _ in reference.run():
        pass
    assert pauses
    for one in (fast, sampled):
        assert list(one.keys) == list(reference.keys)
        assert list(one.parents) == list(reference.parents)
        assert (one.fired, one.transitions) == (reference.fired, reference.transitions)
        assert one.found == reference.found or reference.stopped
        assert (one.stopped, one.finished) == (reference.stopped, reference.finished)


class Fixed:
    """A machine on which a state takes a microsecond to expand."""

    def __init__(self) -> None:
        self.expanded = 0
        self.again: list[tuple[int, int]] = []

    def expand_again(self, first: int, last: int) -> float:
        self.again.append((first, last))
        return 1e-6 * (last - first)


def test_the_parts_are_in_proportion_and_few_states_are_sampled() -> None:
    machine = Fixed()
    taken = sampling.Sampling(machine)  # type: ignore[arg-type]
    for _ in range(50):
        first, machine.expanded, known = machine.expanded, machine.expanded + 10_000, len(machine.again)
        taken.slice(first, 0.04)
        assert all(first <= begin < end <= machine.expanded for begin, end in machine.again[known:])
    assert 0.005 * machine.expanded < sum(end - begin for begin, end in machine.again) <= 0.01 * machine.expanded
    parts = taken.told_apart({"compile": 1.0, "search": 8.0, "grow": 0.5})
    assert list(parts) == ["compile", "expand", "dedup and store", "grow"]
    assert parts == pytest.approx({"compile": 1.0, "expand": 2.0, "dedup and store": 6.0, "grow": 0.5})


def test_what_was_not_sampled_is_not_told_apart() -> None:
    assert sampling.Sampling(Fixed()).told_apart({"search": 8.0}) == {"search": 8.0}  # type: ignore[arg-type]


def test_a_slow_sample_takes_no_more_than_the_slice() -> None:
    machine = Fixed()
    taken = sampling.Sampling(machine)  # type: ignore[arg-type]
    machine.expanded = 100_000
    taken.slice(0, 0.01)
    assert taken.told_apart({"search": 1.0}) == {"expand": 1.0, "dedup and store": 0.0}
