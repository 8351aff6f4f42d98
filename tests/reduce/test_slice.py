"""Slices of systems small enough to see what must be left out and what must not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explicit.small import LOCATIONS, NONE, PC, TWO, act, at, counter, lock, n_is, named, number, some_at, vm
from hvcheck.engine import Budget
from hvcheck.plan.verify import SpecReport, never_taken
from hvcheck.reduce import parts
from hvcheck.reduce import slice as cutting
from hvcheck.reduce.cone import cone
from hvcheck.reduce.slice import slice_of
from hvcheck.report.evidence import evidence
from hvcheck.verdict import Failed, Holds, Undetermined, Violated
from hvmodel.expression import TRUE, Apply, Literal, conjunction, negation
from hvmodel.system import IDLE, Action, Function, Obligation, Property, System, Write
from hvmodel.types import BOOL, Int

from .agree import reduced

SLICE = frozenset({"slice"})
NOISE = Function("noise", (), Int(0, 9), Literal(0, Int(0, 9)))
LOUD = act(
    "louder",
    (Apply("<", (NOISE.at(), number(9)), BOOL),),
    (Write("noise", (), Apply("+", (NOISE.at(), number(1)), NOISE.range)),),
)


def noisy(*properties: Property, louder: Action = LOUD) -> System:
    """`n` goes from 0 to 5 whatever the noise is: 60 states, 6 of them of `n`."""
    system = counter(5, *properties, more=(louder,))
    return replace(system, functions=(*system.functions, NOISE))


CLAIM = Property("P", "always", negation(n_is(5, 5)))
SAFE = Property("Q", "always", Apply("<=", (n_is(0, 5), TRUE), BOOL), witness=n_is(5, 5))


def test_what_cannot_matter_is_left_out_and_what_it_counted_is_marked() -> None:
    verdict = reduced(noisy(SAFE), NONE, SLICE)["Q"]
    assert isinstance(verdict, Holds)
    assert (verdict.coverage.states, verdict.coverage.reductions) == (6, ("slice",))
    assert verdict.coverage.left_out == ("louder",)
    assert "reduced: slice" in evidence(verdict)
    exact = reduced(noisy(SAFE), NONE, frozenset())["Q"]
    assert isinstance(exact, Holds)
    assert (exact.coverage.states, exact.coverage.reductions) == (60, ())
    assert "reduced" not in evidence(exact)


def test_a_run_is_one_of_the_full_system() -> None:
    system = noisy(CLAIM)
    verdict = reduced(system, NONE, SLICE)["P"]
    assert isinstance(verdict, Violated)
    assert verdict.run.layout.system is system
    assert [step.action for step in verdict.run.trace.steps] == ["up"] * 5


def test_a_guard_is_kept_with_what_it_reads() -> None:
    """`n` goes up only in silence: then the noise matters."""
    system = noisy(CLAIM)
    up = replace(system.action["up"], guards=named((n_is(0, 5), Apply("<=", (NOISE.at(), number(3)), BOOL))))
    system = replace(system, actions=(up, LOUD))
    assert cone(system, [CLAIM]).functions == {"n", "noise"}


def test_obligations_keep_what_they_read() -> None:
    asked = Obligation("requires", Apply("<=", (NOISE.at(), number(3)), BOOL), "not so loud")
    look = replace(act("look"), obligations=(asked,))
    claim = Property("Preconditions", "obligations", witness=TRUE)
    system = noisy(claim)
    system = replace(system, actions=(*system.actions, look))
    kept = slice_of(system, [claim])
    assert [action.name for action in kept.actions] == ["louder", "look"]
    verdict = reduced(system, NONE, SLICE)["Preconditions"]
    assert isinstance(verdict, Violated)
    assert verdict.breach == asked
    assert [step.action for step in verdict.run.trace.steps] == ["louder"] * 4 + ["look"]


def test_a_deadlock_keeps_every_protocol_step() -> None:
    claim = Property("D", "deadlock", n_is(5, 5), witness=TRUE)
    assert {action.name for action in slice_of(noisy(claim), [claim]).actions} == {"up", "louder"}
    quiet = noisy(claim, louder=replace(LOUD, kind="environment"))
    assert {action.name for action in slice_of(quiet, [claim]).actions} == {"up"}


def test_a_thread_that_spins_for_ever_is_not_forgotten() -> None:
    """Looking is a fair step too: a machine that only ever looks gets its due and is never done."""
    claim = Property("Done", "leads to", conjunction((some_at("done"),)), trigger=some_at("frozen"))
    base = lock(claim, exclusive=False, released=False)
    look = Action("look", "protocol", (vm,), named((at(vm, "frozen"),)), (), thread="backup", fair=True)
    for system, word in ((base, "HOLDS"), (replace(base, actions=(*base.actions, look)), "VIOLATED")):
        assert reduced(system, TWO, SLICE)["Done"].word == word
        assert reduced(system, TWO, frozenset())["Done"].word == word


def test_a_loop_that_is_none_of_the_full_system_is_sought_there() -> None:
    """Without the noise `n` rests at once; in full it rests only when the noise has ended."""
    claim = Property("Six", "leads to", n_is(6, 6), trigger=n_is(0, 6))
    verdict = reduced(noisy(claim), NONE, SLICE)["Six"]
    assert isinstance(verdict, Violated)
    assert verdict.run.trace.loop == len(verdict.run.trace.steps)
    assert [step.action for step in verdict.run.trace.steps].count("louder") == 9


def test_a_run_that_the_full_system_refuses_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "_cut", lambda action, _: replace(action, guards=()))
    more = act("more", (n_is(1, 5), n_is(2, 5)), (Write("n", (), number(5)),))
    system = noisy(CLAIM)
    verdict = reduced(replace(system, actions=(*system.actions, more)), NONE, SLICE)["P"]
    assert isinstance(verdict, Failed)
    assert "reduction is at fault" in verdict.reason


def test_a_loop_that_the_full_system_refutes_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice without the step that answers: it rests where the full system goes on."""
    claim = Property("Five", "leads to", n_is(5, 5), trigger=n_is(0, 5))
    whole = cutting.cut
    monkeypatch.setattr(
        parts, "cut", lambda *given: replace(whole(*given), actions=()) if len(given[0].actions) > 1 else whole(*given)
    )
    verdict = reduced(noisy(claim), NONE, SLICE)["Five"]
    assert isinstance(verdict, Failed)
    assert "reduction is at fault" in verdict.reason


def test_when_a_budget_is_met_a_smaller_slice_is_tried() -> None:
    loud = Property("Loud", "always", Apply("<=", (NOISE.at(), number(9)), BOOL), witness=n_is(5, 5))
    found = reduced(noisy(SAFE, loud), NONE, SLICE, Budget(states=30))
    assert isinstance(found["Q"], Holds)
    assert isinstance(found["Loud"], Undetermined)
    assert "30 states" in found["Loud"].reason


def test_a_step_that_was_left_out_is_not_said_to_be_never_taken() -> None:
    never = act("never", (n_is(1, 5), n_is(2, 5)))
    system = noisy(SAFE)
    system = replace(system, actions=(*system.actions, replace(never, writes=(Write("n", (), number(0)),))))
    verdict = reduced(system, NONE, SLICE)["Q"]
    assert isinstance(verdict, Holds)
    cell = type("Cell", (), {"engines": (("explicit", verdict),)})
    report = SpecReport(None, (cell,), ())  # type: ignore[arg-type]
    assert never_taken(report) == ("never",)


def test_places_that_nobody_asks_about_are_dropped() -> None:
    claim = Property("N", "always", TRUE)
    kept = slice_of(lock(claim), [claim])
    assert (kept.functions, kept.actions, kept.threads) == ((), (), ())
    assert PC.initial == Literal(IDLE, LOCATIONS)
