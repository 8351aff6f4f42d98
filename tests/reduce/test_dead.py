"""Dead values: set back when the last thread that reads them has gone on, and not a step before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from explicit.brute import enumerate_states
from explicit.small import NONE, TWO, number
from hvcheck.explicit import explore
from hvcheck.reduce import dead, liveness
from hvcheck.reduce.control import Control
from hvcheck.reduce.dead import without_dead
from hvcheck.verdict import Holds
from hvmodel.expression import Expression, Literal, Variable, conditional, conjunction, equality, negation
from hvmodel.system import IDLE, Action, Function, Guard, Property, System, Thread, Write
from hvmodel.types import Enum, Int, Sort

from .agree import agree, reduced

DEAD = frozenset({"dead"})
PLACES = Enum("PLACES", (IDLE, "chosen", "used", "rested"))
VALUES = Int(0, 4)
VM = Sort("VM")


def chooser(*properties: Property, per_machine: bool = False) -> System:
    """A thread chooses a value, uses it, rests, and is idle again: `x` is read between choosing and using only."""
    mine = (Variable("vm", VM),) if per_machine else ()
    domain = tuple(parameter.type for parameter in mine)
    pc = Function("pc", domain, PLACES, Literal(IDLE, PLACES), "control")
    x = Function("x", domain, VALUES, Literal(0, VALUES))
    last = Function("last", (), VALUES, Literal(0, VALUES))
    value = Variable("value", VALUES)

    def at(place: str) -> Expression:
        return equality(pc.at(*mine), Literal(place, PLACES))

    def step(name: str, before: str, after: str, *writes: Write, more: tuple[Variable, ...] = ()) -> Action:
        moved = Write("pc", mine, Literal(after, PLACES))
        return Action(name, "protocol", (*mine, *more), (Guard("at", at(before)),), (*writes, moved), thread="t")

    kept = conditional(equality(x.at(*mine), number(4)), number(4), number(0))
    actions = (
        step("choose", IDLE, "chosen", Write("x", mine, value), more=(value,)),
        step("use", "chosen", "used", Write("last", (), kept)),
        step("rest", "used", "rested"),
        step("again", "rested", IDLE),
    )
    threads = (Thread("t", "pc", "protocol", mine),)
    sorts = (VM,) if per_machine else ()
    return System(
        "chooser", sorts=sorts, functions=(pc, x, last), threads=threads, actions=actions, properties=properties
    )


LAST = Function("last", (), VALUES, Literal(0, VALUES))
CLAIM = Property("P", "always", negation(equality(LAST.at(), number(9))), witness=equality(LAST.at(), number(4)))


def test_a_value_that_was_used_is_set_back() -> None:
    """Once chosen: five values, after a last of two kinds. At three other places: five values, or the two kinds."""
    system = chooser(CLAIM)
    before, after = explore(system, NONE), explore(without_dead(system, [CLAIM]), NONE)
    assert (before.states, after.states) == (5 * 2 + 3 * 5, 5 * 2 + 3 * 2)
    assert before.depth == after.depth
    verdict = reduced(system, NONE, DEAD)["P"]
    assert isinstance(verdict, Holds)
    assert (verdict.coverage.states, verdict.coverage.reductions) == (16, ("dead",))


def test_what_a_claim_reads_is_never_dead() -> None:
    x = Function("x", (), VALUES, Literal(0, VALUES))
    claim = Property("P", "always", negation(equality(x.at(), number(9))), witness=equality(x.at(), number(4)))
    system = chooser(claim)
    assert without_dead(system, [claim]) is system


def test_what_anyone_may_read_at_any_time_is_never_dead() -> None:
    system = chooser(CLAIM)
    x = system.function["x"]
    look = Action("look", "environment", (), (Guard("seen", equality(x.at(), number(4))),))
    system = replace(system, actions=(*system.actions, look))
    assert without_dead(system, [CLAIM]) is system


def test_each_machine_has_its_own() -> None:
    system = chooser(CLAIM, per_machine=True)
    made = without_dead(system, [CLAIM])
    (write,) = (write for write in made.action["use"].writes if write.function == "x")
    assert write.indices == made.action["use"].parameters[:1]
    assert explore(made, TWO).states < explore(system, TWO).states


def test_another_thread_that_still_reads_it_keeps_it() -> None:
    """A second thread at `waiting` may copy x at any time: what is set back depends on where it is."""
    places = Enum("OTHER", (IDLE, "waiting"))
    pc = Function("other", (), places, Literal(IDLE, places), "control")
    system = chooser(CLAIM)
    x = system.function["x"]

    def step(name: str, before: str, after: str, *writes: Write) -> Action:
        guard = Guard("at", equality(pc.at(), Literal(before, places)))
        return Action(name, "protocol", (), (guard,), (*writes, Write("other", (), Literal(after, places))), thread="o")

    wait, copy = step("wait", IDLE, "waiting"), step("copy", "waiting", IDLE, Write("last", (), x.at()))
    system = replace(
        system,
        functions=(*system.functions, pc),
        threads=(*system.threads, Thread("o", "other", "protocol")),
        actions=(*system.actions, wait, copy),
    )
    claim = Property("P", "cover", equality(LAST.at(), number(4)))
    assert without_dead(system, [claim]) is system  # `wait` may follow at any time, and then `copy` reads it
    once = replace(wait, guards=(*wait.guards, Guard("early", equality(LAST.at(), number(0)))))
    assert without_dead(replace(system, actions=(*system.actions[:4], once, copy)), [claim]).actions


def unsure() -> System:
    """What rests sets x back only sometimes, and the last step reads it again."""
    x = chooser().function["x"]
    system = chooser(Property("P", "cover", equality(LAST.at(), number(3))))
    choose, use, rest, again = system.actions
    sometimes = Write("x", (), number(0), where=equality(LAST.at(), number(4)))
    rest = replace(rest, writes=(sometimes, *rest.writes))
    again = replace(again, writes=(Write("last", (), x.at()), *again.writes))
    return replace(system, actions=(choose, use, rest, again))


def claiming() -> System:
    x = chooser().function["x"]
    late = equality(chooser().function["pc"].at(), Literal("rested", PLACES))
    return chooser(Property("P", "cover", conjunction((late, equality(x.at(), number(3))))))


def compared(system: System) -> None:
    agree(enumerate_states(system, NONE, 250), DEAD)


def killing_with_a_condition(patch: pytest.MonkeyPatch) -> System:
    def kills(self: liveness._Analysis, action: Action) -> bool:
        return any(write.function == self.function.name for write in action.writes)

    patch.setattr(liveness._Analysis, "kills", kills)
    return unsure()


def forgetting_reads(patch: pytest.MonkeyPatch) -> System:
    whole = liveness.expressions
    patch.setattr(liveness, "expressions", lambda action: () if action.name == "again" else whole(action))
    return unsure()


def forgetting_claims(patch: pytest.MonkeyPatch) -> System:
    whole = liveness.needed
    patch.setattr(dead, "needed", lambda control, function, _: whole(control, function, ()))
    return claiming()


def forgetting_where_it_goes(patch: pytest.MonkeyPatch) -> System:
    patch.setattr(Control, "goes_to", lambda *_: frozenset())
    return unsure()


@pytest.mark.parametrize(
    "broken", [killing_with_a_condition, forgetting_reads, forgetting_claims, forgetting_where_it_goes]
)
def test_a_fault_is_found_out(broken: Callable[[pytest.MonkeyPatch], System], monkeypatch: pytest.MonkeyPatch) -> None:
    compared(unsure())
    compared(claiming())
    system = broken(monkeypatch)
    with pytest.raises(AssertionError):
        compared(system)
