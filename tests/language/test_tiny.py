"""One spec for each construct: states and transitions as counted by hand in its header, and by brute force."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from explicit.brute import Graph, enumerate_states, judge
from explicit.helpers import verdicts
from hvcheck.explicit import explore
from hvmodel.system import Scope, System

from .helpers import HERE, compiled, loaded

TINY = sorted((HERE / "tiny").glob("*.hvs"))
_COUNTS = re.compile(r"^# counts (\w+): (\d+) states, (\d+) transitions$", re.MULTILINE)
_VERDICTS = re.compile(r"^# verdicts (\w+): (.+)$", re.MULTILINE)


def counted() -> list[tuple[str, str, int, int]]:
    """File, scenario, states and transitions, as the headers say."""
    return [
        (path.stem, scenario, int(states), int(transitions))
        for path in TINY
        for scenario, states, transitions in _COUNTS.findall(path.read_text("utf-8"))
    ]


def judged() -> list[tuple[str, str, str, str]]:
    """File, scenario, property and the word of its verdict, as the headers say."""
    return [
        (path.stem, scenario, *claim.split())  # type: ignore[misc]
        for path in TINY
        for scenario, claims in _VERDICTS.findall(path.read_text("utf-8"))
        for claim in claims.split(", ")
    ]


@cache
def system_of(name: str, scenario: str) -> tuple[System, Scope]:
    return compiled(loaded(HERE / "tiny" / f"{name}.hvs"), scenario)


@cache
def graph_of(name: str, scenario: str) -> Graph:
    system, scope = system_of(name, scenario)
    return enumerate_states(system, scope, 1000)


@pytest.mark.parametrize(("name", "scenario", "states", "transitions"), counted())
def test_counts(name: str, scenario: str, states: int, transitions: int) -> None:
    system, scope = system_of(name, scenario)
    graph = graph_of(name, scenario)
    taken = sum(len(graph.steps(state)) for state in graph.distance)
    assert (len(graph.distance), taken) == (states, transitions), "by brute force"
    found = explore(system, scope)
    assert (found.states, found.transitions) == (states, transitions), "by the engine"


@pytest.mark.parametrize(("name", "scenario", "claim", "word"), judged())
def test_verdicts(name: str, scenario: str, claim: str, word: str) -> None:
    system, scope = system_of(name, scenario)
    found = next(one for one in system.properties if one.name == claim)
    assert judge(graph_of(name, scenario), found).word == word, "by brute force"
    assert verdicts(system, scope)[claim].word == word, "by the engine"


@pytest.mark.parametrize("path", TINY, ids=lambda path: path.stem)
def test_every_spec_is_counted_in_every_scenario_and_says_how(path: Path) -> None:
    text = path.read_text("utf-8")
    spec = loaded(path)
    assert {scenario for scenario, _, _ in _COUNTS.findall(text)} == {scenario.name for scenario in spec.scenarios}
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert len(comments) > len(_COUNTS.findall(text) + _VERDICTS.findall(text)), "no derivation"


def test_there_are_enough() -> None:
    assert len(TINY) >= 30
