"""`hvcheck.state_machine`: a spec as a Hypothesis state machine for a user's own pytest."""

from __future__ import annotations

import unittest
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, TypeAlias

from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import RuleBasedStateMachine

from hvcheck.adapter.adapter import Adapter
from hvcheck.engine import Budget
from hvcheck.report.conformance import conformance_lines, renderer
from hvcheck.report.evidence import plural
from hvmodel.semantics import Step
from hvmodel.stores.driver import DriverFactory
from hvmodel.trace import Refusal, Trace, run
from hvspec.spec import Setting

from .coverage import EdgeMap
from .machine import machine_for
from .report import Move, Passed, TestReport
from .reproduce import Reproduction, save_reproduction
from .run import PROFILES, run_test
from .session import Bench, Failure, Tally, fails
from .setup import Prepared, Setup, prepare
from .shrink import steps_of

WIDTH = 110
"""Columns of the charts in pytest's output."""

MoveLike: TypeAlias = Move | str | Sequence[Any]
"""A move as a saved test has it: `("ACTION", VALUE, ...)`, or "reopen" or "crash"."""


class NonconformanceError(AssertionError):
    """The files or the tool are not what the model says, a property does not hold, or nothing was tested.

    `report` says which; the text has the run as a chart.
    """

    def __init__(self, text: str, report: TestReport | None = None) -> None:
        super().__init__(text)
        self.report = report


class ReplayError(ValueError):
    """Moves that are not a run of the spec: it has changed since they were written down."""


def state_machine(
    spec: str | Path,
    scope: str | None = None,
    scenario: str | None = None,
    *,
    driver: str | DriverFactory = "plain",
    adapter: type[Adapter] | None = None,
    parameters: Mapping[str, Setting] | None = None,
    profile: str = "dev",
    seed: int = 0,
    examples: Iterable[Trace | Sequence[MoveLike]] = (),
    save: str | Path | None = None,
) -> type[RuleBasedStateMachine]:
    """A state machine with a rule for every action of the spec, for `TestX = state_machine(...).TestCase`.

    After every step the system under test (the `adapter`'s tool, else files made by `driver`) is compared with the
    model, and the properties are judged that `hvcheck verify` judges, less those that are expected to be violated.
    `TestCase` tries the `examples`, then random walks that prefer what was not seen yet, then Hypothesis; `profile`
    ("ci", "dev", "nightly") says how much. A failure is shrunk and drawn; with `save`, a folder, it is also written
    there as a pytest file that shows it again. `parameters` change the spec's parameters and budgets.

    Raises InvalidSpecError, UsageError and AdapterError when the machine is defined, not when it runs.
    """
    __tracebackhide__ = True
    if profile not in PROFILES:
        raise TypeError(f"no profile is called {profile!r}; there are: {', '.join(PROFILES)}")
    prepared = prepare(Setup(str(spec), scenario, scope, tuple((parameters or {}).items()), driver, adapter))
    known = tuple(_trace(prepared, example) for example in examples)
    bench = Bench(prepared.layout, _new_folder, prepared.new_target(), frozenset(prepared.unjudged))
    bench.tell = lambda failure: _told(prepared, failure)
    made = machine_for(bench, Tally(), PROFILES[profile].walk_steps)
    folder = None if save is None else Path(save)
    test_case = _test_case(prepared, profile, seed, known, folder)
    name = f"{prepared.spec.name.title().replace('_', '')}Machine"
    return type(name, (made,), {"TestCase": test_case, "__doc__": prepared.spec.title})


def replay(
    spec: str | Path,
    moves: Sequence[MoveLike],
    *,
    scope: str | None = None,
    scenario: str | None = None,
    driver: str | DriverFactory = "plain",
    adapter: type[Adapter] | None = None,
    parameters: Mapping[str, Setting] | None = None,
) -> None:
    """Make the moves and compare after each. Raises NonconformanceError where something differs, and ReplayError."""
    __tracebackhide__ = True
    prepared = prepare(Setup(str(spec), scenario, scope, tuple((parameters or {}).items()), driver, adapter))
    taken = tuple(map(_move, moves))
    _run_of(prepared, taken)
    with folders() as new_folder:
        bench = Bench(prepared.layout, new_folder, prepared.new_target(), frozenset(prepared.unjudged))
        failure = fails(bench, taken)
        if failure is not None:
            raise NonconformanceError(_told(prepared, failure))


def try_out(
    prepared: Prepared,
    *,
    profile: str = "dev",
    seed: int = 0,
    examples: int | None = None,
    steps: int | None = None,
    known: Iterable[Trace] = (),
    width: int = WIDTH,
    ascii_only: bool = False,
    watch: Callable[[Tally], None] | None = None,
) -> TestReport:
    """The whole test: known runs, walks, runs led to what they have not seen, Hypothesis."""
    effort = PROFILES[profile]
    if watch is not None:
        watch(Tally("looking for the edges"))
    edges = EdgeMap(prepared.layout, Budget(states=effort.edge_states))
    with folders() as new_folder:
        report = run_test(
            prepared.layout.system,
            prepared.layout.scope,
            new_folder,
            examples=examples,
            steps=steps,
            seed=seed,
            profile=effort,
            target=prepared.new_target(),
            violated=prepared.unjudged,
            known=known,
            render=renderer(width, ascii_only=ascii_only),
            edges=edges,
            watch=watch,
        )
    return replace(report, unjudged=prepared.unjudged)


@contextmanager
def folders() -> Iterator[Callable[[], Path]]:
    """Makes new folders in a temporary one, which is removed with all of them."""
    with TemporaryDirectory(prefix="hvcheck-") as root:
        yield lambda: Path(mkdtemp(dir=root))


def _new_folder() -> Path:
    return Path(mkdtemp(prefix="hvcheck-"))


def _test_case(
    prepared: Prepared, profile: str, seed: int, known: tuple[Trace, ...], save: Path | None
) -> type[unittest.TestCase]:
    effort = PROFILES[profile]

    class SpecTestCase(unittest.TestCase):
        """`settings` may be replaced: its `max_examples` and `stateful_step_count` count."""

        settings = hypothesis_settings(
            max_examples=effort.examples,
            stateful_step_count=effort.steps,
            deadline=None,
            database=None,
            suppress_health_check=tuple(HealthCheck),
        )

        def runTest(self) -> None:  # noqa: N802 - unittest's name
            __tracebackhide__ = True
            examples, steps = self.settings.max_examples, self.settings.stateful_step_count
            report = try_out(prepared, profile=profile, seed=seed, examples=examples, steps=steps, known=known)
            if isinstance(report.outcome, Passed):
                return
            lines = [str(line) for line in conformance_lines(report, prepared.setup.tested, prepared.setting)]
            if save is not None and (reproduction := Reproduction.of(prepared, report)) is not None:
                lines.append(f"saved: {save_reproduction(reproduction, save)}")
            raise NonconformanceError("\n".join(lines), report)

    return SpecTestCase


def _told(prepared: Prepared, failure: Failure) -> str:
    """A failure that nothing has shrunk, with its chart."""
    trace = run(prepared.layout, steps_of(failure.moves))
    assert isinstance(trace, Trace)
    what = (
        f"{failure.property} does not hold"
        if failure.kind == "property"
        else f"{prepared.setup.tested} and model differ"
    )
    heading = f"{what} after {plural(len(failure.moves), 'move')}"
    chart = renderer(WIDTH)(prepared.layout, trace)
    return "\n".join([heading, *(f"  {difference}" for difference in failure.differences), "", chart])


def _trace(prepared: Prepared, example: Trace | Sequence[MoveLike]) -> Trace:
    if isinstance(example, Trace):
        return _run_of(prepared, example.steps)
    return _run_of(prepared, tuple(map(_move, example)))


def _run_of(prepared: Prepared, moves: tuple[Move, ...]) -> Trace:
    found = run(prepared.layout, steps_of(moves))
    if isinstance(found, Refusal):
        raise ReplayError(
            f"step {found.position + 1} is not one of {prepared.spec.name}: {found.reason}."
            " The spec, its scenario or its scope has changed since these moves were written down"
        )
    return found


def _move(move: MoveLike) -> Move:
    match move:
        case Step() | "reopen" | "crash":
            return move
        case (str(action), *values):
            return Step(action, tuple(values))
    raise ReplayError(f"{move!r} is no move: expected (ACTION, VALUE, ...), 'reopen' or 'crash'")
