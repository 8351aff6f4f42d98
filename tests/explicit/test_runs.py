"""Counterexamples: shortest, replayed, and no step too many."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from generators.systems import Drawn, systems
from hvcheck.explicit.judge import breaks
from hvcheck.verdict import Confirmed, Violated
from hvmodel.expression import TRUE, Apply, conjunction, negation
from hvmodel.semantics import apply, breaches, is_enabled
from hvmodel.state import Layout
from hvmodel.system import IDLE, Property, Scope, System, Write
from hvmodel.trace import Refusal, run
from hvmodel.types import Int

from .helpers import verdicts
from .small import NOBODY, NONE, TWO, act, all_at, counted, counter, lock, move, n_is, number, some_at, vm
from .test_against_brute import CALM, graph_of


def violated(system: System, scope: Scope = TWO) -> dict[str, Violated]:
    found = verdicts(system, scope)
    return {name: verdict for name, verdict in found.items() if isinstance(verdict, Violated)}


def actions(verdict: Violated) -> list[str]:
    return [step.action for step in verdict.run.trace.steps]


def test_the_shortest_run_to_a_bad_state() -> None:
    claim = Property("P", "always", negation(all_at("frozen")))
    assert actions(violated(lock(claim, exclusive=False))["P"]) == ["freeze", "freeze"]


def test_the_initial_state_counts_like_any_other() -> None:
    claim = Property("P", "always", negation(all_at(IDLE)))
    assert actions(violated(lock(claim))["P"]) == []


def test_a_forbidden_step_ends_the_run() -> None:
    claim = Property("P", "never", forbidden=frozenset({"thaw"}))
    assert actions(violated(lock(claim))["P"]) == ["freeze", "thaw"]


def test_a_lock_that_is_kept_is_a_deadlock() -> None:
    claim = Property("P", "deadlock", all_at("done"), witness=some_at("done"))
    assert actions(violated(lock(claim, released=False))["P"]) == ["freeze", "thaw"]
    assert not violated(lock(claim))


def test_waiting_for_the_environment_is_no_deadlock() -> None:
    """`n` stays at 2 until somebody outside the protocol resets it, be it only by way of 1."""
    claim = Property("P", "deadlock", conjunction((n_is(0, 2), n_is(1, 2))), witness=n_is(2, 2))
    back = act("back", (n_is(2, 2),), (Write("n", (), number(1)),), kind="environment", fair=False)
    noise = act("noise", (n_is(2, 2),), kind="environment")
    assert not violated(counter(2, claim, more=(back,)), NONE)
    assert not violated(counter(2, claim, more=(back, noise)), NONE)
    assert actions(violated(counter(2, claim, more=(noise,)), NONE)["P"]) == ["up", "up"]


def test_a_deadlock_is_found_by_way_of_states_where_the_protocol_waits() -> None:
    """At 3 the protocol waits; a fault leads on to 4, but nothing ever back: the shortest run ends at 3."""
    more = Apply("+", (counted(4).at(), number(1)), Int(0, 4))
    up = act("up", (negation(n_is(3, 4)), negation(n_is(4, 4))), (Write("n", (), more),))
    slip = act("slip", (n_is(3, 4),), (Write("n", (), number(4)),), kind="fault", fair=False)
    system = counter(4, Property("P", "deadlock", n_is(4, 4), witness=TRUE))
    system = System("waits", functions=system.functions, actions=(up, slip), properties=system.properties)
    assert actions(violated(system, NONE)["P"]) == ["up", "up", "up"]


@pytest.mark.parametrize(("fair", "word"), [(True, "HOLDS"), (False, "VIOLATED")])
def test_fairness_decides_whether_a_freeze_is_followed_by_a_thaw(fair: bool, word: str) -> None:
    thawed = Property("P", "leads to", negation(some_at("frozen")), trigger=some_at("frozen"))
    verdict = verdicts(lock(thawed, fair=fair), TWO)["P"]
    assert verdict.word == word
    if isinstance(verdict, Violated):
        assert actions(verdict) == ["freeze"]
        assert verdict.run.trace.loop == 1


def test_a_fair_thread_may_be_starved_only_if_it_is_disabled_again_and_again() -> None:
    """One machine takes the lock for ever; the other is disabled each time: weak fairness allows it."""
    answered = Property("P", "leads to", all_at("done"), trigger=TRUE)
    base = lock(answered)
    freeze, thaw = base.actions
    again = replace(thaw, writes=(move(IDLE), Write("owner", (), NOBODY)), parameters=(vm,))
    verdict = violated(replace(base, actions=(freeze, again)))["P"]
    assert verdict.run.trace.loop == 0
    assert actions(verdict) == ["freeze", "thaw"]


def left_out(run_: Confirmed, position: int, claim: Property) -> Confirmed | None:
    """The run without one step, if it is one. What follows a broken obligation is no run of the protocol."""
    about_steps = claim.claim in ("never", "obligations")
    trace, layout = run_.trace, run_.layout
    steps = trace.steps[:position] + trace.steps[position + 1 :]
    state = layout.initial
    for step in steps[:-1] if about_steps else steps:
        action = layout.system.action[step.action]
        if not is_enabled(action, step.arguments, layout, state) or any(True for _ in breaches(layout, state, step)):
            return None
        state = apply(layout, state, step)
    shorter = run(layout, steps, None if trace.loop is None else trace.loop - (position < trace.loop))
    return None if isinstance(shorter, Refusal) else Confirmed(layout, shorter)


def check_minimal(system: System, layout: Layout, found: dict[str, Violated]) -> None:
    for claim in system.properties:
        if claim.name in found:
            confirmed = found[claim.name].run
            assert confirmed.layout == layout
            assert breaks(claim, confirmed)
            for position in range(len(confirmed.trace.steps)):
                shorter = left_out(confirmed, position, claim)
                if claim.claim == "deadlock":
                    continue  # a state without protocol steps need not be a deadlock; shortest is tested elsewhere
                assert shorter is None or not breaks(claim, shorter), (claim, confirmed.trace, position)


@CALM
@given(systems())
def test_no_step_of_a_counterexample_can_be_left_out(drawn: Drawn) -> None:
    graph = graph_of(drawn)
    check_minimal(drawn.system, graph.layout, violated(drawn.system, drawn.scope))


@settings(CALM, max_examples=20)
@given(systems())
def test_the_same_input_gives_the_same_runs(drawn: Drawn) -> None:
    graph_of(drawn)
    first, second = (violated(drawn.system, drawn.scope) for _ in range(2))
    assert {name: verdict.run.trace for name, verdict in first.items()} == {
        name: verdict.run.trace for name, verdict in second.items()
    }
