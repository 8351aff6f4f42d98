"""Verifying for pytest: one run for each spec, scenario and scope, shared by the tests of its properties."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from functools import partial

from hvcheck.cli.loading import other_specs
from hvcheck.engine import Budget
from hvcheck.plan.choice import Choice
from hvcheck.plan.job import Job, JobResult
from hvcheck.plan.judge import Cell
from hvcheck.plan.pool import run_jobs
from hvcheck.plan.rival import Rivals
from hvcheck.plan.smaller import Smaller
from hvcheck.plan.verify import SpecReport, verify_spec
from hvcheck.plan.work import work
from hvmodel.dataclass import dataclass
from hvspec.spec import Spec


@dataclass(frozen=True, slots=True)
class Group:
    """The tests that share a run. `scenario` "" is the spec as it stands; `name` is how the spec loads."""

    name: str
    scenario: str
    scope: str | None


@dataclass
class Verifications:
    """Runs each group once, on the properties that are asked for, and remembers what came of it."""

    budget: Budget
    asked: Callable[[Group], tuple[str, ...]]
    smaller: Smaller = field(default_factory=Smaller)
    _reports: dict[Group, SpecReport] = field(default_factory=dict)
    _rivals: dict[str, Rivals] = field(default_factory=dict)

    def report(self, group: Group, spec: Spec) -> SpecReport:
        if group not in self._reports:
            choice = Choice(
                tuple(filter(None, [group.scenario])),
                tuple(filter(None, [group.scope])),
                self.asked(group),
                budget=self.budget,
            )
            rivals = self._rivals.setdefault(group.name, Rivals(_run, partial(other_specs, (group.name,)), self.budget))
            self._reports[group] = verify_spec(spec, group.name, choice, _run, rivals)
        return self._reports[group]

    def cell(self, group: Group, spec: Spec, claim: str) -> Cell | None:
        """What is known of one property; None if this setting does not have it."""
        return next((cell for cell in self.report(group, spec).cells if cell.claim.name == claim), None)


def _run(jobs: Sequence[Job]) -> list[JobResult]:
    return run_jobs(jobs, work, 1, lambda *_: None)
