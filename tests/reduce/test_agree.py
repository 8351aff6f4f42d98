"""Each reduction alone and all together: the reference's verdicts, on random systems and on every small spec.

Many more random systems are in `test_many_alone` and `test_many_together`: a file for each worker of CI.
"""

from __future__ import annotations

from collections.abc import Set

import pytest
from hypothesis import given, settings

from explicit.test_against_brute import CALM, graph_of
from generators.systems import Drawn, systems
from hvcheck.reduce.choice import REDUCTIONS, Reduction
from language import test_tiny as tiny

from .agree import agree, larger


def sized(drawn: Drawn, wanted: Set[Reduction]) -> Drawn:
    """With three elements of each sort where symmetry is to find something to exchange: one is named."""
    return larger(drawn) if "symmetry" in wanted else drawn


ALL = frozenset(REDUCTIONS)
SETS: list[frozenset[Reduction]] = [*(frozenset({one}) for one in REDUCTIONS), ALL]


@pytest.mark.parametrize("wanted", SETS, ids=lambda wanted: "+".join(sorted(wanted)))
@settings(CALM, max_examples=75)
@given(systems())
def test_random_systems(wanted: Set[Reduction], drawn: Drawn) -> None:
    agree(graph_of(sized(drawn, wanted)), wanted)


@settings(CALM, max_examples=75)
@given(systems(plain=True))
def test_random_systems_with_plain_steps(drawn: Drawn) -> None:
    agree(graph_of(drawn), frozenset({"compress"}))
    agree(graph_of(sized(drawn, ALL)), ALL)


@settings(CALM, max_examples=25)
@given(systems())
def test_random_systems_compiled(drawn: Drawn) -> None:
    agree(graph_of(sized(drawn, ALL)), ALL, compiled=True)


@pytest.mark.parametrize("wanted", SETS, ids=lambda wanted: "+".join(sorted(wanted)))
@pytest.mark.parametrize(("name", "scenario"), sorted({(name, scenario) for name, scenario, _, _ in tiny.counted()}))
def test_small_specs(name: str, scenario: str, wanted: Set[Reduction]) -> None:
    agree(tiny.graph_of(name, scenario), wanted)
