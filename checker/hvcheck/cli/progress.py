"""Progress: on a terminal's standard error only, so that what goes into a pipe is always the same."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hvcheck.engine import Progress
from hvcheck.plan.job import Job, JobEvent, JobResult
from hvcheck.plan.pool import Watch
from hvcheck.report.evidence import plural, seconds_words

if TYPE_CHECKING:
    from hvcheck.stateful.session import Tally


@contextmanager
def progress_line(*, wanted: bool) -> Iterator[Watch]:
    """A watcher for `run_jobs`: a line that moves, and one that stays for every job that has ended.

    It does nothing unless standard error is a terminal.
    """
    if not wanted or not sys.stderr.isatty():
        yield lambda _ended, _job, _progress: None
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    with console.status("starting") as status:

        def watch(ended: int, job: Job, event: JobEvent) -> None:
            if isinstance(event, JobResult):
                console.print(Text(decided(event), no_wrap=True, overflow="ellipsis"), style="dim")
                return
            status.update(Text(describe(ended, job, event), no_wrap=True, overflow="ellipsis"), spinner_style="dim")

        yield watch


@contextmanager
def line_of_test(*, wanted: bool) -> Iterator[Callable[[Tally], None]]:
    """A watcher for `run_test`: a line that moves. It does nothing unless standard error is a terminal."""
    if not wanted or not sys.stderr.isatty():
        yield lambda _tally: None
        return
    from rich.console import Console
    from rich.text import Text

    start = time.monotonic()
    with Console(stderr=True).status("starting") as status:

        def watch(tally: Tally) -> None:
            line = describe_test(tally, time.monotonic() - start)
            status.update(Text(line, no_wrap=True, overflow="ellipsis"), spinner_style="dim")

        yield watch


def describe_test(tally: Tally, seconds: float) -> str:
    """One line: what a test does and how far it is."""
    parts = [
        tally.phase,
        plural(tally.examples, "example") if tally.examples else "",
        plural(tally.steps, "step") if tally.steps else "",
        f"{plural(len(tally.edges), 'edge')} seen" if tally.edges else "",
        f"{seconds:.0f} s" if seconds >= 1 else "",
    ]
    return "; ".join(filter(None, parts))


def decided(result: JobResult) -> str:
    """One line: what came out, in words; whether it is as expected is told when all is known."""
    job = result.job
    name = " ".join(filter(None, (job.spec, job.scenario, f"({result.scope})" if result.scope else "", job.engine)))
    counted = Counter(verdict.word.lower() for verdict in result.verdicts)
    what = ", ".join(f"{number} {word}" for word, number in sorted(counted.items()))
    problem = result.failure or ("the spec has errors" if result.diagnostics and not what else "nothing to judge")
    return f"{name}: {what or problem}; {seconds_words(result.seconds)}"


def shares(progress: Progress) -> str:
    """What the time went to, in hundredths, once there is enough of it to tell."""
    total = sum(seconds for _, seconds in progress.spent)
    if progress.seconds < 1 or not total:
        return ""
    parts = ((name, round(100 * seconds / total)) for name, seconds in progress.spent)
    return ", ".join(f"{name} {part}%" for name, part in parts if part)


def describe(ended: int, job: Job, progress: Progress) -> str:
    """One line: what runs and how far it is."""
    name = " ".join(filter(None, (job.spec, job.scenario, job.engine)))
    parts = [
        f"{ended} done",
        f"{name}: {progress.phase}",
        f"{progress.states:,} states" if progress.states else "",
        f"depth {progress.depth}" if progress.depth else "",
        f"{progress.queue:,} to go" if progress.queue else "",
        f"{progress.seconds:.0f} s" if progress.seconds >= 1 else "",
        f"{progress.states / progress.seconds:,.0f} states/s" if progress.seconds >= 1 and progress.states else "",
        f"{progress.memory / 2**20:,.0f} MiB" if progress.memory else "",
        shares(progress),
    ]
    return "; ".join(filter(None, parts))
