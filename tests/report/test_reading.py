"""What a person gets to read of a real counterexample: the first era without its roll-back."""

from __future__ import annotations

import pytest

from hvcheck.chart.fold import fold
from hvcheck.chart.run import chart_of_run
from hvcheck.chart.text import draw
from hvcheck.engine import Budget
from hvcheck.explicit.engine import ExplicitEngine
from hvcheck.plan.judge import Cell, judge
from hvcheck.plan.smaller import Smaller
from hvcheck.report.violation import interest_in, violation_lines
from hvcheck.verdict import Violated
from hvspec.compile import compile_system
from hvspec.load import load
from hvspec.spec import Spec


@pytest.fixture(scope="module")
def drift() -> tuple[Spec, Cell, Violated]:
    spec, _ = load("ws2012")
    assert spec is not None
    system, scope, _ = compile_system(spec, scenario="no_rollback", scope="disks")
    assert system is not None
    assert scope is not None
    claim = system.property["AppConsistent"]
    verdict = next(one for one in ExplicitEngine().run(system, [claim], scope, Budget()) if isinstance(one, Violated))
    expectation = spec.scenarios[1].expected(claim.name, scope.name)
    cell = judge("no_rollback", scope.name, claim, expectation, [("explicit", verdict)])
    return spec, cell, Smaller().run(cell)


def test_it_is_read_at_one_glance(drift: tuple[Spec, Cell, Violated]) -> None:
    _, cell, shown = drift
    layout, trace = shown.run.layout, shown.run.trace
    assert layout.scope.sizes == (("VM", 1), ("DISK", 1), ("BLOCK", 1), ("DATA", 2))
    chart = fold(chart_of_run(layout, trace, interest=interest_in(cell, shown)))
    assert len(chart.rows) <= 25 < len(trace.steps)
    assert [one.place for one in chart.lifelines if one.key == "Ic[vm0]"] == ["guest[vm0]"]
    assert max(len(str(line)) for line in draw(chart, 110)) <= 110


def test_it_tells_the_story_of_the_document(drift: tuple[Spec, Cell, Violated]) -> None:
    spec, cell, shown = drift
    text = "\n".join(map(str, violation_lines(spec, cell, 110, shown=shown)))
    told = ["Backup", "OnFreeze", "Shadow", "OnThaw", "AppBegin", "CommitSnapshots", "taken.now", "Copy", "Why:"]
    position = text.index("backup_app")
    for word in told:
        position = text.index(word, position)
    assert "shown with less: 1 VM x 1 DISK x 1 BLOCK x 2 DATA" in text
    assert "taken.now[vm0, disk0, block0] == recovered[vm0, disk0, block0]  is false" in text
    assert text.splitlines()[-1].strip() in cell.claim.cites


def test_no_word_of_the_compiler_is_in_it(drift: tuple[Spec, Cell, Violated]) -> None:
    spec, cell, shown = drift
    for all_steps in (False, True):
        text = "\n".join(map(str, violation_lines(spec, cell, 110, shown=shown, all_steps=all_steps)))
        for leak in ("code.", "pc.", "vm'", "succeeded.", "failed.", " ~1", "#"):
            assert leak not in text


def test_every_step_is_there_when_asked_for(drift: tuple[Spec, Cell, Violated]) -> None:
    spec, cell, shown = drift
    text = "\n".join(map(str, violation_lines(spec, cell, 110, shown=shown, all_steps=True)))
    assert f"\n{len(shown.run.trace.steps):3}" in text
    assert "GatherWriterMetadata" in text
    assert "⋯" not in text
