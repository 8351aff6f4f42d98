"""What must never be said to hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hvcheck.engine import Budget
from hvcheck.verdict import Failed, Holds, Undetermined, Violated
from hvmodel.expression import FALSE, TRUE, Apply, Expression, Literal, Quantifier, Variable, conjunction, negation
from hvmodel.system import Action, Obligation, Property, Scope, System, Write
from hvmodel.types import BOOL, Int

from .helpers import verdicts
from .small import NONE, ONE, TWO, VM, act, all_at, at, counted, counter, lock, n_is, number, some_at

GOOD = Property("Good", "always", negation(all_at("frozen")), witness=some_at("frozen"))


def test_the_good_one_holds() -> None:
    """Else none of the tests below would show anything."""
    verdict = verdicts(lock(GOOD), TWO)["Good"]
    assert isinstance(verdict, Holds)
    assert (verdict.coverage.states, verdict.coverage.transitions, verdict.coverage.depth) == (8, 8, 4)
    assert verdict.witness is not None
    assert [step.action for step in verdict.witness.trace.steps] == ["freeze"]


@pytest.mark.parametrize(
    "claim",
    [
        Property("NoWitness", "always", negation(all_at("frozen"))),
        Property("WitnessMissed", "always", negation(all_at("frozen")), witness=all_at("frozen")),
        Property("Lemma", "invariant", negation(all_at("frozen"))),
        Property("NothingRead", "always", TRUE, witness=some_at("frozen")),
        Property("NothingRead2", "always", Apply("<=", (number(1), number(2)), BOOL), witness=TRUE),
        Property("NeverTriggered", "leads to", all_at("done"), trigger=all_at("frozen")),
        Property("AnsweredByNothing", "leads to", TRUE, trigger=some_at("frozen")),
        Property("NeverMissed", "leads to", all_at("done"), trigger=some_at("frozen"), witness=all_at("frozen")),
        Property(
            "WitnessWithoutTrigger", "leads to", all_at("done"), trigger=all_at("frozen"), witness=some_at("done")
        ),
        Property("NoObligationsAtAll", "obligations", witness=some_at("done")),
        Property("AtMost", "at most", negation(all_at("frozen"))),
        Property("NeverNothing", "never"),
        Property("NeverUnknown", "never", forbidden=frozenset({"explode"})),
        Property("NoObligations", "obligations"),
        Property("NoObligationsBroken", "obligations", witness=all_at("frozen")),
        Property("AnyEnd", "deadlock", TRUE, witness=some_at("done")),
        Property("NoDeadlockWitness", "deadlock", all_at("done")),
    ],
    ids=lambda claim: claim.name,
)
def test_nothing_shows_that_it_could_have_failed(claim: Property) -> None:
    verdict = verdicts(lock(claim), TWO)[claim.name]
    assert isinstance(verdict, Undetermined)
    assert verdict.coverage is not None
    assert verdict.coverage.states == 8
    assert verdict.reason
    assert verdict.hint


@pytest.mark.parametrize(
    ("budget", "word"),
    [(Budget(states=1000), "1,000 states"), (Budget(seconds=0.0), "seconds"), (Budget(memory=1), "memory")],
)
@pytest.mark.parametrize("claim", ["always", "leads to", "deadlock", "cover", "never", "obligations"])
def test_a_met_budget_is_named_and_never_a_success(budget: Budget, word: str, claim: str) -> None:
    far = 20_000
    expression = n_is(far, far) if claim in ("leads to", "deadlock", "cover") else negation(n_is(far, far))
    claimed = Property("P", claim, expression, trigger=TRUE, witness=TRUE)  # type: ignore[arg-type]
    verdict = verdicts(counter(far, claimed), NONE, budget)["P"]
    assert isinstance(verdict, Undetermined)
    assert word in verdict.reason
    assert verdict.coverage is None


def test_a_budget_that_is_just_enough_is_not_met() -> None:
    claim = Property("P", "always", negation(n_is(-1, 5, low=-1)), witness=n_is(5, 5))
    claim = replace(claim, expression=Apply("<=", (counted(5).at(), number(5)), BOOL))
    assert isinstance(verdicts(counter(5, claim), NONE, Budget(states=6))["P"], Holds)
    assert isinstance(verdicts(counter(5, claim), NONE, Budget(states=5))["P"], Undetermined)


def test_what_was_found_before_the_budget_was_met_stands() -> None:
    claims = (
        Property("Early", "always", negation(n_is(3, 20_000))),
        Property("Late", "always", negation(n_is(19_000, 20_000)), witness=TRUE),
    )
    found = verdicts(counter(20_000, *claims), NONE, Budget(states=1000))
    assert isinstance(found["Early"], Violated)
    assert isinstance(found["Late"], Undetermined)


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (Scope("empty", (("VM", 0),)), "size 0"),
        (Scope("minus", (("VM", -2),)), "size -2"),
        (Scope("forgotten", ()), "no size for sort VM"),
        (Scope("vast", (("VM", 10**12),)), "too many"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_scope_that_cannot_be(scope: Scope, said: str) -> None:
    verdict = verdicts(lock(GOOD, Property("Leads", "leads to", TRUE, trigger=TRUE)), scope)["Good"]
    assert isinstance(verdict, Failed)
    assert said in verdict.reason


def test_fewer_elements_than_are_named() -> None:
    system = replace(lock(GOOD), constants=(Literal(0, VM, "first"), Literal(1, VM, "second")))
    verdict = verdicts(system, ONE)["Good"]
    assert isinstance(verdict, Failed)
    assert "first, second" in verdict.reason
    assert isinstance(verdicts(system, TWO)["Good"], Holds)


def over(high: int, obligation: Expression | None, *claims: Property) -> System:
    """A counter that does not stop at its highest value."""
    n = counted(high)
    obligations = () if obligation is None else (Obligation("range", obligation, "n is at its highest"),)
    up = Action(
        "up", "protocol", writes=(Write("n", (), Apply("+", (n.at(), number(1)), n.range)),), obligations=obligations
    )
    return System("over", functions=(n,), actions=(up,), properties=claims)


def test_a_broken_obligation_leaves_the_rest_unknown() -> None:
    room = Apply("<", (counted(3).at(), number(3)), BOOL)
    claims = (
        Property("Preconditions", "obligations", witness=TRUE),
        Property("Always", "always", Apply("<=", (counted(3).at(), number(3)), BOOL), witness=TRUE),
        Property("Cover", "cover", FALSE),
        Property("Deadlock", "deadlock", FALSE, witness=TRUE),
        Property("Leads", "leads to", n_is(3, 3), trigger=TRUE),
    )
    found = verdicts(over(3, room, *claims), NONE)
    broken = found["Preconditions"]
    assert isinstance(broken, Violated)
    assert broken.breach is not None
    assert broken.breach.message == "n is at its highest"
    assert len(broken.run.trace.steps) == 4
    assert {type(found[name]) for name in ("Always", "Cover", "Deadlock")} == {Undetermined}
    assert "n is at its highest" in getattr(found["Always"], "reason", "")


def test_a_value_that_no_obligation_guards_is_an_error_not_a_crash() -> None:
    claim = Property("P", "always", Apply("<=", (counted(3).at(), number(3)), BOOL), witness=TRUE)
    verdict = verdicts(over(3, None, claim), NONE)["P"]
    assert isinstance(verdict, Failed)
    assert "outside" in verdict.reason


def test_an_ill_typed_expression_is_an_error_not_a_crash() -> None:
    claim = Property("P", "always", Apply("==", (counted(3).at(), TRUE), BOOL), witness=TRUE)
    assert isinstance(verdicts(counter(3, claim), NONE)["P"], Failed)


def test_names_of_a_spec_never_reach_the_interpreter() -> None:
    """A name that would be code if it were copied into the generated text."""
    evil = "__import__('os').abort()"
    system = replace(
        lock(Property(evil, "cover", Quantifier("some", (Variable(evil, VM),), at(Variable(evil, VM), "done")))),
        name=evil,
    )
    system = replace(system, actions=tuple(replace(action, name=evil + action.name) for action in system.actions))
    assert verdicts(system, TWO)[evil].word == "REACHED"


def test_actions_that_never_fired_are_listed() -> None:
    more = (act("idle", (conjunction((n_is(1, 5), n_is(2, 5))),)),)
    claim = Property("P", "always", Apply("<=", (counted(5).at(), Literal(5, Int(5, 5))), BOOL), witness=n_is(5, 5))
    verdict = verdicts(counter(5, claim, more=more), NONE)["P"]
    assert isinstance(verdict, Holds)
    assert verdict.coverage.unreached == ("idle",)
