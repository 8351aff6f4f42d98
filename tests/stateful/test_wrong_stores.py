"""Every wrong store is caught by running a shipped era on it, and the shortest run that shows it is drawn."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hvcheck.chart.run import chart_of_run
from hvcheck.chart.text import draw
from hvcheck.stateful.report import Differs, TestReport
from hvcheck.stateful.run import Profile, run_test
from hvmodel.state import Layout
from hvmodel.stores.classes import CLASSES
from hvmodel.trace import Trace
from hvspec.compile import compile_system
from hvspec.load import load

from .wrong_stores import MUTANTS, VHDX, Mutant

Folders = Callable[[], Path]
WALKS = Profile(examples=1, steps=1, walks=60, walk_steps=200)


def tried(mutant: Mutant, folders: Folders, *, right: bool = False) -> TestReport:
    spec, _ = load(mutant.era)
    assert spec is not None
    scope = {"ideal": "disks", "no_storage_snapshot": "disks"}.get(mutant.scenario)
    system, sizes, _ = compile_system(spec, scenario=mutant.scenario, scope=scope)
    assert system is not None
    assert sizes is not None
    # What the spec says of the protocol is not the question here: only the files are judged.
    every = [claim.name for claim in system.properties]
    return run_test(
        system, sizes, folders, profile=WALKS if not right else Profile(1, 1, 3, 100), violated=every, render=drawn,
        driver=VHDX if right else mutant.driver, classes=CLASSES if right else mutant.classes or CLASSES,
    )  # fmt: skip


def drawn(layout: Layout, trace: Trace) -> str:
    return "\n".join(map(str, draw(chart_of_run(layout, trace), 110)))


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_every_wrong_store_is_caught(mutant: Mutant, folders: Folders, capsys: pytest.CaptureFixture[str]) -> None:
    """Tells for each what differs, the seconds that it took, and the moves of the run that is left."""
    start = time.monotonic()
    outcome = tried(mutant, folders).outcome
    seconds = time.monotonic() - start
    assert isinstance(outcome, Differs), outcome
    assert outcome.reproduced
    assert outcome.minimal
    fields = {difference.field for difference in outcome.differences}
    assert fields & mutant.fields, outcome.differences
    assert outcome.chart
    shown = ", ".join(sorted(fields))
    with capsys.disabled():
        print(f"\n{mutant.name:31} {mutant.era:9} {shown:16} {seconds:6.1f} s {len(outcome.moves):4} moves")


def test_there_are_ten_wrong_stores_and_all_eras_have_some() -> None:
    assert len(MUTANTS) >= 10
    assert {mutant.era for mutant in MUTANTS} == {"ws2012", "ws2012r2", "ws2016"}


def test_the_right_stores_pass_where_the_wrong_ones_do_not(folders: Folders) -> None:
    report = tried(MUTANTS[0], folders, right=True)
    assert report.passed, report.outcome
    assert report.storage_steps


def test_one_wrong_store_is_caught(folders: Folders) -> None:
    """The rest are slow; this one shows that the test can fail at all."""
    mutant = next(one for one in MUTANTS if one.name == "tracker granule off by one")
    outcome = tried(mutant, folders).outcome
    assert isinstance(outcome, Differs)
    assert outcome.minimal
    assert len(outcome.moves) == 1
    assert {difference.field for difference in outcome.differences} == {"memory"}
