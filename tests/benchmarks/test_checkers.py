"""Speed beside Spin on the peers' model, as ratios within one run; printed, and only equal counts are asserted.

Rates are of the search alone, with no reduction: for the one pan with -O2 -DSAFETY -DNOREDUCE, for the other `run` of a
search that has been compiled. Of both is taken what they need to start and stop: a run of pan to depth one, a search of
one state. Memory that grows on the way is part of the search. The rounds of both alternate. On a busy machine the
processor's time tells more than the clock's, so both are printed.
What a user waits for is apart: spin, gcc and pan for the one, the start of Python, the spec, the module and the search
for the other.
"""

from __future__ import annotations

import os
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from export.helpers import exported
from export.spin import CC, SPIN, needs_spin
from hvcheck.engine import Budget
from hvcheck.explicit.codes import fit
from hvcheck.explicit.exploration import Exploration, Goals
from hvcheck.explicit.explore import NO_LIMIT, exploration
from hvcheck.explicit.meter import Meter
from language.helpers import compiled, loaded

from .peers import BACKUP, INSTANCES, Instance

pytestmark = pytest.mark.slow
ROUNDS = 5
SHORT_ROUNDS = 31
"""For searches of milliseconds."""

OURS = """
import sys
from hvcheck.explicit import explore
from hvspec.compile import compile_system
from hvspec.load import load
spec, _ = load(sys.argv[1])
system, scope, _ = compile_system(spec, scenario=sys.argv[2])
print(explore(system, scope).states)
"""
_SMALL = Path(__file__).parents[1] / "language" / "tiny" / "option.hvs"


@dataclass(frozen=True, slots=True)
class Time:
    """Seconds by the clock, and of the processor."""

    clock: float
    processor: float

    def less(self, other: Time) -> Time:
        return Time(max(self.clock - other.clock, 1e-4), max(self.processor - other.processor, 1e-4))


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, map(os.path.abspath, sys.path)))}


def timed(work: Callable[[], object]) -> Time:
    """Of this process and of those that it waits for."""
    start, busy = time.perf_counter(), processor()
    work()
    return Time(time.perf_counter() - start, processor() - busy)


def processor() -> float:
    """Seconds that this process and those that it has waited for took."""
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + theirs.ru_utime + theirs.ru_stime


def median(times: Sequence[Time]) -> Time:
    return Time(statistics.median(one.clock for one in times), statistics.median(one.processor for one in times))


def ready(instance: Instance, budget: Budget = NO_LIMIT) -> Exploration:
    """A search that is compiled and has not begun."""
    system, scope = compiled(loaded(BACKUP), instance.scenario)
    return exploration(fit(system, scope), Goals(), Meter(budget))


def our_search(instance: Instance) -> Time:
    short, search = ready(instance, Budget(states=1)), ready(instance)
    start = timed(lambda: list(short.run()))
    taken = timed(lambda: list(search.run()))
    assert short.expanded == 1
    assert (search.states, search.transitions) == (instance.states, instance.transitions)
    return taken.less(start)


def make_pan(text: str, folder: Path, *, reduce: bool = False) -> None:
    assert SPIN
    assert CC
    (folder / "model.pml").write_text(text, encoding="utf-8")
    subprocess.run([SPIN, "-o3", "-a", "model.pml"], cwd=folder, capture_output=True, check=True)
    flags = ["-O2", "-w", "-DSAFETY", "-DVECTORSZ=4096", *([] if reduce else ["-DNOREDUCE"])]
    subprocess.run([CC, *flags, "-o", "pan", "pan.c"], cwd=folder, check=True)


def pan(folder: Path, instance: Instance, depth: int = 0) -> int:
    """The states that pan stores, with a hash table of at least twice as many slots, and a stack not larger than
    any run could need: making these ready is part of what it takes."""
    command = ["./pan", f"-m{depth or min(instance.states, 1_000_000)}", f"-w{instance.states.bit_length() + 1}"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    stored = re.search(r"(\d+) states, stored", run.stdout)
    assert stored, run.stdout
    return int(stored[1])


def pan_search(folder: Path, instance: Instance) -> Time:
    stored: list[int] = []
    start = timed(lambda: pan(folder, instance, depth=1))
    taken = timed(lambda: stored.append(pan(folder, instance)))
    assert stored == [instance.states]
    return taken.less(start)


@needs_spin
@pytest.mark.parametrize("instance", INSTANCES, ids=lambda one: one.scenario)
def test_the_peers_model(instance: Instance, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = exported("promela", BACKUP, instance.scenario).text
    make_pan(text, tmp_path)
    count = SHORT_ROUNDS if instance.is_small else ROUNDS if instance.states < 5_000_000 else 2
    rounds = [(our_search(instance), pan_search(tmp_path, instance)) for _ in range(count)]
    mine, theirs = (median([one[k] for one in rounds]) for k in (0, 1))
    command = [sys.executable, "-c", OURS, str(BACKUP), instance.scenario]
    whole = timed(lambda: subprocess.run(command, capture_output=True, check=True, env=environment()))
    compiling = timed(lambda: ready(instance))
    spins = timed(lambda: (make_pan(text, tmp_path), pan(tmp_path, instance)))
    make_pan(text, tmp_path, reduce=True)
    reduced = pan(tmp_path, instance)
    with capsys.disabled():
        print(f"\n{instance.scenario}: {instance.states:,} states, medians of {count} alternating rounds")
        print(f"  {'':8} {'states/s: clock':>16} {'processor':>12}   command to answer s: clock, processor")
        for name, found, all_ in (("hvcheck", mine, whole), ("spin", theirs, spins)):
            rates = (instance.states / found.clock, instance.states / found.processor)
            print(f"  {name:8} {rates[0]:>16,.0f} {rates[1]:>12,.0f} {all_.clock:>24.2f} {all_.processor:>10.2f}")
        clock = statistics.median(b.clock / a.clock for a, b in rounds)
        print(f"  hvcheck / spin: {clock:.2f}x by the clock, {theirs.processor / mine.processor:.2f}x by the processor")
        print(
            f"  of hvcheck, compiling the system, the module and its code: {compiling.processor:.2f} s of the processor"
        )
        print(f"  spin with partial-order reduction: {reduced:,} states ({reduced / instance.states:.0%})")


def test_the_first_verdict_on_a_small_spec(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the command to the answer, with all caches in an empty home. 0.4 s is aimed at.

    On a busy machine the processor's time tells more than the clock's.
    """
    seconds: list[Time] = []
    for number in range(SHORT_ROUNDS // 3):
        home = tmp_path / str(number)
        home.mkdir()
        caches = {"HOME": str(home), "XDG_CACHE_HOME": str(home), "TMPDIR": str(home)}
        told: list[str] = []
        seconds.append(timed(lambda: told.append(verdict({**environment(), **caches}))))  # noqa: B023 - called at once
        assert "Copied" in told[0]
    with capsys.disabled():
        middle, best = median(seconds), min(one.clock for one in seconds)
        print(
            f"\nfirst verdict on a small spec: {middle.clock:.2f} s (best {best:.2f}),"
            f" processor {middle.processor:.2f} s; 0.4 s is aimed at"
        )


def verdict(environment: dict[str, str]) -> str:
    program = "from hvcheck.cli.main import run; import sys; sys.exit(run(sys.argv[1:]))"
    command = [sys.executable, "-B", "-c", program, "verify", str(_SMALL), "--jobs", "1"]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment).stdout
