"""A violation that goes when the scenario's settings go says so; nothing is claimed that was not found out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chart.sample import APP_CONSISTENT, DRIFT, LAYOUT, SCOPE, trace_of
from hvcheck.plan.judge import Cell, judge
from hvcheck.plan.restored import with_restored
from hvcheck.verdict import Coverage, Holds, Undetermined, Verdict, Violated, confirm
from hvspec.spec import Expectation, Scenario

from .fakes import SPEC

RUN = confirm(LAYOUT, trace_of(DRIFT))
BROKEN = Violated("AppConsistent", RUN)
WHOLE = Holds("AppConsistent", Coverage(SCOPE, (), 10, 20, 5), RUN)
SCENARIOS = (Scenario("ideal", "", {}, ()), Scenario("mutant", "", {"writes": 0}, ()))


def cell(scenario: str, verdict: Verdict, scope: str = "small") -> Cell:
    return judge(scenario, scope, APP_CONSISTENT, Expectation("AppConsistent", "violated"), [("explicit", verdict)])


def notes(*cells: Cell) -> list[str]:
    return [one.restored for one in with_restored(replace(SPEC, scenarios=SCENARIOS), cells)]


def test_a_property_that_holds_without_the_settings_is_restored() -> None:
    assert notes(cell("ideal", WHOLE), cell("mutant", BROKEN)) == ["", "holds in ideal"]


@pytest.mark.parametrize("ideal", [BROKEN, Undetermined("AppConsistent", "a budget")])
def test_nothing_is_said_where_it_does_not_hold_without_them(ideal: Verdict) -> None:
    assert notes(cell("ideal", ideal), cell("mutant", BROKEN)) == ["", ""]


def test_nothing_is_said_where_nothing_was_run() -> None:
    assert notes(cell("mutant", BROKEN)) == [""]
    assert notes(cell("ideal", WHOLE), cell("mutant", WHOLE)) == ["", ""]


def test_the_same_scope_decides_if_there_is_one() -> None:
    small, large = cell("ideal", BROKEN), cell("ideal", WHOLE, "large")
    assert notes(small, large, cell("mutant", BROKEN, "large"))[2] == "holds in ideal"
    assert notes(small, large, cell("mutant", BROKEN, "small"))[2] == ""
    assert notes(small, large, cell("mutant", BROKEN, "other"))[2] == ""


def test_a_part_of_the_settings_decides_where_there_is_nothing_to_judge_without_any() -> None:
    scenarios = (*SCENARIOS, Scenario("both", "", {"writes": 0, "frees": 1}, ()))
    moot = replace(
        cell("ideal", Undetermined("AppConsistent", "moot")), expectation=Expectation("AppConsistent", "moot")
    )
    for ideal, said in ((moot, "holds in mutant"), (cell("ideal", BROKEN), "")):
        found = with_restored(replace(SPEC, scenarios=scenarios), [ideal, cell("mutant", WHOLE), cell("both", BROKEN)])
        assert [one.restored for one in found] == ["", "", said]
