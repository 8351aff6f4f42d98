"""Test a store against a system: known runs, weighted walks, then Hypothesis; the first failure is shrunk and drawn."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import seed as seeded
from hypothesis.configuration import set_hypothesis_home_dir, storage_directory
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from hvmodel.concrete import UnsupportedError
from hvmodel.dataclass import dataclass
from hvmodel.semantics import Step
from hvmodel.state import Layout
from hvmodel.stores.classes import CLASSES, StorageClass
from hvmodel.stores.driver import DriverFactory
from hvmodel.stores.plain import PlainDisk
from hvmodel.system import Scope, System
from hvmodel.trace import Trace, run

from .coverage import Coverage, EdgeMap
from .machine import machine_for
from .report import Broken, Differs, Outcome, Passed, TestReport, Untested
from .session import Bench, Failure, FolderFactory, Found, Session, Tally, fails
from .shrink import Shrinker, steps_of
from .target import Stores, Target
from .walk import walk

Render: TypeAlias = Callable[[Layout, Trace], str]


@dataclass(frozen=True, slots=True)
class Profile:
    """How much is tried: Hypothesis examples of `steps` rules each, and walks of `walk_steps` moves each.

    `edge_states` is how far the edges are looked for; less than `coverage` (0 to 1) of them seen is no success.
    """

    examples: int
    steps: int
    walks: int
    walk_steps: int
    edge_states: int = 20_000
    coverage: float = 0.0


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "ci": Profile(examples=25, steps=30, walks=25, walk_steps=200),
        "dev": Profile(examples=50, steps=50, walks=60, walk_steps=300),
        "nightly": Profile(examples=1000, steps=100, walks=2000, walk_steps=1000, edge_states=300_000, coverage=0.95),
    }
)


NAMED = 20
"""How many of the edges that were not seen a reason names."""

BEYOND = 30
"""Moves of a walk beyond the edge that it was led to."""


def run_test(
    system: System,
    scope: Scope,
    folder_factory: FolderFactory,
    *,
    examples: int | None = None,
    steps: int | None = None,
    seed: int = 0,
    profile: Profile = PROFILES["dev"],
    driver: DriverFactory = PlainDisk,
    classes: Mapping[str, StorageClass] = CLASSES,
    violated: Iterable[str] = (),
    known: Iterable[Trace] = (),
    render: Render | None = None,
    edges: EdgeMap | None = None,
    target: Target | None = None,
    watch: Callable[[Tally], None] | None = None,
) -> TestReport:
    """Run a system on files, or on another `target`, and compare.

    The same arguments give the same report in equal processes.
    `examples` and `steps` override the profile's. `violated` names properties that are expected to be violated and
    are not judged. With `edges`, walks are led to every edge that none has seen by chance. `known` are runs
    of other engines, tried first (only runs of this system in this scope count). `watch` is told how far the test is.
    Walks depend on nothing but the seed; Hypothesis draws on the modules that are loaded as well.
    """
    effort = replace(profile, examples=examples or profile.examples, steps=steps or profile.steps)
    target = target or Stores(driver, classes)
    bench = Bench(Layout(system, scope), folder_factory, target, frozenset(violated))
    tally = Tally(watch=watch)

    def report(outcome: Outcome) -> TestReport:
        return _report(bench, tally, outcome, seed, edges)

    if problem := target.problem(system):
        return report(Untested(problem))
    try:
        failure = _search(bench, tally, effort, seed, known, edges)
    except UnsupportedError as error:
        return report(Untested(str(error)))
    if failure is not None:
        tally.tell("something is wrong: making the run short")
        return report(_outcome(bench, failure, render, edges))
    doubt = target.doubt(tally.storage_steps) or _too_little(tally, edges, effort)
    return report(Untested(doubt) if doubt else Passed())


def _too_little(tally: Tally, edges: EdgeMap | None, effort: Profile) -> str:
    """Why what was seen of the system is not enough, with the names of what was not."""
    if edges is None or not effort.coverage:
        return ""
    seen = Coverage(edges.known, frozenset(tally.edges))
    if seen.share >= effort.coverage:
        return ""
    names = "; ".join(map(str, seen.missing[:NAMED]))
    more = f"; and {len(seen.missing) - NAMED:,} more" if len(seen.missing) > NAMED else ""
    return f"only {seen} were seen, {effort.coverage:.0%} are asked for; not seen: {names}{more}"


def _search(
    bench: Bench, tally: Tally, effort: Profile, seed: int, known: Iterable[Trace], edges: EdgeMap | None
) -> Failure | None:
    try:
        _known(bench, tally, known)
        _walks(bench, tally, effort, seed)
        if edges is not None:
            _led(bench, tally, edges, seed)
        _hypothesis(bench, tally, effort, seed)
    except Found as found:
        return found.failure
    except OSError:
        # A full disk takes nothing back of what was found before.
        if tally.failure is None:
            raise
        return tally.failure
    return None


def _known(bench: Bench, tally: Tally, known: Iterable[Trace]) -> None:
    for trace in known:
        if isinstance(run(bench.layout, trace.steps), Trace):
            with Session(bench, tally) as session:
                _follow(bench, session, trace.steps)


def _walks(bench: Bench, tally: Tally, effort: Profile, seed: int) -> None:
    for number in range(effort.walks):
        tally.phase = f"walk {number + 1:,} of {effort.walks:,}"
        with Session(bench, tally) as session:
            walk(bench, session, tally.taken, random.Random(f"{seed} {number}"), effort.walk_steps, tally.edges)


def _led(bench: Bench, tally: Tally, edges: EdgeMap, seed: int) -> None:
    """To each edge that no walk has seen by the shortest way, and on from there at random."""
    for number, edge in enumerate(Coverage(edges.known, frozenset(tally.edges)).missing):
        if edge in tally.edges:
            continue
        tally.phase = "to edges that no walk has seen"
        with Session(bench, tally) as session:
            if _follow(bench, session, edges.run_to(edge)):
                walk(bench, session, tally.taken, random.Random(f"{seed} led {number}"), BEYOND, tally.edges)


def _follow(bench: Bench, session: Session, steps: Iterable[Step]) -> bool:
    """Take the steps; False where one is not offered, because it is expected to break an obligation."""
    for step in steps:
        if step not in bench.enabled(session.state).get(step.action, ()):
            return False
        session.take(step)
    return True


def _hypothesis(bench: Bench, tally: Tally, effort: Profile, seed: int) -> None:
    """Raises Found with what Hypothesis found, or with what was last seen of an example that fails only sometimes.

    It generates only: `Shrinker` knows the model and came to runs as short as Hypothesis's, in a tenth of the time.
    """
    tally.phase = f"Hypothesis, {effort.examples:,} examples"
    machine = seeded(seed)(machine_for(bench, tally, effort.walk_steps))
    chosen = settings(
        max_examples=effort.examples,
        stateful_step_count=effort.steps,
        deadline=None,
        database=None,
        derandomize=False,
        phases=(Phase.generate,),
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
        suppress_health_check=tuple(HealthCheck),
    )
    try:
        with _home(bench.folders()):
            run_state_machine_as_test(machine, settings=chosen)
    except Flaky as error:
        if tally.failure is None:
            raise tally.full or error from error
        raise Found(tally.failure) from error


@contextmanager
def _home(folder: Path) -> Iterator[None]:
    """Hypothesis caches what it reads of modules; let it do so here and not in whatever folder it was started in."""
    before = storage_directory(intent_to_write=False).path
    set_hypothesis_home_dir(folder)
    try:
        yield
    finally:
        set_hypothesis_home_dir(before)
        shutil.rmtree(folder, ignore_errors=True)


def _outcome(bench: Bench, failure: Failure, render: Render | None, edges: EdgeMap | None) -> Outcome:
    shrinker = Shrinker(bench, failure, edges)
    reproduced, stopped = True, ""
    try:
        again = fails(bench, failure.moves)
        reproduced = again is not None and again.resembles(failure)
        if reproduced:
            shrinker.shrink()
    except OSError as error:  # a full disk: what was found is told, as short as it has become
        stopped = error.strerror or str(error)
    smallest, minimal = shrinker.best, reproduced and not shrinker.exhausted and not stopped
    trace = run(bench.layout, steps_of(smallest.moves))
    assert isinstance(trace, Trace)
    chart = render(bench.layout, trace) if render else ""
    if smallest.kind == "property":
        return Broken(smallest.property, smallest.moves, trace, minimal, chart, stopped)
    return Differs(smallest.differences, smallest.moves, trace, reproduced, minimal, chart, stopped)


def _report(bench: Bench, tally: Tally, outcome: Outcome, seed: int, edges: EdgeMap | None) -> TestReport:
    return TestReport(
        outcome,
        tally.examples,
        tally.steps,
        tally.storage_steps,
        tally.disturbances,
        MappingProxyType({action.name: tally.taken[action.name] for action in bench.layout.system.actions}),
        tuple(claim.name for claim in bench.claims),
        seed,
        None if edges is None else Coverage(edges.known, frozenset(tally.edges)),
        bench.target.notes(),
    )
