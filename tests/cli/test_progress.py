"""The progress line: what it says, and that it is on terminals only."""

from __future__ import annotations

import io
import sys

import pytest

from hvcheck.cli.progress import describe, progress_line
from hvcheck.engine import Progress
from hvcheck.plan.job import Job

JOB = Job("ws2012", "no_rollback", engine="explicit")


def test_the_line_says_what_runs_and_how_far_it_is() -> None:
    far = Progress("exploring", states=12345, depth=27, queue=100, seconds=3.2)
    assert describe(2, JOB, far) == (
        "2 done; ws2012 no_rollback explicit: exploring; 12,345 states; depth 27; 100 to go; 3 s"
    )
    assert describe(3, JOB, None) == "3 done; ws2012 no_rollback explicit has ended"


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
