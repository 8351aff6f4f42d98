"""All reductions together on many random systems: the reference's verdicts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explicit.test_against_brute import CALM, graph_of
from generators.systems import systems

from .agree import agree, larger
from .test_agree import ALL


@pytest.mark.slow
@pytest.mark.parametrize("_part", range(6))
@pytest.mark.parametrize("plain", [False, True], ids=["", "plain"])
@settings(CALM, max_examples=250)
@given(data=st.data())
def test_many_random_systems(plain: bool, _part: int, data: st.DataObject) -> None:
    agree(graph_of(larger(data.draw(systems(plain=plain)))), ALL)
