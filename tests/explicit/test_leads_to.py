"""Verdicts on `leads to`: by both engines the same, and what budgets do to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings

from generators.systems import Drawn, systems
from hvcheck.engine import Budget, Progress
from hvcheck.explicit import ExplicitEngine, meter
from hvcheck.explicit.compiled.graph import CompiledSteps
from hvcheck.explicit.explored import NOBODY, Steps
from hvcheck.explicit.fairness import memory
from hvcheck.verdict import Holds, Undetermined, Violated
from hvmodel.expression import TRUE, Apply, Variable
from hvmodel.system import Obligation, Property
from hvmodel.types import BOOL, Int

from .helpers import verdicts
from .small import NONE, THREE, all_at, counted, counter, lock, n_is, number, some_at
from .test_against_brute import CALM
from .test_fairness import by_the_machine, compared, counting

ENDS = Property("Ends", "leads to", all_at("done"), trigger=some_at("frozen"))
BOTH = pytest.mark.parametrize("reference", [False, True], ids=["compiled", "reference"])


@BOTH
def test_holds_and_fails_as_one_expects(reference: bool) -> None:
    assert isinstance(verdicts(lock(ENDS), THREE, reference=reference)["Ends"], Holds)
    unfair = verdicts(lock(ENDS, fair=False), THREE, reference=reference)["Ends"]
    assert isinstance(unfair, Violated)
    assert [step.action for step in unfair.run.trace.steps] == ["freeze"]
    assert unfair.run.trace.loop == 1
    kept = verdicts(lock(ENDS, released=False), THREE, reference=reference)["Ends"]
    assert isinstance(kept, Violated)
    assert [step.action for step in kept.run.trace.steps] == ["freeze", "thaw"]


@BOTH
def test_several_claims_of_one_system(reference: bool) -> None:
    claims = [
        ENDS,
        Property("Frozen", "leads to", some_at("frozen"), trigger=TRUE),
        Property("NeverAll", "leads to", all_at("frozen"), trigger=some_at("frozen")),
        Property("Thaws", "leads to", some_at("done"), trigger=TRUE),
    ]
    found = verdicts(lock(*claims), THREE, reference=reference)
    words = {name: verdict.word for name, verdict in found.items()}
    assert words == {"Ends": "HOLDS", "Frozen": "VIOLATED", "NeverAll": "VIOLATED", "Thaws": "HOLDS"}


@BOTH
def test_a_run_does_not_end_where_a_fair_step_breaks_an_obligation(reference: bool) -> None:
    """Nobody knows what follows; but that the step is due, and that it counts as taken nowhere, is known."""
    room = Obligation("range", Apply("<", (counted(3).at(), number(3)), BOOL), "n is at its highest")
    plain = counter(3, Property("P", "leads to", n_is(0, 3), trigger=n_is(3, 3)))
    up = replace(plain.actions[0], guards=(), obligations=(room,))
    assert isinstance(verdicts(replace(plain, actions=(up,)), NONE, reference=reference)["P"], Undetermined)
    assert isinstance(verdicts(plain, NONE, reference=reference)["P"], Violated)


def test_a_search_that_was_stopped_may_still_show_a_violation() -> None:
    system, claim = counting(2000, back=10)
    found = verdicts(system, NONE, Budget(states=300))[claim.name]
    assert isinstance(found, Violated)
    assert len(found.run.trace.steps) == 11
    assert found.run == getattr(verdicts(system, NONE)[claim.name], "run", None)


def test_a_search_that_was_stopped_never_holds() -> None:
    system, claim = counting(2000, back=1500)
    found = verdicts(system, NONE, Budget(states=300))[claim.name]
    assert isinstance(found, Undetermined)
    assert "300 states" in found.reason


@pytest.mark.parametrize("room", [memory.PAGE, 4 * memory.PAGE])
def test_memory_that_is_not_to_be_had_is_said(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    system, claim = counting(20_000, back=15_000)
    monkeypatch.setattr(memory, "LARGEST", room)
    found = verdicts(system, NONE)[claim.name]
    assert isinstance(found, Undetermined)
    assert "can be addressed" in found.reason


@pytest.mark.parametrize("budget", [Budget(seconds=0.0), Budget(memory=1)])
def test_a_budget_that_is_met_is_named(budget: Budget) -> None:
    system, claim = counting(20_000, back=15_000)
    assert "budget of" in getattr(verdicts(system, NONE, budget)[claim.name], "reason", "")


def test_more_instances_than_can_be_numbered_are_left_to_the_reference() -> None:
    number_of = Variable("k", Int(0, NOBODY))
    system = counter(5, Property("P", "leads to", n_is(5, 5), trigger=TRUE))
    up = replace(system.actions[0], parameters=(number_of,))
    up = replace(up, guards=(*up.guards, replace(up.guards[0], expression=Apply("<=", (number_of, number(0)), BOOL))))
    assert isinstance(verdicts(replace(system, actions=(up,)), NONE)["P"], Holds)


def test_long_work_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "INTERVAL", 0.0)
    system, claim = counting(2000, back=1500)
    events = ExplicitEngine().run(system, [claim], NONE, Budget())
    phases = {event.phase for event in events if isinstance(event, Progress)}
    assert {"exploring", "steps for fairness", "fairness"} <= phases


Made = Callable[[CompiledSteps], Iterator[Steps]]


def losing_a_step(whole: Made) -> Made:
    return lambda self: (Steps(part.source[:-1], part.target[:-1], part.mover[:-1]) for part in whole(self))


def serving_one_for_all(whole: Made) -> Made:
    def steps(self: CompiledSteps) -> Iterator[Steps]:
        for part in whole(self):
            yield replace(part, mover=np.where(part.mover == NOBODY, NOBODY, 0).astype(np.uint16))

    return steps


def serving_nobody(whole: Made) -> Made:
    return lambda self: (replace(part, mover=np.full_like(part.mover, NOBODY)) for part in whole(self))


def leading_to_the_next_state(whole: Made) -> Made:
    return lambda self: (replace(part, target=np.roll(part.target, 1)) for part in whole(self))


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@pytest.mark.parametrize(
    "faulty",
    [losing_a_step, serving_one_for_all, serving_nobody, leading_to_the_next_state],
)
def test_faulty_steps_are_found_out(faulty: Callable[[Made], Made], monkeypatch: pytest.MonkeyPatch) -> None:
    @settings(CALM, max_examples=200, database=None, phases=[Phase.generate], report_multiple_bugs=False)
    @given(systems())
    def compare(drawn: Drawn) -> None:
        compared(drawn, by_the_machine(drawn))

    monkeypatch.setattr(CompiledSteps, "steps", faulty(CompiledSteps.steps))
    with pytest.raises((AssertionError, IndexError, ValueError, StopIteration, RuntimeError)):
        compare()
