"""Straight-line compression: what is merged, what is not, and that each of its conditions is needed."""

# ruff: noqa: ARG005 - a mutant stands in for a function and takes what that takes

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from explicit.brute import enumerate_states
from explicit.small import NONE, THREE, VM, number, vm
from hvcheck.reduce import compress, engine, expand, observe
from hvcheck.reduce.compress import compressed, links
from hvcheck.verdict import Holds, Reached
from hvmodel.expression import (
    FALSE,
    TRUE,
    Expression,
    Literal,
    conditional,
    conjunction,
    disjunction,
    equality,
    negation,
)
from hvmodel.system import IDLE, Action, ActionKind, Function, Guard, Property, System, Thread, Write
from hvmodel.types import BOOL, Enum, Int

from .agree import agree, reduced

COMPRESS = frozenset({"compress"})
PLACES = Enum("PLACES", (IDLE, "a", "b", "c"))
VALUES = Int(0, 3)
PC = Function("pc", (), PLACES, Literal(IDLE, PLACES), "control")
SAVED = Function("saved", (), PLACES, Literal("a", PLACES))
X = Function("x", (), VALUES, Literal(0, VALUES))
Y = Function("y", (), VALUES, Literal(0, VALUES))


def at(place: str) -> Expression:
    return equality(PC.at(), Literal(place, PLACES))


def x_is(value: int) -> Expression:
    return equality(X.at(), number(value))


def x(value: int) -> Write:
    return Write("x", (), number(value))


def to(place: str) -> Write:
    return Write("pc", (), Literal(place, PLACES))


def step(name: str, before: str, after: str, *writes: Write, when: Expression = TRUE, fair: bool = True) -> Action:
    guards = (Guard("at", at(before), "control"), *((Guard("when", when),) if when != TRUE else ()))
    return Action(name, "protocol", (), guards, (to(after), *writes), thread="t", fair=fair)


def other(name: str, guard: Expression, *writes: Write, kind: ActionKind = "environment") -> Action:
    return Action(name, kind, (), (Guard("when", guard),), writes)


GO, REST, USE = step("go", IDLE, "a", x(1)), step("rest", "a", "b"), step("use", "b", IDLE, x(0))


def line(*actions: Action, claim: Property | None = None) -> System:
    """A thread of one instance; unless told otherwise it goes to `a`, moves on to `b`, and from there back."""
    properties = () if claim is None else (claim,)
    functions, threads = (PC, SAVED, X, Y), (Thread("t", "pc", "protocol"),)
    return System(
        "line", functions=functions, threads=threads, actions=actions or (GO, REST, USE), properties=properties
    )


def cover(goal: Expression) -> Property:
    return Property("P", "cover", goal)


def never(*names: str) -> Property:
    return Property("P", "never", forbidden=frozenset(names))


ONE_THEN_TWO = Property("P", "leads to", x_is(2), trigger=x_is(1))
NO_DEADLOCK = Property("P", "deadlock", FALSE, witness=x_is(1))


def merged(system: System) -> list[str]:
    return [link.action.name for link in links(system, system.properties)]


def test_what_leads_to_a_plain_step_takes_it_too() -> None:
    system = line(claim=Property("P", "always", disjunction((x_is(0), x_is(1))), witness=x_is(1)))
    made = compressed(system, links(system, system.properties))
    assert [action.name for action in made.actions] == ["go", "use"]
    assert made.action["go"].writes == (to("b"), x(1))
    verdict = reduced(system, NONE, COMPRESS)["P"]
    assert isinstance(verdict, Holds)
    assert (verdict.coverage.states, verdict.coverage.reductions) == (2, ("compress",))
    assert verdict.coverage.left_out == ("rest",)


def test_a_row_of_plain_steps_is_led_to_its_end() -> None:
    either = conditional(equality(Y.at(), number(0)), Literal("a", PLACES), Literal("b", PLACES))
    go = replace(GO, writes=(Write("pc", (), either), x(1)))
    system = line(go, REST, step("more", "b", "c"), step("use", "c", IDLE, x(0)), claim=never("use"))
    made = compressed(system, links(system, system.properties))
    assert [action.name for action in made.actions] == ["go", "use"]
    assert made.action["go"].writes == (to("c"), x(1))
    agree(enumerate_states(system, NONE, 9), COMPRESS)


def test_circles_are_kept_and_what_leads_to_them_is_merged() -> None:
    circle = (step("on", "b", "c"), step("back", "c", "b"))
    system = line(GO, REST, *circle, claim=NO_DEADLOCK)
    assert merged(system) == ["rest"]
    agree(enumerate_states(system, NONE, 9), COMPRESS)


def test_a_question_that_both_locations_answer_alike_is_none() -> None:
    assert merged(line(claim=cover(conjunction((disjunction((at("a"), at("b"))), x_is(1)))))) == ["rest"]
    assert merged(line(claim=cover(conjunction((disjunction((at("a"), at("c"))), x_is(1)))))) == []
    assert merged(line(claim=cover(equality(PC.at(), SAVED.at())))) == []


def test_a_fault_that_takes_the_thread_down_anywhere_is_the_same_at_both() -> None:
    """The crash comes at `a` as at `b`; asking for one of them alone tells them apart."""
    away = Action("crash", "fault", (), (Guard("runs", disjunction((at("a"), at("b")))),), (to(IDLE), x(3)), thread="t")
    system = line(GO, REST, USE, away, claim=cover(x_is(3)))
    assert merged(system) == ["rest"]
    agree(enumerate_states(system, NONE, 9), COMPRESS)
    only = replace(away, guards=(Guard("runs", at("a")),))
    assert merged(line(GO, REST, USE, only, claim=cover(x_is(3)))) == []


def two_ways() -> System:
    """Two steps of the thread and the two merged ones between them, or three of the environment."""
    count = [
        other(f"count {i}", equality(Y.at(), number(i)), Write("y", (), number(i + 1)), *((x(2),) if i == 2 else ()))
        for i in range(3)
    ]
    thread = (GO, REST, step("more", "b", "c"), step("use", "c", IDLE, x(2)))
    return line(*thread, *count, claim=cover(x_is(2)))


def test_the_run_found_is_the_shortest_where_the_budget_allows() -> None:
    verdict = reduced(two_ways(), NONE, COMPRESS)["P"]
    assert isinstance(verdict, Reached)
    assert [one.action for one in verdict.run.trace.steps] == ["count 0", "count 1", "count 2"]


def test_each_claim_has_its_verdict_when_the_first_search_is_given_up() -> None:
    """Three machines are noted in any order, which makes states for symmetry; the cover is found before it is used."""
    system, noted = two_ways(), Function("noted", (VM,), BOOL, FALSE)
    note = replace(other("note", negation(noted.at(vm)), Write("noted", (vm,), TRUE)), parameters=(vm,))
    safe = Property("Q", "always", negation(equality(Y.at(), number(9))), witness=x_is(2))
    system = replace(
        system,
        sorts=(VM,),
        functions=(*system.functions, noted),
        actions=(*system.actions, note),
        properties=(*system.properties, safe),
    )
    whole = len(enumerate_states(system, THREE, 999).distance)
    for patience in range(0, whole, 5):
        found = reduced(system, THREE, COMPRESS | {"symmetry"}, patience=patience)
        assert (found["P"].word, found["Q"].word) == ("REACHED", "HOLDS")
        assert isinstance(found["P"], Reached)
        assert len(found["P"].run.trace.steps) == 3


Broken = Callable[[pytest.MonkeyPatch], None]


def other_guards_that_do_not_count(patch: pytest.MonkeyPatch) -> None:
    whole = compress._straight
    patch.setattr(compress, "_straight", lambda control, one: whole(control, replace(one, guards=one.guards[:1])))


def other_writes_that_do_not_count(patch: pytest.MonkeyPatch) -> None:
    whole = compress._straight
    patch.setattr(compress, "_straight", lambda control, one: whole(control, replace(one, writes=one.writes[:1])))


def others_that_do_not_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(compress, "_alone", lambda control, link: True)


def ways_that_are_not_plain(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(compress, "_plainly_reached", lambda control, link: True)
    patch.setattr(observe.Observed, "alike", lambda self, function, one, other: True)


def questions_of_actions_that_do_not_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(observe, "_of_actions", lambda control: iter(()))


def questions_of_claims_that_do_not_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(observe, "_of_claims", lambda claims: iter(()))


def claims_about_steps_that_do_not_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(compress, "_allowed", lambda control, link, claim: True)


def ways_that_do_not_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(compress, "_ways", lambda control, link: iter(()))


def nothing_put_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(expand.Expansion, "_resting", lambda self, state, thread=None: iter(()))


def nothing_settled(patch: pytest.MonkeyPatch) -> None:
    whole = expand.Expansion.follow

    def follow(self: expand.Expansion, given: object) -> None:
        self.settled = False
        whole(self, given)  # type: ignore[arg-type]

    patch.setattr(expand.Expansion, "follow", follow)


def longer_runs_taken_for_shortest(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(engine, "_lengthened", lambda before, after: False)


PUSH = other("push", at(IDLE), to("a"))
PULL = other("pull", disjunction((at("a"), at("b"))), to(IDLE))
WAKE = other("wake", TRUE, to("a"))
ANSWER = (step("answer", IDLE, "c", x(2)), step("late", "b", "c", x(2)))
UNANSWERED = Property("P", "leads to", x_is(2), trigger=x_is(0))
RETURN = other("return", at(IDLE), Write("pc", (), SAVED.at()))

FAULTS: list[tuple[Broken, System]] = [
    (other_guards_that_do_not_count, line(GO, replace(REST, guards=(*REST.guards, Guard("", x_is(2)))), USE)),
    (other_writes_that_do_not_count, line(GO, step("rest", "a", "b", x(2)), USE, claim=cover(x_is(2)))),
    (others_that_do_not_count, line(GO, REST, USE, step("fail", "a", "c", x(2)), claim=cover(x_is(2)))),
    (others_that_do_not_count, line(step("begin", IDLE, "a"), step("use", "a", "b", x(2)), claim=never("use"))),
    (ways_that_are_not_plain, line(REST, USE, RETURN, claim=never("use"))),
    (questions_of_actions_that_do_not_count, line(GO, REST, USE, other("peek", at("a"), x(2)), claim=cover(x_is(2)))),
    (questions_of_claims_that_do_not_count, line(claim=cover(at("a")))),
    (claims_about_steps_that_do_not_count, line(claim=never("rest"))),
    (
        claims_about_steps_that_do_not_count,
        line(WAKE, step("rest", "a", IDLE), claim=replace(NO_DEADLOCK, witness=TRUE)),
    ),
    (claims_about_steps_that_do_not_count, line(GO, replace(REST, fair=False), ANSWER[1], claim=ONE_THEN_TWO)),
    (ways_that_do_not_count, line(WAKE, step("rest", "a", IDLE), claim=replace(NO_DEADLOCK, witness=TRUE))),
    (ways_that_do_not_count, line(PUSH, PULL, REST, *ANSWER, claim=UNANSWERED)),
    (nothing_put_back, line(claim=never("use"))),
    (nothing_settled, line(GO, REST, claim=NO_DEADLOCK)),
    (longer_runs_taken_for_shortest, two_ways()),
]


@pytest.mark.parametrize(("broken", "system"), FAULTS)
def test_a_fault_is_found_out(broken: Broken, system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    system = system if system.properties else replace(system, properties=(never("use"),))
    graph = enumerate_states(system, NONE, 99)
    agree(graph, COMPRESS)
    broken(monkeypatch)
    with pytest.raises(AssertionError):
        agree(graph, COMPRESS)
