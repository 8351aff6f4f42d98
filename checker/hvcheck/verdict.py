"""Verdicts: each outcome is a class of its own that cannot be built without its evidence."""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from hvmodel.dataclass import dataclass
from hvmodel.state import Layout
from hvmodel.system import Obligation, Scope
from hvmodel.trace import Trace, replay


class EvidenceError(ValueError):
    """Evidence that does not support the verdict it was offered for."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A trace that the reference semantics has replayed. Made only by `confirm`."""

    layout: Layout
    trace: Trace


def confirm(layout: Layout, trace: Trace) -> Confirmed:
    """Replay a trace with the reference semantics; raises EvidenceError if it is not a run of the system."""
    refusal = replay(layout, trace)
    if refusal is not None:
        raise EvidenceError(f"step {refusal.position}: {refusal.reason}")
    return Confirmed(layout, trace)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a finished search of one scope has seen. `unreached` names actions that never fired.

    With `reductions` the counts are of the reduced system; `left_out` names actions that were not looked at.
    """

    scope: Scope
    budgets: tuple[tuple[str, int], ...]
    states: int
    transitions: int
    depth: int
    unreached: tuple[str, ...] = ()
    reductions: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """An inductive invariant, by the names of its conjuncts, and how many obligations of it the solver discharged.

    `limits` says what the proof assumes of faults: what was left out and how often the rest may happen.
    """

    conjuncts: tuple[str, ...]
    obligations: int
    solver: str
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proved:
    """Holds at every size of every sort; `witness` (or `rival`) shows, as for `Holds`, that it could have failed."""

    word: ClassVar[str] = "PROVED"
    property: str
    certificate: Certificate
    witness: Confirmed | None
    rival: str = ""
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if not self.certificate.conjuncts or not self.certificate.obligations:
            raise EvidenceError(f"{self.property}: a proof of nothing")
        if self.witness is None and not self.rival:
            raise EvidenceError(f"{self.property}: nothing could have broken it")


@dataclass(frozen=True, slots=True)
class Holds:
    """Holds in every run of a scope that was searched to its end; `witness` shows that it could have failed there.

    For `never` and `at most` the witness is another spec or scenario that violates the claim: `rival` names it.
    """

    word: ClassVar[str] = "HOLDS"
    property: str
    coverage: Coverage
    witness: Confirmed | None
    rival: str = ""
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.witness is None and not self.rival:
            raise EvidenceError(f"{self.property}: nothing could have broken it")


@dataclass(frozen=True, slots=True)
class Bounded:
    """Nothing found up to a depth."""

    word: ClassVar[str] = "BOUNDED"
    property: str
    depth: int
    reason: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Violated:
    """A run that breaks the claim. `breach` is set when the run ends in a step that breaks an obligation."""

    word: ClassVar[str] = "VIOLATED"
    property: str
    run: Confirmed
    breach: Obligation | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Undetermined:
    """Not known, and why: a budget, a solver's `unknown`, no witness.

    `coverage` is set when a scope was searched to its end and only a witness is missing; `certificate` when there
    is a proof and only a witness or a rival is missing.
    """

    word: ClassVar[str] = "UNDETERMINED"
    property: str
    reason: str
    hint: str = ""
    coverage: Coverage | None = None
    certificate: Certificate | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Failed:
    """The tool or the spec is at fault; nothing is said about the protocol."""

    word: ClassVar[str] = "ERROR"
    property: str
    reason: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Reached:
    """A `cover` claim with a run that shows it."""

    word: ClassVar[str] = "REACHED"
    property: str
    run: Confirmed
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A `cover` claim that no run of the scope satisfies."""

    word: ClassVar[str] = "UNREACHABLE"
    property: str
    coverage: Coverage
    seconds: float = 0.0


Verdict: TypeAlias = Proved | Holds | Bounded | Violated | Undetermined | Failed | Reached | Unreachable

SATISFIES: dict[str, frozenset[str]] = {
    "holds": frozenset({"HOLDS", "PROVED", "REACHED"}),
    "proved": frozenset({"PROVED"}),
    "violated": frozenset({"VIOLATED", "UNREACHABLE"}),
    "moot": frozenset(),
    "reached": frozenset({"REACHED"}),
    "unreachable": frozenset({"UNREACHABLE"}),
}
"""Which outcomes meet each word of `expect`."""
