"""Work for the pool that needs nothing: imported by every worker, so it imports little."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from hvcheck.engine import Progress
from hvcheck.plan.job import Job, JobEvent, JobResult


def slow_work(job: Job) -> Iterator[JobEvent]:
    """Takes as many seconds as the scope says; fails, dies or hangs if the scenario says so."""
    yield Progress("pretending", states=1)
    match job.scenario:
        case "dies":
            os._exit(9)
        case "raises":
            raise RuntimeError("as told")
        case "unsendable":
            yield JobResult(job, failure=(lambda: None))  # type: ignore[arg-type]
        case "sleeps":
            time.sleep(600)
        case _:
            time.sleep(float(job.scope or 0))
            yield JobResult(job, scope=job.scenario or "")
