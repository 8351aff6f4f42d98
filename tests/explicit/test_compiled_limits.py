"""Budgets, memory that is refused, wide states, faults of a spec: the compiled search says so and never dies."""

from __future__ import annotations

import sys
from random import Random

import numpy as np
import pytest
import wasmtime

from hvcheck.engine import Budget
from hvcheck.explicit import explore
from hvcheck.explicit.codegen import OutsideError
from hvcheck.explicit.codes import Codec, fit
from hvcheck.explicit.compiled.packing import Packing, UncompiledError
from hvcheck.explicit.compiled.search import CompiledSearch
from hvcheck.explicit.exploration import Exploration, Goals
from hvcheck.explicit.explore import exploration
from hvcheck.explicit.meter import Meter
from hvcheck.explicit.search import Search
from hvcheck.verdict import Failed, Undetermined, Violated
from hvmodel.expression import Apply, Literal, Variable, equality, negation
from hvmodel.system import Action, Function, Guard, Obligation, Property, Scope, System, Write
from hvmodel.types import BOOL, Int, Option

from .helpers import verdicts
from .small import NONE, TWO, act, counter, lock, n_is, number, some_at
from .test_compiled import finished, same

NO_LIMIT = Budget()


def compiled(system: System, budget: Budget = NO_LIMIT, ceiling: int = 1 << 32) -> CompiledSearch:
    return CompiledSearch(fit(system, NONE), Goals(), Meter(budget), ceiling=ceiling)


def grid(size: int) -> System:
    """Two counters that go up one by one: `(size + 1) ** 2` states."""
    type_ = Int(0, size)
    functions = tuple(Function(name, (), type_, Literal(0, type_)) for name in "ab")
    actions = tuple(
        act(
            f"up_{function.name}",
            (Apply("<", (function.at(), number(size)), BOOL),),
            (Write(function.name, (), Apply("+", (function.at(), number(1)), type_)),),
        )
        for function in functions
    )
    return System("grid", functions=functions, actions=actions)


# ------------------------------------------------------------------------------- budgets and memory


def test_the_table_and_the_arena_grow() -> None:
    search = compiled(grid(299))
    finished(search)
    assert search.finished
    assert (search.states, search.transitions, search.depth) == (90_000, 2 * 299 * 300, 598)


def test_a_full_memory_ends_the_search_undetermined() -> None:
    search = compiled(grid(299), ceiling=1 << 18)
    finished(search)
    assert not search.finished
    assert "that the compiled engine can use" in search.stopped
    assert 1_000 < search.states < 90_000
    assert list(search.keys) == list(reference(grid(299), Budget(states=search.states)).keys)[: search.states]


def reference(system: System, budget: Budget) -> Exploration:
    return finished(Search(fit(system, NONE), Goals(), Meter(budget)))


def test_memory_that_the_process_cannot_have(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, calls = wasmtime.Memory.grow, list[int]()

    def grow(memory: wasmtime.Memory, store: wasmtime.Store, pages: int) -> int:
        calls.append(pages)
        if len(calls) > 4:
            raise wasmtime.WasmtimeError("no memory")
        return whole(memory, store, pages)

    monkeypatch.setattr(wasmtime.Memory, "grow", grow)
    far = Property("Far", "always", negation(n_is(60_000, 60_000)), witness=n_is(1, 60_000))
    verdict = verdicts(counter(60_000, far), NONE)["Far"]
    assert isinstance(verdict, Undetermined)
    assert "could not have more memory" in verdict.reason
    assert len(calls) > 4


def test_no_memory_at_all_is_no_success() -> None:
    search = compiled(grid(3), ceiling=100)
    finished(search)
    assert not search.finished
    assert search.stopped


@pytest.mark.parametrize(
    ("budget", "reason"),
    [(Budget(seconds=1e-9), "seconds"), (Budget(memory=1), "memory"), (Budget(states=5000), "5,000 states")],
)
def test_a_budget_is_kept(budget: Budget, reason: str) -> None:
    search = compiled(grid(299), budget)
    finished(search)
    assert not search.finished
    assert reason in search.stopped


def test_progress_comes_and_a_finding_comes_at_once() -> None:
    goal = n_is(3, 200)
    search = CompiledSearch(fit(counter(200), NONE), Goals(states=(goal,)), Meter(NO_LIMIT))
    for _ in search.run():
        if search.found.states:
            break
    assert search.found.states[goal].state == 3
    assert search.expanded < 200


# ---------------------------------------------------------------------------------------- wide states


def switches(size: int, most: int) -> System:
    """Switches that go on one by one, at most so many, the first of those that are off or any by its number."""
    type_ = Int(0, size - 1)
    on = Function("on", (type_,), BOOL, Literal(False, BOOL))
    last = Function("last", (), Option(type_), Literal(None, Option(type_)))
    count = Function("count", (), Int(0, most), Literal(0, Int(0, most)))
    i = Variable("i", type_)
    turn = Action(
        "turn",
        "protocol",
        (i,),
        (
            Guard("off", negation(on.at(i))),
            Guard("few", Apply("<", (count.at(), Literal(most, Int(0, most))), BOOL)),
        ),
        (
            Write("on", (i,), Literal(True, BOOL)),
            Write("last", (), Apply("just", (i,), Option(type_))),
            Write("count", (), Apply("+", (count.at(), number(1)), Int(0, most))),
        ),
    )
    j = Variable("j", type_)
    another = negation(equality(last.at(), Apply("just", (j,), Option(type_))))
    reset = Action(
        "reset",
        "fault",
        (),
        (Guard("any", negation(equality(last.at(), Literal(None, Option(type_))))),),
        (Write("on", (j,), Literal(False, BOOL), (j,), another),),
    )
    return System("switches", functions=(on, last, count), actions=(turn, reset))


@pytest.mark.parametrize("size", [10, 63, 64, 65, 200, 2500])
def test_states_of_any_number_of_words(size: int) -> None:
    search = same(switches(size, 2), NONE, Budget(states=3000))
    assert search.machine.words >= size // 64


def test_many_elements_of_a_sort() -> None:
    search = same(lock(), Scope("many", (("VM", 90),)), Budget(states=2000))
    assert search.machine.words >= 3


def test_codes_come_back_from_the_words() -> None:
    packing = Packing(Codec(fit(switches(200, 2), NONE)))
    random = Random(1)
    sizes = [packing.codec.size(function.range) for function, _ in packing.codec.layout.cells]
    for _ in range(20):
        codes = [random.randrange(size) for size in sizes]
        assert packing.unpack(np.array([packing.pack(codes)], dtype=np.uint64))[0].tolist() == codes


def test_fields_are_apart_and_elements_together() -> None:
    packing = Packing(Codec(fit(lock(), TWO)))
    taken = [(one.word, bit) for one in packing.fields for bit in range(one.shift, one.shift + one.width)]
    assert len(taken) == len(set(taken))
    assert all(0 <= bit < 64 for _, bit in taken)


# ------------------------------------------------------------------------------------ faults of a spec


def stray(obliged: bool) -> System:
    """`n` is written out of its range in the state where it is 3."""
    n = Function("n", (), Int(0, 3), Literal(0, Int(0, 3)))
    more = Apply("+", (n.at(), number(1)), Int(1, 4))
    inside = Obligation("range", Apply("<=", (more, number(3)), BOOL), "n leaves 0..3")
    claim = Property("Small", "always", Apply("<=", (n.at(), number(2)), BOOL), witness=n_is(2, 3))
    up = Action("up", "protocol", writes=(Write("n", (), more),), obligations=(inside,) if obliged else ())
    return System("stray", functions=(n,), actions=(up,), properties=(claim, Property("Kept", "obligations")))


def test_a_value_out_of_range_is_the_specs_fault() -> None:
    search = compiled(stray(obliged=False))
    with pytest.raises(OutsideError):
        finished(search)
    found = verdicts(stray(obliged=False), NONE)
    assert isinstance(found["Kept"], Failed)
    assert not isinstance(found["Small"], Undetermined)


def test_an_obligation_keeps_it_from_happening() -> None:
    found = verdicts(stray(obliged=True), NONE)
    kept, small = found["Kept"], found["Small"]
    assert isinstance(kept, Violated)
    assert kept.breach is not None
    assert kept.breach.message == "n leaves 0..3"
    assert isinstance(small, Violated)
    assert len(small.run.trace.steps) == 3


# ---------------------------------------------------------------------------------- when it cannot be had


def test_what_cannot_be_compiled_is_searched_by_the_reference() -> None:
    wide = Int(0, 2**31)
    far = Function("far", (), wide, Literal(0, wide))
    system = System("far", functions=(far,), actions=(act("go", (), (Write("far", (), Literal(7, wide)),)),))
    with pytest.raises(UncompiledError):
        compiled(system)
    search = exploration(fit(system, NONE), Goals(), Meter(NO_LIMIT))
    assert isinstance(search, Search)
    assert "2,147,483,648" in search.progress("exploring").phase
    assert explore(system, NONE).states == 2


def test_without_wasmtime_the_reference_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("hvcheck.explicit.compiled")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "wasmtime", None)
    search = exploration(fit(lock(), TWO), Goals(states=(some_at("done"),)), Meter(NO_LIMIT))
    assert isinstance(search, Search)
    assert "wasmtime" in search.note
    assert explore(lock(), TWO).states == 8


def test_the_compiled_search_is_what_one_gets() -> None:
    assert isinstance(exploration(fit(lock(), TWO), Goals(), Meter(NO_LIMIT)), CompiledSearch)
    assert isinstance(exploration(fit(lock(), TWO), Goals(), Meter(NO_LIMIT), reference=True), Search)
