"""What a test on files found. An outcome is a class of its own; a test that compared nothing has not passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar, TypeAlias

from hvmodel.concrete import Difference, Disturbance
from hvmodel.dataclass import dataclass
from hvmodel.semantics import Step
from hvmodel.trace import Trace

from .coverage import Coverage

Move: TypeAlias = Step | Disturbance
"""What a test does next: a step of the system, or something that befalls the files."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Files and model agreed after every move, and every checked property held in every state."""

    word: ClassVar[str] = "PASSED"


@dataclass(frozen=True, slots=True)
class Differs:
    """The files were not what the model says after the last of `moves`; `differences` is never empty.

    `trace` holds the steps among the moves. Not `reproduced`: the same moves passed when they were tried again,
    so the store under test is not deterministic, and nothing was shrunk. Not `minimal`: shrinking met its limit, or
    ended early; `stopped` is what the system said then. `chart` is the trace as drawn by `run_test`'s `render`.
    """

    word: ClassVar[str] = "DIFFERS"
    differences: tuple[Difference, ...]
    moves: tuple[Move, ...]
    trace: Trace
    reproduced: bool = True
    minimal: bool = True
    chart: str = ""
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """A property that was to hold does not; the files have nothing to do with it."""

    word: ClassVar[str] = "BROKEN"
    property: str
    moves: tuple[Move, ...]
    trace: Trace
    minimal: bool = True
    chart: str = ""
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class Untested:
    """Nothing is known: the system cannot run on files, or no run changed one."""

    word: ClassVar[str] = "UNTESTED"
    reason: str


Outcome: TypeAlias = Passed | Differs | Broken | Untested


@dataclass(frozen=True, slots=True)
class TestReport:
    """What was done and what came of it. `taken` counts how often each action of the system was.

    `edges` is what was seen of the system's edges, where they are known. `examples`, `steps`
    and `taken` do not count shrinking. `checked` names the properties that were judged, `unjudged` the spec's
    others, each with the reason. `notes` say what the target was asked.
    """

    __test__: ClassVar[bool] = False  # the name is not a test's

    outcome: Outcome
    examples: int = 0
    steps: int = 0
    storage_steps: int = 0
    disturbances: int = 0
    taken: Mapping[str, int] = field(default_factory=dict)
    checked: tuple[str, ...] = ()
    seed: int = 0
    edges: Coverage | None = None
    notes: tuple[str, ...] = ()
    unjudged: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return isinstance(self.outcome, Passed)

    @property
    def covered(self) -> tuple[str, ...]:
        return tuple(action for action, count in self.taken.items() if count)

    @property
    def untaken(self) -> tuple[str, ...]:
        return tuple(action for action, count in self.taken.items() if not count)

    @property
    def coverage(self) -> str:
        return f"{len(self.covered)} of {len(self.taken)} actions"
