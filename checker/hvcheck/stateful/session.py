"""One example of a test: a run in a fresh folder, judged after every move."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Literal as OneOf
from typing import TypeAlias, TypeVar

from hvmodel.concrete import ConformanceError, Difference
from hvmodel.dataclass import dataclass
from hvmodel.semantics import Step, breaches
from hvmodel.state import Layout, State
from hvmodel.stores.plain import PlainDisk
from hvmodel.system import Property

from .coverage import Controls, Edge
from .fast import Fast
from .report import Move
from .target import Stores, Subject, Target

FolderFactory: TypeAlias = Callable[[], Path]
"""Makes a new empty folder each time; it is removed after its run."""

STATE_CLAIMS = ("always", "at most", "invariant")
CLAIMS = (*STATE_CLAIMS, "never", "obligations")
"""The claims that one finite run can break."""


REMEMBERED = 50_000
"""How many states' answers are kept, so that a long test does not fill the memory."""

ROOM = 16 * 2**20
"""Bytes free below which a disk counts as full: more than the files of a run need at once."""

_FULL = (errno.ENOSPC, errno.EDQUOT)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong after the last of `moves`: differences, or a property by its name."""

    kind: OneOf["difference", "property"]
    moves: tuple[Move, ...]
    property: str = ""
    differences: tuple[Difference, ...] = ()

    def resembles(self, other: Failure) -> bool:
        return (self.kind, self.property) == (other.kind, other.property)


class Found(AssertionError):  # noqa: N818 - it ends a run and is what the test was looking for
    """Ends a run: `failure` says why."""

    def __init__(self, failure: Failure, tell: Callable[[Failure], str] | None = None) -> None:
        super().__init__(failure)
        self.failure = failure
        self._tell = tell

    def __str__(self) -> str:
        return self._tell(self.failure) if self._tell else str(self.failure)


@dataclass
class Tally:
    """What the examples of a test have done so far. It stops counting at the first failure: what follows shrinks.

    `watch` is told of it when an example begins; `phase` says in words how far the test is.
    """

    phase: str = ""
    watch: Callable[[Tally], None] | None = None
    failure: Failure | None = None
    examples: int = 0
    steps: int = 0
    storage_steps: int = 0
    disturbances: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    edges: set[Edge] = field(default_factory=set)
    full: OSError | None = None
    """Nothing more can be written where the runs' files are: no verdict is possible any more."""

    def tell(self, phase: str = "") -> None:
        self.phase = phase or self.phase
        if self.watch is not None:
            self.watch(self)


@dataclass
class Bench:
    """What all examples of a test share: the system, what is tested, what is to hold, and what is known.

    `tell` puts a failure into words for those who meet it as an exception.
    """

    layout: Layout
    folders: FolderFactory
    target: Target
    violated: frozenset[str] = frozenset()
    tell: Callable[[Failure], str] | None = None
    _enabled: dict[State, Mapping[str, tuple[Step, ...]]] = field(default_factory=dict)
    _broken: dict[State, str] = field(default_factory=dict)

    @cached_property
    def _about_states(self) -> tuple[Property, ...]:
        return tuple(claim for claim in self.claims if claim.claim in STATE_CLAIMS)

    @cached_property
    def fast(self) -> Fast:
        return Fast(self.layout)

    @cached_property
    def controls(self) -> Controls:
        return Controls(self.layout)

    @classmethod
    def of(cls, layout: Layout) -> Bench:
        """A bench for asking about states only: nothing is run on it, and every claim may be broken."""

        def no_folder() -> Path:
            raise ValueError("nothing is run here")

        names = {claim.name for claim in layout.system.properties} | {"obligations"}
        return cls(layout, no_folder, Stores(PlainDisk), frozenset(names))

    @cached_property
    def claims(self) -> tuple[Property, ...]:
        """The properties that are to hold and that a run can break."""
        properties = self.layout.system.properties
        return tuple(claim for claim in properties if claim.claim in CLAIMS and claim.name not in self.violated)

    @cached_property
    def obligations(self) -> str:
        """The property that steps break by breaking an obligation; "" if they are expected to."""
        names = [claim.name for claim in self.layout.system.properties if claim.claim == "obligations"]
        return "" if self.violated & {"obligations", *names} else (names or ["obligations"])[0]

    def enabled(self, state: State) -> Mapping[str, tuple[Step, ...]]:
        """The steps that can be taken, by action. One that is expected to break an obligation is left out:
        what it does to files is not defined."""
        if state not in self._enabled:
            _make_room(self._enabled)
            self._enabled[state] = self.fast.steps(state, breaking=bool(self.obligations))
        return self._enabled[state]

    def broken_in(self, state: State) -> str:
        """The first property that a state breaks, or ""."""
        if state not in self._broken:
            _make_room(self._broken)
            self._broken[state] = self.fast.broken(state, self._about_states)
        return self._broken[state]

    def broken_by(self, state: State, step: Step) -> str:
        """The first property that a step breaks by being taken, or ""."""
        if self.obligations and any(breaches(self.layout, state, step)):
            return self.obligations
        never = (claim for claim in self.claims if claim.claim == "never")
        return next((claim.name for claim in never if step.action in claim.forbidden), "")


def _make_room(known: dict[State, _T]) -> None:
    if len(known) >= REMEMBERED:
        known.clear()


class Session:
    """A run of what is tested. Raises Found from the move that fails; `close`, or leaving it as a context manager, lets
    go of the files and removes them."""

    def __init__(self, bench: Bench, tally: Tally) -> None:
        self.bench = bench
        self._tally = tally
        self._counts = tally if tally.failure is None else Tally()
        self.moves: list[Move] = []
        self.taken: Counter[str] = Counter()
        self._folder = bench.folders()
        self._subject: Subject | None = None
        self._counts.examples += 1
        self._counts.tell()
        try:
            self._subject = bench.target.begin(bench.layout, self._folder)
            self._judge(bench.broken_in(self.state))
        except ConformanceError as error:
            told = self._told(error)
            self.close()
            raise told from error
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def state(self) -> State:
        assert self._subject is not None
        return self._subject.state

    def take(self, move: Move) -> None:
        assert self._subject is not None
        self.moves.append(move)
        try:
            match move:
                case Step():
                    self._count(move)
                    self._judge(self.bench.broken_by(self.state, move))
                    self._subject.take(move)
                    self._judge(self.bench.broken_in(self.state))
                case _:
                    self._counts.disturbances += 1
                    self._subject.disturb(move)
        except ConformanceError as error:
            raise self._told(error) from error

    def close(self) -> None:
        if self._subject is not None:
            self._subject.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _count(self, step: Step) -> None:
        self.taken[step.action] += 1
        self._counts.taken[step.action] += 1
        self._counts.edges |= self.bench.controls.edges(self.state, step)
        self._counts.steps += 1
        self._counts.storage_steps += bool(self.bench.layout.system.action[step.action].calls)

    def _judge(self, broken: str) -> None:
        if broken:
            raise self._found(Failure("property", tuple(self.moves), broken))

    def _told(self, error: ConformanceError) -> Found | OSError:
        """A full disk says nothing of what is tested; everything else does."""
        code = _no_room(error)
        if code and _is_full(self._folder):
            self._tally.full = OSError(code, os.strerror(code), tempfile.gettempdir())
            return self._tally.full
        return self._found(Failure("difference", tuple(self.moves), differences=error.differences))

    def _found(self, failure: Failure) -> Found:
        self._tally.failure = failure
        return Found(failure, self.bench.tell)


def _no_room(error: ConformanceError) -> int:
    """The system's code if a store failed because nothing more can be written where its files are, else 0."""
    by_system = any(one.fault is not None and one.fault.kind == "io" for one in error.differences)
    cause: BaseException | None = error
    while by_system and cause is not None:
        if isinstance(cause, OSError) and cause.errno in _FULL:
            return cause.errno
        cause = cause.__cause__
    return 0


def _is_full(folder: Path) -> bool:
    """Whether there is (almost) no room in a folder: a driver of the user's may say so of whatever it likes."""
    try:
        room = shutil.disk_usage(folder)
        if room.total and room.free < ROOM:  # a file system that does not count its blocks has no total
            return True
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:  # a quota, or no more files
            file.write(bytes(4096))
    except OSError as error:
        return error.errno in _FULL
    return False


def fails(bench: Bench, moves: Iterable[Move]) -> Failure | None:
    """Make the moves, which are a run, on a fresh subject; the failure they lead to, if any."""
    try:
        with Session(bench, Tally()) as session:
            for move in moves:
                session.take(move)
    except Found as found:
        return found.failure
    return None
