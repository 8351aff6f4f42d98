"""The progress line: on a terminal's standard error only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from hvcheck.engine import Progress
from hvcheck.plan.job import Job
from hvcheck.plan.pool import Watch


@contextmanager
def progress_line(*, wanted: bool) -> Iterator[Watch]:
    """A watcher for `run_jobs`; it does nothing unless standard error is a terminal."""
    if not wanted or not sys.stderr.isatty():
        yield lambda _ended, _job, _progress: None
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status("starting") as status:

        def watch(ended: int, job: Job, progress: Progress | None) -> None:
            status.update(Text(describe(ended, job, progress), no_wrap=True, overflow="ellipsis"), spinner_style="dim")

        yield watch


def describe(ended: int, job: Job, progress: Progress | None) -> str:
    """One line: what runs and how far it is."""
    name = " ".join(filter(None, (job.spec, job.scenario, job.engine)))
    if progress is None:
        return f"{ended} done; {name} has ended"
    parts = [
        f"{ended} done",
        f"{name}: {progress.phase}",
        f"{progress.states:,} states" if progress.states else "",
        f"depth {progress.depth}" if progress.depth else "",
        f"{progress.queue:,} to go" if progress.queue else "",
        f"{progress.seconds:.0f} s" if progress.seconds >= 1 else "",
    ]
    return "; ".join(filter(None, parts))
