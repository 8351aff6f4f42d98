"""Dead values: states that differ in them alone are one, from when the last thread that reads them has gone on."""

# ruff: noqa: ARG005 - a mutant stands in for a function and takes what that takes

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings

from explicit.brute import enumerate_states
from explicit.small import NONE, TWO, number
from explicit.test_against_brute import CALM, graph_of
from generators.systems import Drawn, systems
from hvcheck.engine import Budget, EngineEvent
from hvcheck.explicit import explore
from hvcheck.explicit.codegen import Key
from hvcheck.explicit.codes import Codec
from hvcheck.explicit.compiled import reset
from hvcheck.explicit.engine import ExplicitEngine
from hvcheck.explicit.exploration import Goals
from hvcheck.explicit.explore import exploration
from hvcheck.explicit.judge import breaks
from hvcheck.explicit.likeness import Likeness, canonical_keys
from hvcheck.explicit.meter import Meter
from hvcheck.reduce import dead as dead_values
from hvcheck.reduce import liveness
from hvcheck.reduce.choice import Reduction
from hvcheck.reduce.control import Control
from hvcheck.reduce.dead import dead, resets
from hvcheck.reduce.engine import ReducedEngine
from hvcheck.reduce.fold import fold_explicit
from hvcheck.reduce.group import group_of
from hvcheck.reduce.orbit import images
from hvcheck.verdict import Holds, Undetermined, Violated
from hvmodel.expression import Expression, Literal, Variable, conditional, conjunction, equality, negation
from hvmodel.state import Layout
from hvmodel.system import IDLE, Action, Function, Guard, Property, Scope, System, Thread, Write
from hvmodel.types import Enum, Int, Sort

from .agree import agree, larger, reduced

DEAD = frozenset[Reduction]({"dead"})
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


def alive(system: System, scope: Scope, claims: Sequence[Property], reference: bool = True) -> int:
    """How many states there are if those that differ in dead values are one."""
    layout = Layout(system, scope)
    return len(found(layout, Likeness(resets=resets(layout, dead(system, claims))), reference))


def found(layout: Layout, alike: Likeness, reference: bool) -> set[Key]:
    """The states that a search finds which takes some for alike."""
    search = exploration(layout, Goals(), Meter(Budget()), reference=reference, likeness=alike)
    for _ in search.run():
        pass
    keys = [bytes(key) for key in search.keys]
    assert len(keys) == len(set(keys))
    return set(keys)


def stand_for_all(drawn: Drawn) -> None:
    """Those found are just what stands for the states of the full search, with elements exchanged and without."""
    graph = graph_of(drawn)
    layout, claims = graph.layout, drawn.system.properties[:2]
    group = group_of(drawn.system, claims, layout.scope)
    codec = Codec(layout)
    for exchanged in (images(layout, group) if group is not None else (), ()):
        alike = Likeness(exchanged, resets(layout, dead(drawn.system, claims)))
        canonical = canonical_keys(alike, codec.typecode)
        wanted = {canonical(codec.encode(state)) for state in graph.distance}
        assert {canonical(key) for key in wanted} == wanted
        assert found(layout, alike, reference=True) == wanted
        natively = found(layout, alike, reference=False)
        assert len(natively) == len(wanted)
        assert {canonical(key) for key in natively} == wanted
        assert exchanged or natively == wanted


@settings(CALM, max_examples=100)
@given(systems())
def test_what_is_found_stands_for_all_states(drawn: Drawn) -> None:
    stand_for_all(larger(drawn))


@pytest.mark.slow
@settings(CALM, max_examples=1500)
@given(systems())
def test_what_is_found_stands_for_all_states_of_many(drawn: Drawn) -> None:
    stand_for_all(larger(drawn))


def resets_that_always_happen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reset, "_looked_up", lambda packing, scratch, by_cell: iter(()))


def resets_that_never_happen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reset, "_first", lambda kept, word: "")


def tables_one_code_out(patch: pytest.MonkeyPatch) -> None:
    whole = reset._halves
    patch.setattr(reset, "_halves", lambda words: (row := whole(words))[2:] + row[:2])


def zero_for_all(patch: pytest.MonkeyPatch) -> None:
    whole = reset._first
    patch.setattr(reset, "_first", lambda kept, word: whole(replace(kept, first=dict.fromkeys(kept.first, 0)), word))


@pytest.mark.parametrize(
    "broken",
    [resets_that_always_happen, resets_that_never_happen, tables_one_code_out, zero_for_all],
)
def test_compiled_resets_at_fault_find_others(
    broken: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    @settings(CALM, max_examples=500, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)
    @given(systems())
    def compare(drawn: Drawn) -> None:
        stand_for_all(drawn)

    broken(monkeypatch)
    with pytest.raises(AssertionError):
        compare()


class Full(ExplicitEngine):
    """Whatever the budget: no room for more than so many states of a system in which every state counts."""

    def run(
        self, system: System, properties: Sequence[Property], scope: Scope, budget: Budget
    ) -> Iterator[EngineEvent]:
        assert (scope, budget) == (NONE, Budget())
        assert system.actions
        yield from (Undetermined(claim.name, "the memory is full") for claim in properties)


@pytest.mark.parametrize(("inner", "budget"), [(ExplicitEngine(), Budget(states=20)), (Full(), Budget())])
def test_what_does_not_fit_is_tried_once_more_without_dead_values(inner: ExplicitEngine, budget: Budget) -> None:
    """25 states, of which 16 differ in a value that anyone will read."""
    system = chooser(CLAIM)
    slices = frozenset[Reduction](("slice",))
    without = ReducedEngine(inner, slices, fold_explicit, 0)
    assert [type(event) for event in without.run(system, [CLAIM], NONE, budget)][-1] is Undetermined
    engine = ReducedEngine(inner, slices, fold_explicit, 0, DEAD)
    verdict = list(engine.run(system, [CLAIM], NONE, budget))[-1]
    assert isinstance(verdict, Holds)
    assert (verdict.coverage.states, verdict.coverage.reductions) == (16, ("slice", "dead"))


def test_cells_that_are_passed_over_have_moved_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the thread is idle nothing is needed, so it is passed over there; not where it is not."""
    system = chooser(CLAIM)
    monkeypatch.setattr(reset, "_any", lambda word, mask: "(i32.const 0)")
    assert alive(system, NONE, [CLAIM], reference=False) != alive(system, NONE, [CLAIM])


def in_turn(size: int) -> System:
    """Values that are put, one after the other, each used before the next."""
    places = Enum("MANY", (IDLE, *(f"p{k}" for k in range(2 * size - 1))))
    pc = Function("pc", (), places, Literal(IDLE, places), "control")
    kept = [Function(f"x{k}", (), VALUES, Literal(k % 5, VALUES)) for k in range(size)]
    value = Variable("value", VALUES)

    def step(k: int, name: str, write: Write, *more: Variable) -> Action:
        at = equality(pc.at(), Literal(places.values[k], places))
        then = Write("pc", (), Literal(places.values[(k + 1) % (2 * size)], places))
        return Action(f"{name}{k}", "protocol", more, (Guard("at", at),), (write, then), thread="t")

    puts = [step(2 * k, "put", Write(f"x{k}", (), value), value) for k in range(size)]
    uses = [step(2 * k + 1, "use", Write("last", (), one.at())) for k, one in enumerate(kept)]
    functions, threads = (pc, *kept, LAST), (Thread("t", "pc", "protocol"),)
    return System("in turn", functions=functions, threads=threads, actions=(*puts, *uses), properties=(CLAIM,))


@pytest.mark.parametrize(("largest", "same"), [(10, False), (100, False), (1 << 20, True)])
def test_where_tables_are_too_large_less_is_set_back(largest: int, same: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reset, "LARGEST", largest)
    layout = Layout(in_turn(4), NONE)
    alike = Likeness(resets=resets(layout, dead(layout.system, [CLAIM])))
    canonical = canonical_keys(alike, "B")
    plainly, natively = found(layout, alike, True), found(layout, alike, False)
    assert {canonical(key) for key in natively} == plainly
    assert (len(natively) == len(plainly)) == same


@pytest.mark.parametrize("reference", [True, False])
def test_a_value_that_was_used_is_set_back(reference: bool) -> None:
    """Once chosen: five values, after a last of two kinds. At three other places: five values, or the two kinds."""
    system = chooser(CLAIM)
    assert explore(system, NONE).states == 5 * 2 + 3 * 5
    assert alive(system, NONE, [CLAIM], reference) == 5 * 2 + 3 * 2
    verdict = reduced(system, NONE, DEAD)["P"]
    assert isinstance(verdict, Holds)
    assert (verdict.coverage.states, verdict.coverage.reductions) == (16, ("dead",))


def test_what_a_claim_reads_is_never_dead() -> None:
    x = Function("x", (), VALUES, Literal(0, VALUES))
    claim = Property("P", "always", negation(equality(x.at(), number(9))), witness=equality(x.at(), number(4)))
    assert [one.function.name for one in dead(chooser(claim), [claim])] == ["last"]


def test_what_anyone_may_read_at_any_time_is_never_dead() -> None:
    system = chooser(CLAIM)
    x = system.function["x"]
    look = Action("look", "environment", (), (Guard("seen", equality(x.at(), number(4))),))
    system = replace(system, actions=(*system.actions, look))
    assert dead(system, [CLAIM]) == ()


def test_each_machine_has_its_own() -> None:
    system = chooser(CLAIM, per_machine=True)
    one, other = resets(Layout(system, TWO), dead(system, [CLAIM]))
    assert [len(reset.cells) for reset in (one, other)] == [1, 1]
    assert one.unless != other.unless
    assert alive(system, TWO, [CLAIM]) < explore(system, TWO).states
    assert alive(system, TWO, [CLAIM], reference=False) == alive(system, TWO, [CLAIM])


def test_cells_that_too_many_keep_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    system = chooser(CLAIM, per_machine=True)
    layout, needs = Layout(system, TWO), dead(system, [CLAIM])
    monkeypatch.setattr(dead_values, "MOST_RESETS", 1)
    assert resets(layout, needs) == ()
    monkeypatch.undo()
    monkeypatch.setattr(dead_values, "MOST_READERS", 0)
    assert resets(layout, needs) == ()


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
    (kept,) = resets(Layout(system, NONE), dead(system, [claim]))
    assert len({cell for cell, _ in kept.unless}) == 2
    assert alive(system, NONE, [claim]) == explore(system, NONE).states  # `wait` may follow at any time


@pytest.mark.parametrize("compiled", [False, True])
def test_a_loop_closes_though_a_dead_value_changes_on_its_first_turn(compiled: bool) -> None:
    """x is 0 at first and never again: what the search takes for one turn of a loop comes back to another x once."""
    used = equality(chooser().function["pc"].at(), Literal("used", PLACES))
    claim = Property("P", "leads to", equality(LAST.at(), number(3)), trigger=used)
    system = chooser(claim)
    choose, *rest = (replace(action, fair=True) for action in system.actions)
    some = Guard("some", negation(equality(choose.parameters[0], number(0))))
    system = replace(system, actions=(replace(choose, guards=(*choose.guards, some)), *rest))
    verdict = reduced(system, NONE, DEAD, compiled=compiled)["P"]
    assert isinstance(verdict, Violated)
    assert breaks(claim, verdict.run)
    agree(enumerate_states(system, NONE, 250), DEAD, compiled=compiled)


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
    patch.setattr(dead_values, "needed", lambda facts, function, _: whole(facts, function, ()))
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
