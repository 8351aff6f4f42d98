"""Verifying a spec: run the plan, apply the rival rule, judge every property in every scenario and scope."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from hvcheck.verdict import Holds, Unreachable, Verdict
from hvmodel.dataclass import dataclass
from hvmodel.system import Property
from hvspec.diagnostic import Diagnostic
from hvspec.spec import Spec

from .choice import NO_SCENARIO, Choice, jobs_of
from .job import EngineName, JobResult
from .judge import Cell, Outcome, judge, worst
from .restored import with_restored
from .rival import Rivals, RunAll


@dataclass(frozen=True, slots=True)
class SpecReport:
    """All that was found out about one spec. `failures` are jobs that came to nothing, by scenario."""

    spec: Spec
    cells: tuple[Cell, ...]
    results: tuple[JobResult, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    failures: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        wrong = any(one.severity == "error" for one in self.diagnostics)
        return "error" if wrong or self.failures else worst(cell.outcome for cell in self.cells)


def verify_spec(spec: Spec, name: str, choice: Choice, run: RunAll, rivals: Rivals) -> SpecReport:
    """`name` is how workers load the spec. Every job of the plan is run; nothing is dropped silently."""
    results = run(jobs_of(choice, spec, name))
    for result in results:
        rivals.note(result)
    cells: list[Cell] = []
    for (scenario, _), group in groupby(results, key=lambda result: (result.job.scenario, result.job.scope)):
        cells += _cells(spec, name, scenario or "", tuple(group), rivals)
    cells = with_restored(spec, cells)
    return SpecReport(
        spec,
        tuple(cells),
        tuple(results),
        tuple(dict.fromkeys(diagnostic for result in results for diagnostic in result.diagnostics)),
        tuple(
            f"scenario {result.job.scenario or spec.name}, {result.job.engine} engine: {result.failure}"
            for result in results
            if result.failure
        ),
    )


def _cells(spec: Spec, name: str, scenario: str, group: Sequence[JobResult], rivals: Rivals) -> list[Cell]:
    chosen = next((one for one in spec.scenarios if one.name == scenario), NO_SCENARIO)
    claims: dict[str, Property] = {claim.name: claim for result in group for claim in result.claims}
    scope = next((result.scope for result in group if result.scope), group[0].job.scope or "")
    reasons = {idle.property: idle.reason for result in group for idle in result.not_judged}
    cells: list[Cell] = []
    for claim in claims.values():
        expectation = chosen.expected(claim.name, scope)
        if claim.name in reasons:
            cells.append(Cell(scenario, scope, claim, expectation, "not judged", note=reasons[claim.name]))
            continue
        found: list[tuple[EngineName, Verdict]] = [
            (result.job.engine, rivals.settle(verdict, claim, spec, name))
            for result in group
            for verdict in result.verdicts
            if verdict.property == claim.name
        ]
        cells.append(judge(scenario, scope, claim, expectation, found))
    return cells


def never_taken(report: SpecReport) -> tuple[str, ...]:
    """Actions that no finished search of the plan has reached, though one has looked for them."""
    searched = [
        verdict.coverage
        for cell in report.cells
        for _, verdict in cell.engines
        if isinstance(verdict, Holds | Unreachable)
    ]
    if not searched:
        return ()
    never = [set(coverage.unreached) | set(coverage.left_out) for coverage in searched]
    nowhere = set.intersection(*(set(coverage.left_out) for coverage in searched))
    return tuple(sorted(set.intersection(*never) - nowhere))
