"""Reductions with a fault in them: the comparison with the reference must find each out."""

# ruff: noqa: ARG005 - a mutant stands in for a function and takes what that takes

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import Phase, given, settings

from explicit.test_against_brute import CALM, graph_of
from generators.systems import Drawn, systems
from hvcheck.reduce import cone
from hvcheck.reduce.choice import Reduction
from hvmodel.expression import TRUE
from hvmodel.system import Action

from .agree import agree

Broken = Callable[[pytest.MonkeyPatch], None]


def guards_that_do_not_count(patch: pytest.MonkeyPatch) -> None:
    whole = cone.needed
    patch.setattr(cone, "needed", lambda system, action, names: whole(system, _stripped(action, "guards"), names))


def obligations_that_do_not_count(patch: pytest.MonkeyPatch) -> None:
    whole = cone.needed
    patch.setattr(cone, "needed", lambda system, action, names: whole(system, _stripped(action, "obligations"), names))


def _stripped(action: Action, part: str) -> Action:
    from dataclasses import replace

    return replace(action, guards=()) if part == "guards" else replace(action, obligations=())


def values_that_do_not_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cone, "written", lambda write: (*write.indices, write.where))


def conditions_that_do_not_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cone, "written", lambda write: (*write.indices, write.value))


def indices_that_do_not_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cone, "written", lambda write: (write.value, write.where))


def witnesses_that_do_not_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cone, "_expressions", lambda claim: iter((claim.expression, claim.trigger or TRUE)))


def asking_for_no_action(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cone, "_asked", lambda system, claim: iter(()))


def fairness_in_pieces(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cone, "_fair_together", lambda system, actions: set())


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@pytest.mark.parametrize(
    ("reduction", "broken"),
    [
        ("slice", guards_that_do_not_count),
        ("slice", obligations_that_do_not_count),
        ("slice", values_that_do_not_count),
        ("slice", conditions_that_do_not_count),
        ("slice", indices_that_do_not_count),
        ("slice", witnesses_that_do_not_count),
        ("slice", asking_for_no_action),
    ],
)
def test_a_fault_is_found_out(reduction: Reduction, broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    @settings(CALM, max_examples=600, database=None, phases=[Phase.generate], report_multiple_bugs=False)
    @given(systems())
    def compare(drawn: Drawn) -> None:
        agree(graph_of(drawn), frozenset({reduction}))

    broken(monkeypatch)
    with pytest.raises((AssertionError, KeyError)):
        compare()
