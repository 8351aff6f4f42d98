"""The first era: its verdicts in small scopes, its counterexamples, and what a deviation makes of the exit code."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

from chart.golden import check
from explicit.helpers import verdicts
from hvcheck.cli.main import run as hvcheck
from hvcheck.engine import Budget, Progress
from hvcheck.explicit.engine import ExplicitEngine
from hvcheck.verdict import Verdict, Violated
from hvmodel.semantics import breaches, holds
from hvmodel.system import Property
from hvmodel.trace import Refusal, Trace, run
from language.helpers import compiled, loaded

GOLDEN = Path(__file__).parent / "golden"
SCENARIOS = tuple(scenario.name for scenario in loaded("ws2012").scenarios)
QUICK = ("ideal", "no_rollback", "post_snapshot_fails", "guest_session_ends_early", "requester_dies_unnoticed")
ONE_WRITE = {"transactions": 1}


@cache
def judged(scenario: str, transactions: int) -> dict[str, Verdict]:
    """The verdicts on an era's own properties (not its lemmas) with one machine and two disks."""
    system, scope = compiled(loaded("ws2012"), scenario, "disks", {"transactions": transactions})
    claims = [claim for claim in system.properties if claim.claim != "invariant"]
    found = list(ExplicitEngine().run(system, claims, scope, Budget()))
    return {event.property: event for event in found if not isinstance(event, Progress)}


def table(scenario: str, transactions: int) -> str:
    found = judged(scenario, transactions)
    return "".join(f"{name:24} {found[name].word}\n" for name in sorted(found))


@pytest.mark.parametrize("scenario", QUICK)
def test_verdicts_with_one_write(scenario: str) -> None:
    check(GOLDEN, f"ws2012-{scenario}-1.txt", table(scenario, 1))


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_verdicts_with_one_machine(scenario: str) -> None:
    check(GOLDEN, f"ws2012-{scenario}-2.txt", table(scenario, 2))


# -------------------------------------------------------------------- counterexamples


@pytest.mark.parametrize("scenario", QUICK)
def test_every_step_of_a_counterexample_is_needed(scenario: str) -> None:
    system, _ = compiled(loaded("ws2012"), scenario, "disks", ONE_WRITE)
    claims = {claim.name: claim for claim in system.properties}
    violated = [verdict for verdict in judged(scenario, 1).values() if isinstance(verdict, Violated)]
    assert violated
    for verdict in violated:
        assert breaks(verdict, claims[verdict.property], verdict.run.trace)
        for shorter in shortened(verdict):
            assert not breaks(verdict, claims[verdict.property], shorter), verdict.property


def shortened(verdict: Violated) -> list[Trace]:
    """Every run that is left when one step is left out; most are no run any more."""
    trace = verdict.run.trace
    runs = []
    for i in range(len(trace.steps)):
        loop = None if trace.loop is None else trace.loop - (i < trace.loop)
        again = run(verdict.run.layout, (*trace.steps[:i], *trace.steps[i + 1 :]), loop)
        if not isinstance(again, Refusal):
            runs.append(again)
    return runs


def breaks(verdict: Violated, claim: Property, trace: Trace) -> bool:
    """Whether a run ends as the counterexample of a claim must."""
    layout = verdict.run.layout
    if claim.claim == "never":
        return bool(trace.steps) and trace.steps[-1].action in claim.forbidden
    if claim.claim == "obligations":
        return bool(trace.steps) and any(breaches(layout, trace.states[-2], trace.steps[-1]))
    if claim.claim == "leads to":
        assert claim.trigger is not None
        quiet = [not holds(claim.expression, layout, state) for state in trace.states]
        # The trigger, and no answer from there on.
        return any(holds(claim.trigger, layout, state) and all(quiet[i:]) for i, state in enumerate(trace.states)) and (
            trace.loop is not None
        )
    return not holds(claim.expression, layout, trace.last)


LOOPING = """
era looping "A loop that is fair, after a stem that is needed"
var x: bool
var y: bool
actor A
actor B
protocol P by A { step S { y := true }  await x  y := false }
protocol Q by B { await y and not x  y := false }
env Flip { x := not x }
property Answered y leads to not y
"""


def test_every_step_of_a_stem_and_of_a_loop_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "looping.hvs"
    path.write_text(LOOPING)
    system, scope = compiled(loaded(path))
    verdict = verdicts(system, scope)["Answered"]
    assert isinstance(verdict, Violated)
    trace = verdict.run.trace
    assert trace.loop is not None
    assert 0 < trace.loop < len(trace.steps), "a stem, and a loop in which something happens"
    claim = next(claim for claim in system.properties if claim.name == "Answered")
    assert breaks(verdict, claim, trace)
    assert not [shorter for shorter in shortened(verdict) if breaks(verdict, claim, shorter)]


# -------------------------------------------------------------------- deviations

ASKED = ("--scenario", "ideal", "--scope", "disks", "--property", "AppConsistent", "--set", "transactions=1")
QUIET = ("--charts", "none", "--jobs", "1", "--engine", "explicit")


def test_as_expected(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["NothingLeft" if word == "AppConsistent" else word for word in ASKED]
    assert hvcheck(["verify", "ws2012", *asked, *QUIET]) == 0
    assert "NothingLeft" in capsys.readouterr().out


def test_a_setting_that_breaks_a_property_is_a_difference(capsys: pytest.CaptureFixture[str]) -> None:
    assert hvcheck(["verify", "ws2012", *ASKED, *QUIET, "--set", "rollback=false"]) == 1
    said = capsys.readouterr().out
    assert "AppConsistent" in said
    assert "VIOLATED" in said
    assert "VIOLATED, expected" in said


@pytest.mark.parametrize(
    ("scenario", "expected", "code"),
    [
        ("ideal", "expect AppConsistent violated", 1),
        ("ideal", "expect AppConsistent holds", 0),
        ("no_rollback", "expect AppConsistent violated by RequesterDies", 1),
    ],
)
def test_an_expectation_is_checked(
    scenario: str, expected: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = files("hvspec").joinpath("eras", "ws2012.hvs").read_text("utf-8")
    head, found, rest = text.partition(f"scenario {scenario} ")
    assert found
    body, _, after = rest.partition("\n}") if "{ }" not in rest.partition("\n")[0] else rest.partition("{ }")
    path = tmp_path / "ws2012.hvs"
    mended = f"{body} {expected}\n}}" if "{" in body else f"{body} {{ {expected} }}"
    path.write_text(head + found + mended + after, "utf-8")
    asked = [scenario if word == "ideal" else word for word in ASKED]
    assert hvcheck(["verify", str(path), *asked, *QUIET]) == code
    said = capsys.readouterr().out
    assert "AppConsistent" in said
    if code:
        assert "expected violated" in said or "not by RequesterDies" in said
