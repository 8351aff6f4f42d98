"""A user's tool against a spec: a good one passes, each wrong one is caught and drawn, nothing is green for nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

import hvcheck
from hvcheck.stateful.report import Broken, Differs, Untested

from .toy import FOLDER, SPEC, CopiesBeforeTheSnapshot, DropsOneDisk, ForgetsToThaw, ToyAdapter


def failure_of(tool: type[hvcheck.Adapter], **more: object) -> hvcheck.NonconformanceError:
    machine = hvcheck.state_machine(SPEC, adapter=tool, profile="ci", **more)  # type: ignore[arg-type]
    with pytest.raises(hvcheck.NonconformanceError) as caught:
        run(machine.TestCase)
    return caught.value


def run(test_case: type[unittest.TestCase]) -> None:
    test_case("runTest").debug()


def test_a_good_tool_passes_and_everything_of_it_is_asked() -> None:
    from hvcheck.stateful.setup import Setup, prepare
    from hvcheck.stateful.state_machine import try_out

    report = try_out(prepare(Setup(str(SPEC), tool=ToyAdapter)), profile="ci")
    assert report.passed
    assert report.edges is not None
    assert report.edges.complete
    assert len(report.notes) == 1
    assert "6 of 6 methods of ToyAdapter" in report.notes[0]


@pytest.mark.parametrize(
    ("tool", "said", "last"),
    [
        (ForgetsToThaw, "Database.frozen: the model says false, the tool shows true", "OnThaw"),
        (CopiesBeforeTheSnapshot, "image[disk0]: the model says none, the tool shows empty", "TakeSnapshot"),
        (DropsOneDisk, "image[disk0]: the model says empty, the tool shows none", "Copy(disk0)"),
    ],
)
def test_a_wrong_tool_is_caught_with_the_shortest_run(tool: type[hvcheck.Adapter], said: str, last: str) -> None:
    text = str(failure_of(tool))
    assert said in text
    rows = [line for line in text.splitlines() if re.match(r"  +\d+  +\S", line)]
    assert last in rows[-1]
    assert "Write" not in "".join(rows)  # the run is as short as can be: no guest write is needed


def test_a_saved_failure_fails_alike_in_a_process_of_its_own(tmp_path: Path) -> None:
    error = failure_of(DropsOneDisk, save=tmp_path)
    (file,) = tmp_path.iterdir()
    assert f"saved: {file}" in str(error)
    paths = os.pathsep.join(str(Path(path).resolve()) for path in sys.path if path and "toy_backup" not in path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)],
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    assert "image[disk0]: the model says empty, the tool shows none" in done.stdout


def test_a_replay_of_a_good_run_passes_and_of_no_run_says_so() -> None:
    moves = [("Backup: Requester.BackUp#1 ~1",), ("Backup: Database.OnFreeze#2 ~1",)]
    hvcheck.replay(SPEC, moves, adapter=ToyAdapter)
    with pytest.raises(hvcheck.ReplayError, match="step 1 is not one of two_disks"):
        hvcheck.replay(SPEC, moves[1:], adapter=ToyAdapter)


def test_known_runs_are_tried_first() -> None:
    thaw = [
        ("Backup: Requester.BackUp#1 ~1",),
        ("Backup: Database.OnFreeze#2 ~1",),
        ("Backup: TakeSnapshot#3 ~1",),
        ("Backup: Database.OnThaw#4 ~1",),
    ]
    report = failure_of(ForgetsToThaw, examples=[thaw]).report
    assert report is not None
    assert (report.examples, report.steps) == (1, 4)


def test_a_run_of_another_engine_can_be_tried_first() -> None:
    from hvcheck.engine import Budget
    from hvcheck.explicit.engine import ExplicitEngine
    from hvcheck.stateful.setup import Setup, prepare
    from hvcheck.verdict import Reached

    layout = prepare(Setup(str(SPEC), tool=ToyAdapter)).layout
    useful = [claim for claim in layout.system.properties if claim.name == "Useful"]
    *_, verdict = ExplicitEngine().run(layout.system, useful, layout.scope, Budget())
    assert isinstance(verdict, Reached)
    report = failure_of(LosesWrites, examples=[verdict.run.trace]).report
    assert report is not None
    assert report.examples == 1


def test_hypothesis_can_run_the_machine_itself() -> None:
    few = settings(
        max_examples=8,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(hvcheck.state_machine(SPEC, adapter=ToyAdapter), settings=few)
    with pytest.raises(AssertionError, match=r"Database\.frozen: the model says false, the tool shows true"):
        run_state_machine_as_test(hvcheck.state_machine(SPEC, adapter=ForgetsToThaw), settings=few)


class OnlyStarts(hvcheck.Adapter):
    """Does and shows only what never happens in two_disks with no writes."""

    @hvcheck.on("Write")
    def write(self) -> None: ...

    @hvcheck.observe("live")
    def live(self, disk: int) -> int:  # noqa: ARG002
        return 0


def test_what_asked_the_tool_for_nothing_has_not_passed() -> None:
    outcome = failure_of(OnlyStarts, parameters={"writes": 0}).report.outcome  # type: ignore[union-attr]
    assert isinstance(outcome, Untested)
    assert "no method of OnlyStarts was ever called" in outcome.reason


class ShowsWhatNeverChanges(hvcheck.Adapter):
    @hvcheck.on("Copy")
    def copy(self) -> None: ...

    @hvcheck.observe("live")
    def live(self, disk: int) -> str:  # noqa: ARG002
        return "empty"


def test_what_could_not_have_differed_has_not_passed() -> None:
    outcome = failure_of(ShowsWhatNeverChanges, parameters={"writes": 0}).report.outcome  # type: ignore[union-attr]
    assert isinstance(outcome, Untested)
    assert "never changed in the model" in outcome.reason
    changed = failure_of(ShowsWhatNeverChanges).report.outcome  # type: ignore[union-attr]
    assert isinstance(changed, Differs)


class LosesWrites(ToyAdapter):
    def write(self, d: int, x: int) -> None:
        pass


class Raises(ToyAdapter):
    def copy(self, d: int) -> None:
        raise OSError(28, f"no space left for disk {d}")


class Returns(ToyAdapter):
    def copy(self, d: int) -> bool:  # type: ignore[override]
        super().copy(d)
        return False


class Refuses(ToyAdapter):
    def copy(self, d: int) -> None:  # noqa: ARG002
        raise hvcheck.Refused("BUSY")


class ShowsNonsense(ToyAdapter):
    def frozen(self) -> int:  # type: ignore[override]
        return int(super().frozen())


class CannotShow(ToyAdapter):
    def image(self, disk: int) -> int:
        raise KeyError(disk)


class CannotStart(ToyAdapter):
    def start(self) -> None:
        raise RuntimeError("no licence")


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        (Raises, r"Copy\(d=0\): expected that it is done, found OSError: \[Errno 28\] no space .*test_conformance.py:"),
        (Returns, r"Copy\(d=0\): expected nothing returned .* found False \(bool\)"),
        (Refuses, r"Copy\(d=0\): expected that it is done, found that it fails with BUSY"),
        (ShowsNonsense, r"Database.frozen: the model says false, the tool shows 0 \(int\), which is no bool"),
        (CannotShow, r"image\[disk0\]: the model says none, the tool shows KeyError: 0"),
        (CannotStart, r"start: expected that it begins, found RuntimeError: no licence"),
    ],
)
def test_a_tool_that_breaks_is_a_failure_with_the_reason(tool: type[hvcheck.Adapter], said: str) -> None:
    error = failure_of(tool)
    assert isinstance(error.report.outcome, Differs)  # type: ignore[union-attr]
    assert re.search(said, str(error))


class StopsBadly(ToyAdapter):
    def stop(self) -> None:
        raise RuntimeError("still mounted")


def test_a_tool_that_cannot_be_stopped_has_not_passed() -> None:
    assert "stop() of StopsBadly failed: RuntimeError: still mounted" in str(failure_of(StopsBadly))


class ForgetsInACrash(ToyAdapter):
    def crash(self) -> None:
        self.database.lock.unlink(missing_ok=True)


def test_a_crash_is_tried_where_the_adapter_has_a_method_for_it() -> None:
    error = failure_of(ForgetsInACrash)
    assert error.report is not None
    assert isinstance(error.report.outcome, Differs)
    assert error.report.outcome.moves[-1] == "crash"


BROKEN = """
era broken_spec
actor Tool
var done: bool
protocol P by Tool { step Go { done := true } }
property Never always not done
"""


def test_a_property_of_the_spec_that_does_not_hold_is_told(tmp_path: Path) -> None:
    file = tmp_path / "broken_spec.hvs"
    file.write_text(BROKEN, encoding="utf-8")

    class Does(hvcheck.Adapter):
        done = False

        @hvcheck.on("Go")
        def go(self) -> None:
            self.done = True

        @hvcheck.observe("done")
        def is_done(self) -> bool:
            return self.done

    with pytest.raises(hvcheck.NonconformanceError, match=r"Never does not hold after 1 move\b") as caught:
        run(hvcheck.state_machine(file, adapter=Does, profile="ci").TestCase)
    assert isinstance(caught.value.report.outcome, Broken)  # type: ignore[union-attr]


def test_files_are_the_target_where_there_is_no_adapter() -> None:
    with pytest.raises(hvcheck.NonconformanceError, match="UNTESTED  the system has no disks"):
        run(hvcheck.state_machine(SPEC, profile="ci").TestCase)


def test_nothing_is_left_in_the_folder_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run(hvcheck.state_machine(SPEC, adapter=ToyAdapter, profile="ci").TestCase)
    assert list(tmp_path.iterdir()) == []
    assert not any(entry.name in ("backup", "frozen") for entry in FOLDER.iterdir())
