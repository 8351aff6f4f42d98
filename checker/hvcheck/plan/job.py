"""One run of one engine on one compiled spec, as data that travels to a worker process and back."""

from __future__ import annotations

from typing import Literal as OneOf
from typing import TypeAlias

from hvcheck.cache.usage import UNUSED, Usage
from hvcheck.engine import Budget, Progress
from hvcheck.reduce.choice import DEFAULT, Reduction
from hvcheck.verdict import Verdict
from hvmodel.dataclass import dataclass
from hvmodel.system import Property
from hvspec.diagnostic import Diagnostic
from hvspec.spec import Setting

EngineName: TypeAlias = OneOf["explicit", "symbolic", "reference"]


NO_LIMIT = Budget()


@dataclass(frozen=True, slots=True)
class Job:
    """`spec` is a shipped era's name or a path; `properties` of () means all of the system's.

    `settings` come on top of the scenario's; `scope` None is the spec's first one.
    """

    spec: str
    scenario: str | None = None
    scope: str | None = None
    settings: tuple[tuple[str, Setting], ...] = ()
    engine: EngineName = "explicit"
    properties: tuple[str, ...] = ()
    budget: Budget = NO_LIMIT
    reductions: tuple[Reduction, ...] = DEFAULT


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A property that this setting leaves nothing to judge of, and why."""

    property: str
    reason: str


@dataclass(frozen=True, slots=True)
class JobResult:
    """One verdict for every property that was asked for and is judged here.

    There is none if the spec has errors (`diagnostics`) or the job itself came to nothing (`failure`).
    """

    job: Job
    claims: tuple[Property, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    budgets: tuple[tuple[str, int], ...] = ()
    scope: str = ""
    sizes: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    failure: str = ""
    seconds: float = 0.0
    usage: Usage = UNUSED


JobEvent: TypeAlias = Progress | JobResult
