"""The rival rule: `never` and `at most` hold only beside another spec or scenario that really violates them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from hvcheck.engine import Budget
from hvcheck.verdict import Holds, Proved, Undetermined, Verdict, Violated
from hvmodel.system import Property
from hvspec.spec import Scenario, Spec

from .job import NO_LIMIT, Job, JobResult

RunAll = Callable[[Sequence[Job]], list[JobResult]]
LoadAll = Callable[[str], Iterator[tuple[str, Spec]]]
"""The other specs that may hold a rival of a property, with the names by which they load."""


@dataclass(slots=True)
class Rivals:
    """Finds rivals and remembers them; each candidate is run once, for the one property."""

    run: RunAll
    others: LoadAll
    budget: Budget = NO_LIMIT
    known: dict[tuple[str, str, str], bool] = field(default_factory=dict)

    def note(self, result: JobResult) -> None:
        """Remember what a job of the plan has shown already."""
        for verdict in result.verdicts:
            if isinstance(verdict, Violated) and not result.job.settings:
                self.known[result.job.spec, result.job.scenario or "", verdict.property] = True

    def settle(self, verdict: Verdict, claim: Property, spec: Spec, name: str) -> Verdict:
        """The verdict, which becomes HOLDS or PROVED if only a rival was missing and there is one."""
        if claim.claim not in ("never", "at most") or not isinstance(verdict, Undetermined):
            return verdict
        if verdict.coverage is None and verdict.certificate is None:
            return verdict
        tried: list[str] = []
        for loaded, candidate, label in self._candidates(spec, name, claim.name):
            if self._violates(loaded, candidate, claim.name):
                return _beside(verdict, label)
            tried.append(label)
        return replace(
            verdict,
            reason=f"never violated here, but nothing shows that it could be{_tried(tried)}",
            hint=(
                f"add a scenario in which it fails: scenario NAME {{ ... expect {claim.name} violated }};"
                " hvcheck then runs it and this is settled"
            ),
        )

    def _candidates(self, spec: Spec, name: str, claim: str) -> Iterator[tuple[str, Scenario, str]]:
        """Scenarios that expect the property violated: the spec's own first, then those of shipped eras."""
        for one in spec.scenarios:
            if _should_violate(one, claim):
                yield name, one, f"scenario {one.name}"
        for loaded, other in self.others(claim):
            if other.name != spec.name and any(known.name == claim for known in other.properties):
                for one in other.scenarios:
                    if _should_violate(one, claim):
                        yield loaded, one, f"{other.name}, scenario {one.name}"

    def _violates(self, spec: str, scenario: Scenario, claim: str) -> bool:
        """Whether the scenario, as the spec sets it, violates the property in any of its scopes."""
        key = (spec, scenario.name, claim)
        if key not in self.known:
            scopes = scenario.scopes or (None,)
            jobs = [Job(spec, scenario.name, scope, properties=(claim,), budget=self.budget) for scope in scopes]
            verdicts = [verdict for result in self.run(jobs) for verdict in result.verdicts]
            self.known[key] = any(isinstance(verdict, Violated) for verdict in verdicts)
        return self.known[key]


def _should_violate(scenario: Scenario, claim: str) -> bool:
    """Whether the scenario expects the property violated in any of its scopes."""
    return any(scenario.expected(claim, scope).verdict == "violated" for scope in scenario.scopes or (None,))


def _beside(verdict: Undetermined, rival: str) -> Verdict:
    if verdict.certificate is not None:
        return Proved(verdict.property, verdict.certificate, None, rival, verdict.seconds)
    assert verdict.coverage is not None
    return Holds(verdict.property, verdict.coverage, None, rival, verdict.seconds)


def _tried(tried: list[str]) -> str:
    return f" ({', '.join(tried)}: expected to violate it, did not)" if tried else ""
