"""Each reduction alone on many random systems: the reference's verdicts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from explicit.test_against_brute import CALM, graph_of
from generators.systems import Drawn, systems
from hvcheck.reduce.choice import REDUCTIONS, Reduction

from .agree import agree, larger


@pytest.mark.slow
@pytest.mark.parametrize("_part", range(6))
@pytest.mark.parametrize("reduction", REDUCTIONS)
@settings(CALM, max_examples=500)
@given(drawn=systems())
def test_many_random_systems(reduction: Reduction, _part: int, drawn: Drawn) -> None:
    agree(graph_of(larger(drawn) if reduction == "symmetry" else drawn), frozenset({reduction}))


@pytest.mark.slow
@pytest.mark.parametrize("_part", range(4))
@settings(CALM, max_examples=500)
@given(drawn=systems(plain=True))
def test_many_random_systems_with_plain_steps(_part: int, drawn: Drawn) -> None:
    agree(graph_of(drawn), frozenset({"compress"}))
