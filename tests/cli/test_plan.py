"""The plan: which jobs, how engines combine, what an outcome is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from chart.sample import APP_CONSISTENT, DRIFT, LAYOUT, SCOPE, SYSTEM, trace_of
from hvcheck.engine import Budget, EngineEvent, Progress
from hvcheck.plan.choice import Choice, jobs_of
from hvcheck.plan.job import Job, JobEvent, JobResult
from hvcheck.plan.judge import EXIT_CODES, combine, compare, worst
from hvcheck.plan.rival import Rivals
from hvcheck.plan.work import run_engine
from hvcheck.verdict import (
    SATISFIES,
    Bounded,
    Certificate,
    Coverage,
    Failed,
    Holds,
    Proved,
    Reached,
    Undetermined,
    Unreachable,
    Verdict,
    Violated,
    confirm,
)
from hvmodel.expression import TRUE
from hvmodel.system import Property, Scope, System
from hvspec.library import era_names, may_name
from hvspec.load import load
from hvspec.spec import Expectation

from . import fakes
from .fakes import SPEC

RUN = confirm(LAYOUT, trace_of(DRIFT))
HERE = Coverage(SCOPE, SYSTEM.budgets, 10, 20, 5)
PROOF = Certificate(("a",), 3, "z3")

VERDICTS: dict[str, Verdict] = {
    "PROVED": Proved("P", PROOF, RUN),
    "HOLDS": Holds("P", HERE, RUN),
    "BOUNDED": Bounded("P", 3, "a budget"),
    "VIOLATED": Violated("P", RUN),
    "UNDETERMINED": Undetermined("P", "a budget"),
    "ERROR": Failed("P", "a defect"),
    "REACHED": Reached("P", RUN),
    "UNREACHABLE": Unreachable("P", HERE),
}


def test_the_plan_is_every_scenario_in_order() -> None:
    jobs = jobs_of(Choice(), SPEC, "path.hvs")
    assert [(job.spec, job.scenario, job.scope, job.engine) for job in jobs] == [
        ("path.hvs", name, "small", "explicit") for name in ("drift", "quiet", "no_commit")
    ]


def test_symbolic_runs_where_a_proof_is_expected_or_asked_for() -> None:
    proved = replace(SPEC.scenarios[1], expectations=fakes.expecting(AppConsistent="proved"))
    spec = replace(SPEC, scenarios=(proved,))
    jobs = jobs_of(Choice(), spec, "s")
    assert [(job.engine, job.properties) for job in jobs] == [("explicit", ()), ("symbolic", ("AppConsistent",))]
    assert [job.engine for job in jobs_of(Choice(properties=("Completes",)), spec, "s")] == ["explicit"]
    assert [job.engine for job in jobs_of(Choice(engines=("symbolic",)), SPEC, "s")] == ["symbolic"] * 3


def test_scopes_are_the_users_else_the_scenarios_else_the_first() -> None:
    both = replace(SPEC, scenarios=(replace(SPEC.scenarios[0], scopes=("small", "large")), SPEC.scenarios[1]))
    assert [job.scope for job in jobs_of(Choice(), both, "s")] == ["small", "large", "small"]
    assert [job.scope for job in jobs_of(Choice(scopes=("large",)), both, "s")] == ["large", "large"]


def test_a_spec_without_scenarios_is_run_as_it_stands() -> None:
    jobs = jobs_of(Choice(), replace(SPEC, scenarios=()), "s")
    assert [(job.scenario, job.scope) for job in jobs] == [(None, "small")]


@pytest.mark.parametrize("expected", list(SATISFIES))
@pytest.mark.parametrize("word", list(VERDICTS))
def test_only_what_satisfies_an_expectation_is_as_expected(word: str, expected: str) -> None:
    outcome, note = compare(VERDICTS[word], Expectation("P", expected))  # type: ignore[arg-type]
    assert (outcome == "expected") == (word in SATISFIES[expected]) == (not note)
    unsure = word in ("UNDETERMINED", "BOUNDED") or (word, expected) == ("HOLDS", "proved")
    assert (outcome == "undetermined") == unsure
    assert (outcome == "error") == (word == "ERROR")


def test_the_strongest_verdict_of_several_engines_counts() -> None:
    chosen = VERDICTS
    assert combine("P", [chosen["HOLDS"], chosen["PROVED"]]) is chosen["PROVED"]
    assert combine("P", [chosen["UNDETERMINED"], chosen["HOLDS"]]) is chosen["HOLDS"]
    assert combine("P", [chosen["BOUNDED"], chosen["VIOLATED"]]) is chosen["VIOLATED"]
    assert combine("P", [chosen["HOLDS"], chosen["ERROR"]]) is chosen["ERROR"]
    assert combine("P", []).word == "UNDETERMINED"


def test_engines_that_contradict_each_other_are_an_error() -> None:
    for one, other in (("PROVED", "VIOLATED"), ("HOLDS", "VIOLATED"), ("UNREACHABLE", "REACHED")):
        assert combine("P", [VERDICTS[one], VERDICTS[other]]).word == "ERROR"
        assert combine("P", [VERDICTS[other], VERDICTS[one]]).word == "ERROR"
    smaller = Holds("P", replace(HERE, scope=Scope("tiny", (("VM", 1), ("DISK", 1), ("DATA", 1)))), RUN)
    assert combine("P", [smaller, VERDICTS["VIOLATED"]]).word == "VIOLATED"


def test_the_worst_outcome_decides_and_nothing_is_undetermined() -> None:
    assert EXIT_CODES[worst(["expected", "undetermined", "difference", "error"])] == 3
    assert EXIT_CODES[worst(["expected", "undetermined", "difference"])] == 1
    assert EXIT_CODES[worst(["expected", "undetermined", "not judged"])] == 4
    assert EXIT_CODES[worst(["expected", "not judged"])] == 0
    assert EXIT_CODES[worst(["not judged"])] == 4
    assert EXIT_CODES[worst([])] == 4


class Recorder:
    """An engine that says UNDETERMINED, and remembers what it was asked."""

    name = "recorder"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def supports(self, claim: Property) -> bool:
        return claim.claim != "leads to"

    def run(
        self, system: System, properties: Sequence[Property], scope: Scope, budget: Budget
    ) -> Iterator[EngineEvent]:
        del system, scope, budget
        yield Progress("asking")
        for claim in properties:
            self.asked.append(claim.name)
            yield Undetermined(claim.name, "asked only")


def results(events: Iterator[JobEvent]) -> JobResult:
    (result,) = [event for event in events if isinstance(event, JobResult)]
    return result


def test_a_property_whose_faults_cannot_occur_is_not_judged() -> None:
    needy = replace(APP_CONSISTENT, name="Isolation", needs=("IcFails", "GuestCrash"))
    system = replace(SYSTEM, properties=(APP_CONSISTENT, needy), budgets=(("IcFails", 0),))
    engine = Recorder()
    result = results(run_engine(Job("s"), system, SCOPE, engine))
    assert engine.asked == ["AppConsistent"]
    assert [(idle.property, idle.reason) for idle in result.not_judged] == [
        ("Isolation", "no IcFails or GuestCrash here")
    ]
    able = Recorder()
    results(run_engine(Job("s"), replace(system, budgets=(("IcFails", 1),)), SCOPE, able))
    assert able.asked == ["AppConsistent", "Isolation"]


def test_what_an_engine_cannot_decide_is_undetermined_not_dropped() -> None:
    result = results(run_engine(Job("s"), SYSTEM, SCOPE, Recorder()))
    assert [verdict.property for verdict in result.verdicts] == [claim.name for claim in SYSTEM.properties]
    assert "does not decide `leads to`" in result.verdicts[1].reason  # type: ignore[union-attr]


def test_a_proof_needs_its_rival_too_and_each_rival_is_run_once() -> None:
    ran: list[Job] = []

    def run(jobs: Sequence[Job]) -> list[JobResult]:
        ran.extend(jobs)
        return [JobResult(job, verdicts=(replace(VERDICTS["VIOLATED"], property="OneSnapshot"),)) for job in jobs]

    claim = Property("OneSnapshot", "never", TRUE)
    rivals = Rivals(run, lambda _: iter(()))
    open_proof = Undetermined("OneSnapshot", "no rival", certificate=PROOF)
    settled = [rivals.settle(open_proof, claim, SPEC, "s") for _ in range(2)]
    assert [verdict.word for verdict in settled] == ["PROVED", "PROVED"]
    assert [(job.scenario, job.properties) for job in ran] == [("drift", ("OneSnapshot",))]


def test_the_rival_rule_leaves_everything_else_alone() -> None:
    def run(_jobs: Sequence[Job]) -> list[JobResult]:
        raise AssertionError("nothing is to be run")

    rivals = Rivals(run, lambda _: iter(()))
    never, always = Property("P", "never"), Property("P", "always")
    met = Undetermined("P", "a budget was met")
    assert rivals.settle(met, never, SPEC, "s") is met
    assert rivals.settle(VERDICTS["VIOLATED"], never, SPEC, "s") is VERDICTS["VIOLATED"]
    searched = Undetermined("P", "no witness", coverage=HERE)
    assert rivals.settle(searched, always, SPEC, "s") is searched


def test_only_eras_that_name_a_property_are_read_for_its_rivals() -> None:
    spec, _ = load("ws2012")
    assert spec is not None
    barred = [claim.name for claim in spec.properties if claim.claim in ("never", "at most")]
    assert barred
    assert all(may_name("ws2012", name) for name in barred)
    assert not any(may_name(era, "NoSuchProperty") for era in era_names())


def test_a_rival_is_looked_for_in_every_scope_of_its_scenario() -> None:
    def run(jobs: Sequence[Job]) -> list[JobResult]:
        found = replace(VERDICTS["VIOLATED"], property="OneSnapshot")
        return [JobResult(job, verdicts=(found,) if job.scope == "large" else ()) for job in jobs]

    spec = replace(SPEC, scenarios=(replace(SPEC.scenarios[0], scopes=("small", "large")),))
    searched = Undetermined("OneSnapshot", "no rival", coverage=HERE)
    settled = Rivals(run, lambda _: iter(())).settle(searched, Property("OneSnapshot", "at most"), spec, "s")
    assert isinstance(settled, Holds)
    assert settled.rival == "scenario drift"
