"""Data of the model as lists in which a part occurs once: it comes back as it was, and nothing else can come."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from generators.systems import Drawn, systems
from hvmodel.expression import TRUE, Apply, Expression
from hvmodel.listing import listing
from hvmodel.shared import from_shared, to_shared
from hvmodel.source import Span
from hvmodel.types import BOOL, Int, Sort
from hvspec.compile import compile_system
from hvspec.load import load

HERE = Span("a.hvs", 1, 2, 3, 4)


def again(what: Any) -> Any:
    return from_shared(json.loads(json.dumps(to_shared(what))))


@settings(max_examples=50, deadline=None)
@given(systems())
def test_a_generated_system_comes_back(drawn: Drawn) -> None:
    system, scope = again((drawn.system, drawn.scope))
    assert (system, scope) == (drawn.system, drawn.scope)
    assert hash(system.actions) == hash(drawn.system.actions)
    assert listing(system) == listing(drawn.system)


def test_an_era_comes_back_and_its_listing_shows_every_action() -> None:
    spec, _ = load("ws2012")
    assert spec is not None
    system, _, _ = compile_system(spec, scenario="crash_during_abort", scope="disks")
    assert system is not None
    assert again(system) == system
    text = listing(again(system))
    assert all(action.name in text for action in system.actions)


def test_what_is_one_object_stays_one_and_what_is_two_stays_two() -> None:
    other = Span("a.hvs", 1, 2, 3, 4)
    first, second, third = again((HERE, HERE, other))
    assert first is second
    assert first == third
    assert first is not third


def test_a_truth_is_no_number() -> None:
    assert [type(one) for one in again((True, 1, False, 0, None, "1"))] == [bool, int, bool, int, type(None), str]


def test_sets_do_not_depend_on_their_order() -> None:
    names = [f"name{k}" for k in range(50)]
    assert to_shared((frozenset(names),)) == to_shared((frozenset(reversed(names)),))
    assert again((frozenset(names),)) == (frozenset(names),)


def test_deep_expressions_are_no_matter() -> None:
    deep: Expression = TRUE
    for _ in range(50_000):
        deep = Apply("not", (deep,), BOOL)
    data = to_shared((deep,))
    assert len(data[3]) > 50_000
    assert to_shared(from_shared(data)) == data


@pytest.mark.parametrize("what", [{"a": 1}, (object(),), ([],), (1.5,), (b"x",), 7, (Exception("x"),), (Sort,)])
def test_other_things_cannot_be_written(what: Any) -> None:
    with pytest.raises(ValueError):
        to_shared(what)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        [99, [], ["x"], [[0, 0]]],
        [1, ["Popen"], ["true"], [[2, 0]]],
        [1, ["System"], [], [[2]]],
        [1, ["Sort"], [], [[2, 5]]],
        [1, [], ["x"], [[0, 1]]],
        [1, [], ["x"], [[0, -1]]],
        [1, [], [["x"]], [[0, 0]]],
        [1, [], ["x"], [["0", 0]]],
        [1, [], ["x"], [[-1, 0]]],
        [1, [], ["x"], [[9, 0]]],
        [1, [], ["x"], [[0, "0"]]],
        [1, [], [], []],
    ],
)
def test_other_data_is_refused(data: Any) -> None:
    with pytest.raises(ValueError):
        from_shared(data)


def test_types_with_numbers_come_back() -> None:
    assert again((Int(0, 3), Sort("VM"))) == (Int(0, 3), Sort("VM"))
