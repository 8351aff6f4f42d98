"""ws2012 and ws2012r2 run on files; a store that loses one block is caught with a short chart."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from hvcheck.chart.run import chart_of_run
from hvcheck.chart.text import draw
from hvcheck.stateful.report import Differs, TestReport
from hvcheck.stateful.run import Profile, run_test
from hvmodel.state import Layout
from hvmodel.stores.driver import Driver, DriverFactory
from hvmodel.stores.plain import PlainDisk
from hvmodel.stores.vhdx.disk import VhdxDisk
from hvmodel.trace import Trace
from hvspec.compile import compile_system
from hvspec.load import load

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


def tried(era: str, folders: Callable[[], Path], driver: DriverFactory, profile: Profile) -> TestReport:
    spec, _ = load(era)
    assert spec is not None
    system, scope, _ = compile_system(spec, scenario="ideal", scope="disks")
    assert system is not None
    assert scope is not None
    ideal = next(scenario for scenario in spec.scenarios if scenario.name == "ideal")
    violated = [one.property for one in ideal.expectations if one.verdict == "violated"]
    return run_test(system, scope, folders, profile=profile, driver=driver, violated=violated, render=drawn)


def drawn(layout: Layout, trace: Trace) -> str:
    return "\n".join(map(str, draw(chart_of_run(layout, trace), 110)))


@pytest.mark.parametrize("era", ["ws2012", "ws2012r2"])
def test_an_era_runs_on_plain_files(era: str, folders: Callable[[], Path]) -> None:
    report = tried(era, folders, PlainDisk, SHORT)
    assert report.passed, report.outcome
    assert report.storage_steps > 50


@pytest.mark.slow
@pytest.mark.parametrize("era", ["ws2012", "ws2012r2"])
def test_an_era_runs_on_vhdx_files(era: str, folders: Callable[[], Path]) -> None:
    report = tried(era, folders, VhdxDisk, SHORT)
    assert report.passed, report.outcome


@pytest.mark.slow
def test_a_store_that_loses_one_block_is_caught(folders: Callable[[], Path]) -> None:
    outcome = tried("ws2012", folders, LosesABlock, Profile(examples=2, steps=20, walks=60, walk_steps=300)).outcome
    assert isinstance(outcome, Differs)
    assert outcome.minimal
    assert {difference.role for difference in outcome.differences} == {"now"}
    assert "Revert" in outcome.chart
