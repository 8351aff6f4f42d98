"""The shipped eras run on files, every scenario of them; a store that loses one block is caught with a short chart."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from hvcheck.chart.run import chart_of_run
from hvcheck.chart.text import draw
from hvcheck.engine import Budget
from hvcheck.stateful.coverage import EdgeMap
from hvcheck.stateful.report import Differs, TestReport
from hvcheck.stateful.run import PROFILES, Profile, run_test
from hvcheck.stateful.setup import Setup, prepare
from hvmodel.state import Layout
from hvmodel.stores.driver import Driver, DriverFactory
from hvmodel.stores.plain import PlainDisk
from hvmodel.stores.vhdx.disk import VhdxDisk
from hvmodel.trace import Trace
from hvspec.compile import compile_system
from hvspec.load import load

ERAS = ("ws2012", "ws2012r2", "ws2016")
VHDX: DriverFactory = partial(VhdxDisk, durable=False)
WALKS, SEED = int(os.environ.get("HVCHECK_WALKS", "500")), int(os.environ.get("HVCHECK_SEED", "0"))
SHORT = Profile(examples=2, steps=20, walks=12, walk_steps=250)


class LosesABlock(PlainDisk):
    """The block that a guest snapshot should bring back is zero."""

    def copy(self, source: Driver, source_role: str, role: str) -> None:
        super().copy(source, source_role, role)
        if (source_role, role) == ("diff", "now"):
            self.write("now", 0, bytes(self.block_size))


@pytest.fixture
def folders(tmp_path: Path) -> Callable[[], Path]:
    numbers = count()

    def folder() -> Path:
        path = tmp_path / str(next(numbers))
        path.mkdir()
        return path

    return folder


def tried(
    era: str,
    folders: Callable[[], Path],
    driver: DriverFactory,
    profile: Profile,
    scenario: str = "ideal",
    scope: str | None = "disks",
    seed: int = 0,
) -> TestReport:
    spec, _ = load(era)
    assert spec is not None
    system, sizes, _ = compile_system(spec, scenario=scenario, scope=scope)
    assert system is not None
    assert sizes is not None
    chosen = next(one for one in spec.scenarios if one.name == scenario)
    violated = [one.property for one in chosen.expectations if one.verdict == "violated"]
    if scenario != "ideal":  # lemmas that the explicit engine judges are not the question here
        violated += [claim.name for claim in system.properties]
    return run_test(system, sizes, folders, profile=profile, seed=seed, driver=driver, violated=violated, render=drawn)


def drawn(layout: Layout, trace: Trace) -> str:
    return "\n".join(map(str, draw(chart_of_run(layout, trace), 110)))


@pytest.mark.parametrize("era", ERAS)
def test_an_era_runs_on_plain_files(era: str, folders: Callable[[], Path]) -> None:
    report = tried(era, folders, PlainDisk, SHORT)
    assert report.passed, report.outcome
    assert report.storage_steps > 50


def judged_as_verify_does(era: str, scenario: str, folders: Callable[[], Path]) -> TestReport:
    prepared = prepare(Setup(era, scenario))
    return run_test(
        prepared.layout.system, prepared.layout.scope, folders,
        profile=Profile(1, 1, 10, 300), target=prepared.new_target(), violated=prepared.unjudged,
    )  # fmt: skip


@pytest.mark.parametrize(("era", "scenario"), [("ws2012", "no_rollback"), ("ws2012r2", "no_scsi")])
def test_a_test_breaks_no_property_that_verify_does_not(era: str, scenario: str, folders: Callable[[], Path]) -> None:
    """A lemma that only proofs need, and a property under a fault that does not occur here."""
    report = judged_as_verify_does(era, scenario, folders)
    assert report.passed, report.outcome
    assert report.checked
    assert not {"Reverted", "Isolation"} & set(report.checked)


@pytest.mark.slow
@pytest.mark.parametrize("era", ERAS)
def test_no_scenario_breaks_what_it_is_expected_to_keep(era: str, folders: Callable[[], Path]) -> None:
    spec, _ = load(era)
    assert spec is not None
    for scenario in spec.scenarios:
        report = judged_as_verify_does(era, scenario.name, folders)
        assert report.passed, (scenario.name, report.outcome)


@pytest.mark.slow
@pytest.mark.parametrize("era", ERAS)
def test_an_era_runs_on_vhdx_files(era: str, folders: Callable[[], Path]) -> None:
    report = tried(era, folders, VHDX, SHORT)
    assert report.passed, report.outcome


@pytest.mark.slow
@pytest.mark.parametrize("era", ERAS)
def test_five_hundred_walks_through_all_scenarios(
    era: str, folders: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """On VHDX files: at most 200 steps each, as many walks in each scenario. More of them, or others: HVCHECK_WALKS,
    HVCHECK_SEED."""
    spec, _ = load(era)
    assert spec is not None
    each = -(-WALKS // len(spec.scenarios))
    walks, steps, on_disks, start = 0, 0, 0, time.monotonic()
    for scenario in spec.scenarios:
        report = tried(era, folders, VHDX, Profile(1, 1, each, 200), scenario.name, None, SEED)
        assert report.passed, (scenario.name, report.outcome)
        walks += each
        steps += report.steps
        on_disks += report.storage_steps
    assert walks >= WALKS
    assert steps > 20 * WALKS
    with capsys.disabled():
        seconds = time.monotonic() - start
        print(f"\n{era:9} {walks} walks, {steps:,} steps, {on_disks:,} of them on disks, {seconds:.0f} s")


@pytest.mark.slow
@pytest.mark.parametrize("era", ERAS)
def test_nightly_sees_the_edges(era: str, folders: Callable[[], Path], capsys: pytest.CaptureFixture[str]) -> None:
    """Every edge of the small scope, by chance or by the shortest way to it, as far as the nightly profile looks; with
    fewer walks than at night. What was not seen is named."""
    spec, _ = load(era)
    assert spec is not None
    system, sizes, _ = compile_system(spec, scenario="ideal", scope="disks")
    assert system is not None
    assert sizes is not None
    every = [claim.name for claim in system.properties]
    nightly = PROFILES["nightly"]
    profile = replace(nightly, examples=1, steps=1, walks=10, walk_steps=200)
    edges = EdgeMap(Layout(system, sizes), Budget(states=nightly.edge_states))
    report = run_test(system, sizes, folders, profile=profile, driver=VHDX, violated=every, edges=edges)
    assert report.passed, report.outcome
    assert report.edges is not None
    assert not report.edges.known.stopped
    missing = "; ".join(map(str, report.edges.missing))
    assert report.edges.share >= 0.95, missing
    with capsys.disabled():
        print(f"\n{era:9} {report.edges}, {report.steps:,} steps; not seen: {missing or 'none'}")


@pytest.mark.slow
def test_a_store_that_loses_one_block_is_caught(folders: Callable[[], Path]) -> None:
    outcome = tried("ws2012", folders, LosesABlock, Profile(examples=2, steps=20, walks=60, walk_steps=300)).outcome
    assert isinstance(outcome, Differs)
    assert outcome.minimal
    assert {difference.role for difference in outcome.differences} == {"now"}
    assert "Revert" in outcome.chart
