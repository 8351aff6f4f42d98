"""Reductions with a fault in them: the comparison with the reference must find each out."""

# ruff: noqa: ARG005 - a mutant stands in for a function and takes what that takes

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings

from explicit.small import THREE, lock
from explicit.test_against_brute import CALM, graph_of
from generators.systems import Drawn, systems
from hvcheck.explicit import exploration
from hvcheck.explicit.compiled import canonical
from hvcheck.reduce import cone, group, orbit
from hvcheck.reduce.choice import Reduction
from hvcheck.verdict import EvidenceError, Failed, Violated
from hvmodel.expression import TRUE, Literal
from hvmodel.system import Action, Property

from .agree import agree, larger, reduced
from .test_symmetry import summed

Broken = Callable[[pytest.MonkeyPatch], None]


def guards_that_do_not_count(patch: pytest.MonkeyPatch) -> None:
    whole = cone.needed
    patch.setattr(cone, "needed", lambda system, action, names: whole(system, _stripped(action, "guards"), names))


def obligations_that_do_not_count(patch: pytest.MonkeyPatch) -> None:
    whole = cone.needed
    patch.setattr(cone, "needed", lambda system, action, names: whole(system, _stripped(action, "obligations"), names))


def _stripped(action: Action, part: str) -> Action:
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


def names_that_do_not_count(patch: pytest.MonkeyPatch) -> None:
    whole = group._Use._expression
    patch.setattr(
        group._Use, "_expression", lambda self, system, one: None if type(one) is Literal else whole(self, system, one)
    )


def cells_that_move_without_their_values(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(orbit, "_stretches", lambda layout, exchange: ())


def values_that_move_without_their_cells(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(orbit, "exchanged", lambda value, type_, exchange: value)


def one_state_for_all(patch: pytest.MonkeyPatch) -> None:
    whole = orbit._image
    patch.setattr(orbit, "_image", lambda layout, one: replace(whole(layout, one), source=(0,) * len(layout.cells)))


def compiled_cells_that_move_without_their_values(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(canonical, "_relabelled", lambda source, target, table: [])


def compiled_images_taken_as_they_come(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(canonical, "_less", lambda words: "(i32.const 1)")


def the_step_of_another_state(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(exploration.Exploration, "last", lambda self, labels, ending: ending.step)


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
    @settings(CALM, max_examples=4000, database=None, phases=[Phase.generate], report_multiple_bugs=False)
    @given(systems())
    def compare(drawn: Drawn) -> None:
        agree(graph_of(drawn), frozenset({reduction}))

    broken(monkeypatch)
    with pytest.raises((AssertionError, KeyError, IndexError)):
        compare()


@pytest.mark.parametrize(
    "broken",
    [
        names_that_do_not_count,
        cells_that_move_without_their_values,
        values_that_move_without_their_cells,
        one_state_for_all,
        compiled_cells_that_move_without_their_values,
        compiled_images_taken_as_they_come,
    ],
)
def test_orbits_at_fault_do_not_add_up(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    @settings(CALM, max_examples=300, database=None, phases=[Phase.generate], report_multiple_bugs=False)
    @given(systems())
    def compare(drawn: Drawn) -> None:
        graph = graph_of(larger(drawn))
        summed(graph.layout, set(graph.distance))

    broken(monkeypatch)
    with pytest.raises((AssertionError, KeyError, IndexError, EvidenceError)):
        compare()


def test_the_last_step_is_taken_where_the_run_has_come_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three machines the one that froze is another in the canonical state than in the run."""
    claim = Property("P", "never", forbidden=frozenset({"thaw"}))
    good = reduced(lock(claim), THREE, frozenset({"symmetry"}))["P"]
    assert isinstance(good, Violated)
    assert len({step.arguments for step in good.run.trace.steps}) == 1
    the_step_of_another_state(monkeypatch)
    assert isinstance(reduced(lock(claim), THREE, frozenset({"symmetry"}))["P"], Failed)
