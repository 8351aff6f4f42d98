"""The progress line: what it says, and that it is on terminals only."""

from __future__ import annotations

import io
import sys

import pytest

from hvcheck.cli.main import run
from hvcheck.cli.progress import decided, describe, describe_test, progress_line
from hvcheck.engine import Progress
from hvcheck.plan.job import Job, JobResult
from hvcheck.stateful.coverage import Edge
from hvcheck.stateful.session import Tally
from hvcheck.verdict import Bounded, Undetermined

JOB = Job("ws2012", "no_rollback", engine="explicit")


def test_the_line_says_what_runs_and_how_far_it_is() -> None:
    far = Progress("exploring", states=12345, depth=27, queue=100, seconds=3.2)
    assert describe(2, JOB, far) == (
        "2 done; ws2012 no_rollback explicit: exploring; 12,345 states; depth 27; 100 to go; 3 s; 3,858 states/s"
    )


def test_the_line_says_how_fast_and_what_the_time_went_to() -> None:
    spent = (("compile", 0.5), ("search", 3.5), ("grow", 0.001))
    far = Progress("exploring", states=40_000, seconds=4.0, memory=300 * 2**20, spent=spent)
    line = describe(0, JOB, far)
    assert line.endswith("exploring; 40,000 states; 4 s; 10,000 states/s; 300 MiB; compile 12%, search 87%")


def test_the_line_of_a_test_says_how_far_it_is() -> None:
    edge = Edge("Copy", "Backup: Copy")
    tally = Tally("walk 3 of 60", examples=3, steps=1234, edges={edge})
    assert describe_test(tally, 2.4) == "walk 3 of 60; 3 examples; 1,234 steps; 1 edge seen; 2 s"
    assert describe_test(Tally("looking for the edges"), 0.1) == "looking for the edges"


def test_a_test_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TERM", "xterm")
    arguments = ["test", "ws2012r2", "--scope", "disks", "--profile", "ci", "--examples", "1"]
    for more, told in (([], True), (["--json"], False)):
        monkeypatch.setattr(sys, "stderr", stream := Terminal())
        assert run([*arguments, *more]) == 0
        assert ("of 25" in stream.getvalue()) == told
    assert "PASSED" in capsys.readouterr().out


def test_a_decided_scenario_leaves_a_line() -> None:
    verdicts = (Bounded("A", 3, "a budget"), Undetermined("B", "no witness"), Undetermined("C", "no witness"))
    result = JobResult(JOB, verdicts=verdicts, scope="pair", seconds=2.25)
    assert decided(result) == "ws2012 no_rollback (pair) explicit: 1 bounded, 2 undetermined; 2.2 s"
    assert "out of memory" in decided(JobResult(JOB, failure="out of memory"))
    assert "nothing to judge" in decided(JobResult(JOB))


def test_lines_of_decided_scenarios_stay_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with progress_line(wanted=True) as watch:
        watch(1, JOB, JobResult(JOB, verdicts=(Bounded("A", 3, "a budget"),), scope="pair"))
    assert "(pair) explicit: 1 bounded" in stream.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "wanted", "written"),
    [(io.StringIO(), True, False), (Terminal(), False, False), (Terminal(), True, True)],
)
def test_only_a_terminal_gets_it_and_only_if_wanted(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, wanted: bool, written: bool
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with progress_line(wanted=wanted) as watch:
        watch(0, JOB, Progress("exploring"))
    assert bool(stream.getvalue()) == written
