"""`leads to` on the graph of steps: as the reference engine and the brute-force enumerator say, run for run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from wasmtime import WasmtimeError

from generators.systems import Drawn, systems
from hvcheck.engine import Budget, Progress
from hvcheck.explicit.codes import fit
from hvcheck.explicit.exploration import Goals
from hvcheck.explicit.fairness import Unanswered, memory
from hvcheck.explicit.judge import breaks
from hvcheck.explicit.liveness import Liveness
from hvcheck.explicit.meter import BudgetError, Meter, RefusedError
from hvcheck.explicit.search import Search
from hvcheck.verdict import Confirmed
from hvmodel.expression import FALSE, Apply
from hvmodel.system import Property, System, Write
from hvmodel.types import BOOL

from .brute import unanswered_fairly
from .explored import compiled, natively, plainly, searched
from .small import NONE, act, counted, counter, n_is, number
from .test_against_brute import CALM, graph_of


def claims(drawn: Drawn) -> list[Property]:
    """Every expression of the system's properties as a trigger of every other."""
    found = [claim.expression for claim in drawn.system.properties]
    found += [claim.trigger for claim in drawn.system.properties if claim.trigger is not None]
    expressions = list(dict.fromkeys(found))[:7]
    return [
        Property(f"{a} {b}", "leads to", answer, trigger=trigger)
        for (a, trigger), (b, answer) in product(enumerate(expressions), repeat=2)
        if trigger != answer
    ]


def outcome(events: Iterable[Progress | Confirmed]) -> Confirmed | None:
    return next((event for event in events if isinstance(event, Confirmed)), None)


def compared(drawn: Drawn, make: Callable[[list[Property]], Unanswered], most: int = 49) -> None:
    """On each claim the kernel agrees with the reference to the step, and with the enumerator."""
    graph, search, asked = graph_of(drawn), searched(drawn.system, drawn.scope), claims(drawn)[:most]
    unanswered = make(asked)
    for claim in asked:
        trigger = claim.trigger or FALSE
        found = outcome(unanswered.run(claim))
        assert (found is not None) == unanswered_fairly(graph, trigger, claim.expression), claim
        reference = outcome(Liveness(search, trigger, claim.expression).run())
        assert (None if found is None else found.trace) == (None if reference is None else reference.trace)
        assert found is None or breaks(claim, found)


def by_the_reference(drawn: Drawn) -> Callable[[list[Property]], Unanswered]:
    return lambda claims: plainly(searched(drawn.system, drawn.scope), claims)


def by_the_machine(drawn: Drawn, unroll: int = 64) -> Callable[[list[Property]], Unanswered]:
    return lambda claims: natively(compiled(drawn.system, drawn.scope, unroll=unroll), claims)


@settings(CALM, max_examples=15)
@given(systems())
def test_agrees_with_the_reference_run_for_run(drawn: Drawn) -> None:
    compared(drawn, by_the_reference(drawn))


@settings(CALM, max_examples=15)
@given(systems())
def test_agrees_when_the_steps_are_compiled(drawn: Drawn) -> None:
    compared(drawn, by_the_machine(drawn))


@pytest.mark.slow
@pytest.mark.parametrize("_part", range(4))
@settings(CALM, max_examples=200)
@given(drawn=systems(), unroll=st.sampled_from([1, 4, 64]))
def test_agrees_with_the_reference_on_many_systems(_part: int, drawn: Drawn, unroll: int) -> None:
    compared(drawn, by_the_machine(drawn, unroll))


def counting(high: int, back: int, fair_back: bool = True) -> tuple[System, Property]:
    """Up to `high`, and from `back` on also down again; the claim is that the highest number is reached."""
    n = counted(high)
    down = act(
        "down",
        (Apply("<=", (number(back), n.at()), BOOL),),
        (Write("n", (), Apply("-", (n.at(), number(1)), n.range)),),
        fair=fair_back,
    )
    claim = Property("Arrives", "leads to", n_is(high, high), trigger=n_is(0, high))
    return counter(high, claim, more=(down,)), claim


def test_a_loop_in_which_each_moves_is_fair() -> None:
    system, claim = counting(20, back=10)
    search = searched(system, NONE)
    found = outcome(plainly(search, [claim]).run(claim))
    assert found is not None
    assert [step.action for step in found.trace.steps] == ["up"] * 10 + ["down"]
    assert found.trace.loop == 9


def test_what_a_stopped_search_has_expanded_can_show_a_violation() -> None:
    system, claim = counting(2000, back=10)
    search = searched(system, NONE, Budget(states=300))
    assert search.stopped
    found = outcome(plainly(search, [claim]).run(claim))
    assert found is not None
    assert breaks(claim, found)
    assert len(found.trace.steps) == 11


def test_where_a_stopped_search_ends_no_run_ends() -> None:
    system, claim = counting(2000, back=1500)
    search = searched(system, NONE, Budget(states=300))
    assert search.stopped
    assert outcome(plainly(search, [claim]).run(claim)) is None


@settings(CALM, max_examples=25)
@given(systems())
def test_a_stopped_search_shows_only_what_is_so(drawn: Drawn) -> None:
    graph, asked = graph_of(drawn), claims(drawn)
    search = searched(drawn.system, drawn.scope, Budget(states=max(1, len(graph.distance) // 2)))
    unanswered = plainly(search, asked)
    for claim in asked:
        found = outcome(unanswered.run(claim))
        if found is not None:
            assert breaks(claim, found)
            assert unanswered_fairly(graph, claim.trigger or FALSE, claim.expression)


def test_a_budget_is_met_between_two_looks() -> None:
    system, claim = counting(20_000, back=15_000)
    search = searched(system, NONE)
    for limit in (Budget(seconds=0.0), Budget(memory=1), Budget(states=10)):
        search.meter.budget = limit
        with pytest.raises(BudgetError):
            outcome(plainly(search, [claim]).run(claim))


def test_more_memory_than_there_can_be_is_refused() -> None:
    system, claim = counting(20, back=10)

    class Vast(Search):
        @property
        def transitions(self) -> int:
            return 1 << 30

    search = Vast(fit(system, NONE), Goals(), Meter(Budget()))
    for _ in search.run():
        pass
    with pytest.raises(RefusedError, match="more than the 4 GiB"):
        outcome(plainly(search, [claim]).run(claim))


MUTANTS = {
    "nobody is fair": ("(if (call $can_be_fair (local.get $base) (local.get $component))", "(if (i32.const 1)"),
    "no loop is fair": ("(if (call $can_be_fair (local.get $base) (local.get $component))", "(if (i32.const 0)"),
    "a state in which nothing fair can be done is overlooked": (
        "(then (call $add_mark (local.get $state) (global.get $UNFAIR))))",
        "(then (nop)))",
    ),
    "steps that lead out do not make an instance enabled": (
        "(call $count_once (local.get $due) (local.get $state) (local.get $component))",
        "(if (call $kept (local.get $after))"
        " (then (call $count_once (local.get $due) (local.get $state) (local.get $component))))",
    ),
    "an instance is counted for each of its steps": (
        "(i32.store offset=4 (local.get $due) (i32.add (local.get $state) (i32.const 1)))",
        "(nop)",
    ),
    "counts go on from one component to the next": ("(i32.store (local.get $due) (i32.const 0))", "(nop)"),
    "steps that leave the component serve its fairness": (
        """(i32.ne
            (call $word (global.get $order) (local.get $after))""",
        """(i32.and
            (i32.const 0)""",
    ),
    "steps inside do not serve fairness": ("(i32.store offset=12 (local.get $due) (local.get $component))", "(nop)"),
    "one step is lost": (
        "(local.set $step (call $word (global.get $first) (local.get $state)))",
        "(local.set $step (i32.add (i32.const 1) (call $word (global.get $first) (local.get $state))))",
    ),
    "trimming looks at the first step only": (
        "(if (i32.ge_u (local.get $step) (local.get $end)) (then (return (i32.const 0))))\n      (if (call $kept",
        "(if (i32.ge_u (local.get $step) (local.get $end)) (then (return (i32.const 0))))"
        "\n      (local.set $end (i32.add (i32.const 1) (local.get $step)))\n      (if (call $kept",
    ),
    "trimming stops at states, not at loops": (
        "(br_if $next (call $leads_on (local.get $state)))",
        "(br_if $next (i32.eqz (call $leads_on (local.get $state))))",
    ),
    "an answer ends nothing": (
        "(i32.or (global.get $CLOSED) (global.get $INSIDE))",
        "(global.get $INSIDE)",
    ),
    "every state is triggered": (
        "(if (i32.and (call $marked (local.get $state)) (global.get $TRIGGERED))",
        "(if (i32.const 1)",
    ),
    "only the initial state can be triggered": (
        "(i32.ge_u (global.get $level) (global.get $levels))",
        "(i32.ge_u (global.get $level) (i32.const 1))",
    ),
    "components are never joined": (
        "(then (call $lower (local.get $place) (call $word (global.get $low) (local.get $known))))",
        "(then (nop))",
    ),
    "components are all joined": ("(if (i32.gt_s (local.get $known) (i32.const 0))", "(if (i32.const 1)"),
}


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_fault_in_the_kernel_is_found_out(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    @settings(CALM, max_examples=200, database=None, phases=[Phase.generate], report_multiple_bugs=False)
    @given(systems())
    def compare(drawn: Drawn) -> None:
        compared(drawn, by_the_reference(drawn))

    whole, faulty = MUTANTS[mutant]
    text = memory.source()
    assert whole in text
    monkeypatch.setattr(memory, "source", lambda: text.replace(whole, faulty))
    with pytest.raises((AssertionError, IndexError, ValueError, WasmtimeError)):
        compare()
