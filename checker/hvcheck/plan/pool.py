"""Running jobs in worker processes: results in the order of the jobs, whatever the number of workers."""

from __future__ import annotations

import gc
import pickle
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, TypeAlias

from .job import Job, JobEvent, JobResult

if TYPE_CHECKING:  # a single job is done without
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

Work: TypeAlias = Callable[[Job], Iterator[JobEvent]]
Watch: TypeAlias = Callable[[int, Job, JobEvent], None]
"""Told of progress: how many jobs have ended, the job that moves, and how far it is or how it ended."""


def run_jobs(jobs: Sequence[Job], work: Work, workers: int, watch: Watch) -> list[JobResult]:
    """All results, in the order of the jobs. With several workers `work` must be of the kind that pickles.

    An interruption (Ctrl-C) ends every worker and is passed on.
    """
    return list(results_in_order(jobs, work, workers, watch))


def results_in_order(jobs: Sequence[Job], work: Work, workers: int, watch: Watch) -> Iterator[JobResult]:
    """The same, each as soon as it and all before it are there; closing the iterator ends the workers."""
    if workers <= 1 or len(jobs) <= 1:
        yield from _in_turn(jobs, work, watch)
        return
    pool = _Pool(jobs, work, min(workers, len(jobs)), watch)
    try:
        yield from pool.run()
    finally:
        pool.stop()


def _in_turn(jobs: Sequence[Job], work: Work, watch: Watch) -> Iterator[JobResult]:
    for ended, job in enumerate(jobs):
        for event in _safely(work, job):
            if isinstance(event, JobResult):
                yield event
                watch(ended + 1, job, event)
            else:
                watch(ended, job, event)


def _serve(connection: Connection) -> None:
    """A worker: its work, then jobs in, events out, until all is closed. The parent decides what Ctrl-C means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a job makes mostly lives as long as the job: looking for garbage as often as usual would take a tenth of it.
    gc.set_threshold(50_000, 20, 20)
    with suppress(EOFError, OSError):
        work: Work = connection.recv()
        while True:
            _do(connection.recv(), work, connection)


def _do(job: Job, work: Work, connection: Connection) -> None:
    for event in _safely(work, job):
        try:
            connection.send(event)
        except OSError:
            raise
        except Exception as error:  # pickling fails in many ways, and a traceback helps no user
            connection.send(JobResult(job, failure=f"its result cannot be sent: {error}"))


def _safely(work: Work, job: Job) -> Iterator[JobEvent]:
    """The job's events; a defect of the tool in it becomes the job's failure."""
    try:
        yield from work(job)
    except Exception as error:
        yield JobResult(job, failure=f"{type(error).__name__}: {error}")


@contextmanager
def _deaf() -> Iterator[None]:
    """Start a process that ignores Ctrl-C from its first instruction on (what is ignored is inherited)."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    connection: Connection
    position: int | None = None


@dataclass(slots=True)
class _Pool:
    jobs: Sequence[Job]
    work: Work
    size: int
    watch: Watch
    workers: list[_Worker] = field(default_factory=list)
    results: dict[int, JobResult] = field(default_factory=dict)

    def run(self) -> Iterator[JobResult]:
        # Proofs first: they cannot be shared out, and what is begun last should be short.
        order = sorted(range(len(self.jobs)), key=lambda position: self.jobs[position].engine != "symbolic")
        waiting = order[::-1]
        self._start(self.size)
        for position in range(len(self.jobs)):
            while position not in self.results:
                self._turn(waiting)
            yield self.results[position]

    def _turn(self, waiting: list[int]) -> None:
        """Give work to who has none, and hear what there is to hear."""
        while waiting and (worker := self._free()) is not None:
            worker.position = waiting.pop()
            with suppress(OSError):  # it has died; who hears of it next finds out
                worker.connection.send(self.jobs[worker.position])
        from multiprocessing.connection import wait

        busy = [worker for worker in self.workers if worker.position is not None]
        ready = wait([worker.connection for worker in busy])
        for worker in busy:
            if worker.connection in ready:
                self._receive(worker)

    def _free(self) -> _Worker | None:
        for worker in self.workers:
            if worker.position is None:
                return worker
        if len(self.workers) == self.size:
            return None
        self._start(1)
        return self.workers[-1]

    def _start(self, number: int) -> None:
        """More workers: all are on their way before the first is told its work, which waits until it is there."""
        from multiprocessing import get_context

        context, work = get_context("spawn"), pickle.dumps(self.work)
        started: list[_Worker] = []
        for _ in range(number):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs,), daemon=True)
            with _deaf():
                process.start()
            theirs.close()
            started.append(_Worker(process, ours))
            self.workers.append(started[-1])
        for worker in started:
            with suppress(OSError):
                worker.connection.send_bytes(work)

    def _receive(self, worker: _Worker) -> None:
        position = worker.position
        assert position is not None
        try:
            event = worker.connection.recv()
        except (EOFError, OSError):
            event = self._lost(worker, self.jobs[position])
        if isinstance(event, JobResult):
            self.results[position] = event
            worker.position = None
            self.watch(len(self.results), self.jobs[position], event)
        else:
            self.watch(len(self.results), self.jobs[position], event)

    def _lost(self, worker: _Worker, job: Job) -> JobResult:
        """A worker that died took its job with it: that is an error of this job, and of no other."""
        worker.process.join()
        self.workers.remove(worker)
        why = f"its process ended with code {worker.process.exitcode} (out of memory?)"
        return JobResult(job, failure=why)

    def stop(self) -> None:
        for worker in self.workers:
            worker.process.terminate()
        for worker in self.workers:
            worker.process.join()
            worker.connection.close()
