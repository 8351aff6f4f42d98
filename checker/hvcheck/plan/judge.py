"""From verdicts to what they mean: several engines on one property, and the verdict against the expectation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Literal as OneOf
from typing import TypeAlias

from hvcheck.chart.interest import labels_of
from hvcheck.chart.run import step_label
from hvcheck.verdict import (
    SATISFIES,
    Bounded,
    Confirmed,
    Failed,
    Holds,
    Proved,
    Reached,
    Undetermined,
    Unreachable,
    Verdict,
    Violated,
)
from hvmodel.dataclass import dataclass
from hvmodel.system import Property
from hvspec.spec import Expectation

from .job import EngineName

Outcome: TypeAlias = OneOf["expected", "not judged", "undetermined", "difference", "error"]

EXIT_CODES: dict[Outcome, int] = {"expected": 0, "not judged": 0, "undetermined": 4, "difference": 1, "error": 3}
_WORST: tuple[Outcome, ...] = ("error", "difference", "undetermined", "expected", "not judged")

_STRENGTH = ("ERROR", "VIOLATED", "REACHED", "PROVED", "UNREACHABLE", "HOLDS", "BOUNDED", "UNDETERMINED")


@dataclass(frozen=True, slots=True)
class Cell:
    """One property in one scenario and scope. `note` says why the outcome is not as expected, or not judged.

    `restored` says where the property holds without the settings that break it here, if that was found out.
    """

    scenario: str
    scope: str
    claim: Property
    expectation: Expectation
    outcome: Outcome
    verdict: Verdict | None = None
    engines: tuple[tuple[EngineName, Verdict], ...] = ()
    note: str = ""
    restored: str = ""


def judge(
    scenario: str, scope: str, claim: Property, expectation: Expectation, engines: Sequence[tuple[EngineName, Verdict]]
) -> Cell:
    verdict = combine(claim.name, [verdict for _, verdict in engines])
    outcome, note = compare(verdict, expectation)
    return Cell(scenario, scope, claim, expectation, outcome, verdict, tuple(engines), note)


def combine(name: str, verdicts: Sequence[Verdict]) -> Verdict:
    """The strongest of several engines' verdicts; an ERROR if they contradict one another."""
    if not verdicts:
        return Undetermined(name, "nothing was run")
    for one, other in product(verdicts, verdicts):
        if _contradict(one, other):
            return Failed(name, f"the engines disagree: {one.word} and {other.word}; please report a defect of hvcheck")
    return min(verdicts, key=lambda verdict: _STRENGTH.index(verdict.word))


def _contradict(one: Verdict, other: Verdict) -> bool:
    """A proof is about every size; a finished search only about its own scope and budgets."""
    match one, other:
        case Proved(), Violated():
            return True
        case (Holds(coverage=searched), Violated(run=run)) | (Unreachable(coverage=searched), Reached(run=run)):
            return searched.scope == run.layout.scope and searched.budgets == run.layout.system.budgets
    return False


def compare(verdict: Verdict, expectation: Expectation) -> tuple[Outcome, str]:
    """Whether a verdict is what the scenario expects, and if not, why not."""
    if isinstance(verdict, Failed):
        return "error", verdict.reason
    expected = expectation.verdict
    if expected == "moot" and isinstance(verdict, Undetermined) and verdict.coverage is not None:
        return "not judged", expectation.because or verdict.reason
    if verdict.word in SATISFIES[expected]:
        if expectation.by and isinstance(verdict, Violated) and not _takes(verdict.run, expectation.by):
            return "difference", f"violated, but not by {expectation.by}: the run does not take it"
        return "expected", ""
    if isinstance(verdict, Undetermined | Bounded):
        return "undetermined", f"expected {expected}: {verdict.reason}"
    if expected == "proved" and verdict.word == "HOLDS":
        return "undetermined", "holds in this scope, but is not proved for every size"
    return "difference", f"expected {expected}"


def _takes(run: Confirmed, step: str) -> bool:
    """Whether the run takes the step: an action, a message (`App.OnFreeze` or `OnFreeze`), a step or a fault."""
    wanted = step.partition("(")[0].strip()
    for position, taken in enumerate(run.trace.steps):
        action = run.layout.system.action[taken.action]
        if wanted in {step_label(run.layout, taken, run.trace.states[position]), *labels_of(action)}:
            return True
    return False


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome that decides the exit code; of nothing judged at all, undetermined."""
    seen = set(outcomes) - {"not judged"}
    return next((outcome for outcome in _WORST if outcome in seen), "undetermined")
