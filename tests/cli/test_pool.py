"""Worker processes: order, failures, death, interruption."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hvcheck.plan.job import Job, JobEvent
from hvcheck.plan.pool import run_jobs

from .pretend import slow_work

SLOW_FIRST = [Job("s", "a", "0.4"), Job("s", "b", "0"), Job("s", "c", "0.1"), Job("s", "d", "0")]


def quiet(_ended: int, _job: Job, _event: JobEvent) -> None:
    pass


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_come_in_the_order_of_the_jobs(workers: int) -> None:
    jobs = SLOW_FIRST if workers > 1 else [Job("s", job.scenario, "0") for job in SLOW_FIRST]
    assert [result.scope for result in run_jobs(jobs, slow_work, workers, quiet)] == ["a", "b", "c", "d"]


def test_progress_reaches_the_watcher_and_counts_up() -> None:
    seen: list[tuple[int, str]] = []
    run_jobs(
        SLOW_FIRST, slow_work, 2, lambda ended, _, progress: seen.append((ended, getattr(progress, "phase", "end")))
    )
    assert [ended for ended, phase in seen if phase == "end"] == [1, 2, 3, 4]
    assert sum(phase == "pretending" for _, phase in seen) == 4


@pytest.mark.parametrize("workers", [1, 2])
def test_an_exception_fails_its_own_job_only(workers: int) -> None:
    good, bad = run_jobs([Job("s", "a"), Job("s", "raises")], slow_work, workers, quiet)
    assert (good.failure, bad.failure) == ("", "RuntimeError: as told")


def test_a_worker_that_dies_loses_its_own_job_only() -> None:
    jobs = [Job("s", "dies"), Job("s", "a"), Job("s", "dies"), Job("s", "b")]
    results = run_jobs(jobs, slow_work, 2, quiet)
    assert ["ended with code 9" in result.failure for result in results] == [True, False, True, False]
    assert [result.scope for result in results] == ["", "a", "", "b"]


def test_a_result_that_cannot_travel_is_a_failure_not_a_crash() -> None:
    results = run_jobs([Job("s", "unsendable"), Job("s", "a")], slow_work, 2, quiet)
    assert "cannot be sent" in results[0].failure
    assert results[1].scope == "a"


SCRIPT = """
import sys
from hvcheck.cli import main, verify
from hvcheck.plan.job import Job, JobEvent
from hvcheck.plan.pool import run_jobs
from cli.pretend import slow_work
import click

@click.command("sleep")
def sleep():
    print("started", flush=True)
    jobs = [Job("s", "sleeps"), Job("s", "sleeps")]
    run_jobs(jobs, slow_work, int(sys.argv[1]), lambda *_: print("alive", flush=True))

if __name__ == "__main__":
    main.end_politely()
    main.group.get_command = lambda ctx, name: sleep
    sys.exit(main.run(["sleep"]))
"""


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("told", ["ctrl-c", "terminate"])
def test_an_interruption_ends_everything_with_130(tmp_path: Path, workers: str, told: str) -> None:
    script = tmp_path / "sleeper.py"
    script.write_text(SCRIPT)
    path = os.pathsep.join([*(os.path.abspath(one) for one in sys.path if one), str(Path(__file__).parents[1])])
    process = subprocess.Popen(
        [sys.executable, str(script), workers],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
        # Whoever runs the tests in the background may ignore Ctrl-C; a command at a terminal does not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    assert process.stdout is not None
    for expected in ("started", *["alive"] * int(workers)):
        assert process.stdout.readline().strip() == expected
    begun = time.monotonic()
    _tell(process, told)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:  # seen once, under load, and never explained: press again
        _tell(process, told)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert time.monotonic() - begun < 20
    assert errors.strip() == "hvcheck: interrupted"
    assert _gone(process.pid)


def _tell(process: subprocess.Popen[str], told: str) -> None:
    if told == "ctrl-c":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.terminate()


def _gone(group: int) -> bool:
    """Whether no process of the group is left, after some patience for the operating system."""
    for _ in range(50):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False
