"""Dead values, state by state: what they are changes no step, from any state at all, reachable or not.

That is the whole claim of the reduction, looked up where it is made: a state and the one with its dead values set back
can take the same steps, break the same obligations, look the same to every claim, and are alike again after each step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from explicit.brute import enumerate_states
from explicit.small import NONE, TWO
from explicit.test_against_brute import CALM, graph_of
from generators.systems import COUNT, Drawn
from generators.threads import NUMBER, threaded
from hvcheck.explicit.codes import Codec, UnfitError
from hvcheck.explicit.compiled import reset
from hvcheck.explicit.likeness import Likeness, canonical_keys
from hvcheck.reduce import liveness
from hvcheck.reduce.choice import Reduction
from hvcheck.reduce.control import Control, Move
from hvcheck.reduce.dead import dead, resets
from hvcheck.verdict import Holds
from hvmodel.expression import Literal, Variable, equality, negation
from hvmodel.semantics import Step, apply, breaches, enabled, holds
from hvmodel.state import Layout, State, values
from hvmodel.system import IDLE, Action, Function, Guard, Property, System, Thread, Write
from hvmodel.types import Int, Type

from .agree import agree, larger, reduced
from .test_dead import CLAIM, DEAD, LAST, PLACES, VALUES, VM, chooser, stand_for_all

SEEDS = st.integers(0, 2**32 - 1)
TOGETHER: list[frozenset[Reduction]] = [
    DEAD,
    frozenset({"dead", "symmetry"}),
    frozenset({"slice", "dead"}),
    frozenset({"slice", "compress", "dead", "symmetry"}),
]


def any_states(layout: Layout, count: int, random: Random) -> list[State]:
    choices = [values(function.range, layout.scope) for function, _ in layout.cells]
    return [State(tuple(map(random.choice, choices))) for _ in range(count)]


def no_step_tells(drawn: Drawn, random: Random, count: int = 8) -> int:
    """In how many of some arbitrary states there were values to set back."""
    layout, claims = Layout(drawn.system, drawn.scope), drawn.system.properties[: random.choice((1, 8))]
    codec = Codec(layout)
    canonical = canonical_keys(Likeness(resets=resets(layout, dead(drawn.system, claims))), codec.typecode)
    met = 0
    for state in any_states(layout, count, random):
        key = canonical(codec.encode(state))
        like = codec.decode(key)
        if like == state:
            continue
        met += 1
        assert canonical(key) == key
        steps = list(enabled(layout, state))
        assert steps == list(enabled(layout, like))
        for claim in claims:
            stated = [part for part in (claim.expression, claim.trigger, claim.witness) if part is not None]
            assert [holds(part, layout, state) for part in stated] == [holds(part, layout, like) for part in stated]
        for step in random.sample(steps, min(len(steps), 8)):
            same_after(codec, canonical, (state, like), step)
    return met


def same_after(codec: Codec, canonical: Callable[[bytes], bytes], alike: tuple[State, State], step: Step) -> None:
    layout = codec.layout
    broken, also = (list(breaches(layout, state, step)) for state in alike)
    assert broken == also
    if broken:
        return
    try:
        after, other = (codec.encode(apply(layout, state, step)) for state in alike)
    except (KeyError, UnfitError):  # from a state that no run reaches, numbers may leave their range
        return
    assert canonical(after) == canonical(other), step


@settings(CALM, max_examples=250)
@given(SEEDS)
def test_no_step_tells(seed: int) -> None:
    no_step_tells(threaded(seed), Random(seed))


@pytest.mark.slow
@settings(CALM, max_examples=5000)
@given(SEEDS)
def test_no_step_tells_in_many(seed: int) -> None:
    no_step_tells(threaded(seed), Random(seed))


def test_there_is_something_to_tell() -> None:
    """In enough of the systems values are dead somewhere; else nothing above would mean anything."""
    assert sum(no_step_tells(threaded(seed), Random(seed)) > 0 for seed in range(60)) > 5


@settings(CALM, max_examples=40)
@given(SEEDS)
def test_what_is_found_stands_for_all_states(seed: int) -> None:
    stand_for_all(threaded(seed))


@pytest.mark.parametrize("wanted", TOGETHER, ids=lambda wanted: "+".join(sorted(wanted)))
@settings(CALM, max_examples=25)
@given(SEEDS)
def test_verdicts(wanted: frozenset[Reduction], seed: int) -> None:
    agree(graph_of(threaded(seed)), wanted, compiled=seed % 3 == 0)


@pytest.mark.slow
@pytest.mark.parametrize("wanted", TOGETHER, ids=lambda wanted: "+".join(sorted(wanted)))
@settings(CALM, max_examples=150)
@given(SEEDS)
def test_verdicts_of_many(wanted: frozenset[Reduction], seed: int) -> None:
    drawn = threaded(seed)
    agree(graph_of(larger(drawn) if "symmetry" in wanted and seed % 2 else drawn), wanted, compiled=seed % 3 == 0)


def any_kill(patch: pytest.MonkeyPatch) -> None:
    def kills(self: liveness._Analysis, action: Action) -> bool:
        return any(write.function == self.function.name for write in action.writes)

    patch.setattr(liveness._Analysis, "kills", kills)


def no_moves(patch: pytest.MonkeyPatch) -> None:
    def moves(_: Control, __: Action) -> list[Move]:
        return []

    patch.setattr(Control, "moves", moves)


def moves_of_any_instance_are_own(patch: pytest.MonkeyPatch) -> None:
    def moved(_: liveness._Analysis, __: Action) -> list[tuple[None, ...]]:
        return []

    patch.setattr(liveness._Analysis, "_moved", moved)


def last_write_alone(patch: pytest.MonkeyPatch) -> None:
    whole = Control.goes_to

    def goes_to(self: Control, action: Action, source: str) -> frozenset[str]:
        return whole(self, replace(action, writes=action.writes[-1:]), source)

    patch.setattr(Control, "goes_to", goes_to)


@pytest.mark.parametrize("broken", [any_kill, no_moves, moves_of_any_instance_are_own, last_write_alone])
def test_a_fault_is_told(broken: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    @settings(CALM, max_examples=2000, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)
    @given(SEEDS)
    def tell(seed: int) -> None:
        no_step_tells(threaded(seed), Random(seed))

    broken(monkeypatch)
    with pytest.raises(AssertionError):
        tell()


def indexed(domain: tuple[Type, ...], own: tuple[Variable, ...], fill: Write, use: tuple[Variable, ...]) -> System:
    """A thread for each `own` fills cells of `x`, then reads the one that is its own, and is idle again."""
    x = Function("x", domain, VALUES, Literal(0, VALUES))
    types = tuple(one.type for one in own)
    pc = Function("pc", types, PLACES, Literal(IDLE, PLACES), "control")

    def step(name: str, before: str, after: str, *writes: Write, more: tuple[Variable, ...] = ()) -> Action:
        guard = Guard("at", equality(pc.at(*own), Literal(before, PLACES)))
        moved = Write("pc", own, Literal(after, PLACES))
        return Action(name, "protocol", (*own, *more), (guard,), (*writes, moved), thread="t")

    actions = (
        step("fill", IDLE, "chosen", fill, more=(CHOSEN,)),
        step("use", "chosen", "used", Write("last", (), x.at(*use))),
        step("again", "used", IDLE),
    )
    threads = (Thread("t", "pc", "protocol", own),)
    functions = (pc, x, LAST)
    return System("indexed", sorts=(VM,), functions=functions, threads=threads, actions=actions, properties=(CLAIM,))


CHOSEN = Variable("chosen", Int(3, 4))
MINE = Variable("mine", VM)
EACH, OTHER = Variable("each", VM), Variable("other", VM)


def test_a_parameter_that_is_two_arguments_at_once() -> None:
    """x[vm, vm] is read: were x[vm0, vm1] kept by one of them, states would be told apart that are alike."""
    system = indexed((VM, VM), (MINE,), Write("x", (MINE, MINE), CHOSEN), (MINE, MINE))
    layout = Layout(system, TWO)
    kept = {
        layout.cell_name(cell): len(one.unless)
        for one in resets(layout, dead(system, [CLAIM]))
        for cell, _ in one.cells
    }
    assert {kept[f"x[vm{k}, vm{k}]"] for k in range(2)} == {1}
    assert {kept["x[vm0, vm1]"], kept["x[vm1, vm0]"]} == {0}
    spread = replace(
        system,
        actions=(
            replace(
                system.actions[0], writes=(Write("x", (EACH, OTHER), CHOSEN, (EACH, OTHER)), *system.actions[0].writes)
            ),
            *system.actions[1:],
        ),
    )
    for one in (system, spread):
        for seed in range(40):
            no_step_tells(Drawn(one, TWO), Random(seed))
        assert isinstance(reduced(one, TWO, DEAD)["P"], Holds)


def test_a_parameter_with_fewer_values_than_the_argument() -> None:
    number = Variable("mine", NUMBER)
    system = indexed((COUNT,), (number,), Write("x", (number,), CHOSEN), (number,))
    for seed in range(40):
        no_step_tells(Drawn(system, TWO), Random(seed))
    assert isinstance(reduced(system, TWO, DEAD)["P"], Holds)


def test_a_binder_with_fewer_values_than_the_argument_overwrites_only_some() -> None:
    """x[2] keeps what it had while `fill` writes the other two, and is read afterwards."""
    some, which = Variable("some", NUMBER), Variable("which", COUNT)
    system = indexed((COUNT,), (), Write("x", (some,), CHOSEN, (some,)), (which,))
    fill, use, again = system.actions
    use = replace(use, parameters=(which,))
    early = Write("x", (Literal(2, COUNT),), CHOSEN)
    begin = replace(fill, name="begin", writes=(early, Write("pc", (), Literal("rested", PLACES))))
    late = replace(fill, guards=(Guard("at", equality(system.function["pc"].at(), Literal("rested", PLACES))),))
    goal = Property("P", "cover", equality(LAST.at(), Literal(4, VALUES)))
    late = replace(late, guards=(*late.guards, Guard("three", equality(CHOSEN, Literal(3, VALUES)))))
    system = replace(system, actions=(begin, late, use, again), properties=(goal,))
    for seed in range(40):
        no_step_tells(Drawn(system, TWO), Random(seed))
    agree(enumerate_states(system, TWO, 2000), DEAD)


def test_the_first_value_of_a_wide_range_is_not_looked_for_one_by_one() -> None:
    wide = Int(-(10**12), 10**12)
    function = Function("wide", (), wide, Literal(7, wide))
    system = replace(chooser(CLAIM), functions=(*chooser(CLAIM).functions, function))
    (alone,) = (one for one in resets(Layout(system, NONE), dead(system, [CLAIM])) if not one.unless)
    assert (Layout(system, NONE).index["wide", ()], 7 + 10**12) in alone.cells


@pytest.mark.parametrize("largest", [0, 10, 40, 1 << 20])
def test_a_loop_is_found_where_tables_are_too_large(largest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiled search then sets back less than the states on the way to the loop are compared by."""
    monkeypatch.setattr(reset, "LARGEST", largest)
    used = equality(chooser().function["pc"].at(), Literal("used", PLACES))
    claim = Property("P", "leads to", equality(LAST.at(), Literal(3, VALUES)), trigger=used)
    system = chooser(claim)
    choose, *rest = (replace(action, fair=True) for action in system.actions)
    some = Guard("some", negation(equality(choose.parameters[0], Literal(0, VALUES))))
    system = replace(system, actions=(replace(choose, guards=(*choose.guards, some)), *rest))
    agree(enumerate_states(system, NONE, 250), DEAD, compiled=True)
