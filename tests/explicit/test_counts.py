"""Systems small enough to count by hand."""

from __future__ import annotations

import pytest

from hvcheck.engine import Budget
from hvcheck.explicit import explore, find
from hvmodel.expression import conjunction, equality
from hvmodel.system import IDLE, Scope, System, Write

from .small import NOBODY, NONE, ONE, OWNER, THREE, TWO, act, all_at, counter, lock, n_is, number, some_at


@pytest.mark.parametrize(
    ("system", "scope", "states", "transitions", "depth"),
    [
        (counter(0), NONE, 1, 0, 0),
        (counter(5), NONE, 6, 5, 5),
        (counter(5, low=-3), NONE, 9, 8, 8),
        (counter(255), NONE, 256, 255, 255),
        (counter(256), NONE, 257, 256, 256),
        (lock(), ONE, 3, 2, 2),
        # Of each machine: idle, frozen or done, not both frozen; from (idle, idle) both can freeze, and so on.
        (lock(), TWO, 8, 8, 4),
        # Nobody gives the lock back: idle, two frozen, two done.
        (lock(released=False), TWO, 5, 4, 2),
        # 3^3 places, less those with two or three frozen (3 * 2 + 1 = 7); steps: see the sum in the test below.
        (lock(), THREE, 20, 24, 6),
    ],
    ids=str,
)
def test_counted_by_hand(system: System, scope: Scope, states: int, transitions: int, depth: int) -> None:
    counted = explore(system, scope)
    assert (counted.states, counted.transitions, counted.depth) == (states, transitions, depth)
    assert counted.finished


def test_every_action_is_counted_by_itself() -> None:
    # A machine freezes when the others are idle or done: 3 * 2^2; it thaws in as many states.
    assert explore(lock(), THREE).fired == {"freeze": 12, "thaw": 12}


def test_a_step_that_changes_nothing_is_a_transition_but_no_state() -> None:
    counted = explore(counter(1, more=(act("look"),)), NONE)
    assert (counted.states, counted.transitions, counted.depth) == (2, 3, 1)


def test_a_system_without_functions_has_one_state() -> None:
    assert explore(System("nothing", actions=(act("look"),)), NONE).states == 1


def test_cells_of_four_bytes() -> None:
    system = counter(70_000, more=(act("jump", (n_is(0, 70_000),), (Write("n", (), number(70_000)),)),))
    counted = explore(system, NONE, Budget(states=3))
    assert counted.stopped
    found = find(system, n_is(70_000, 70_000), NONE, Budget(states=10))
    assert found is not None
    assert [step.action for step in found.trace.steps] == ["jump"]


def test_find_gives_a_shortest_run_or_none() -> None:
    freed = conjunction((all_at("done"), equality(OWNER.at(), NOBODY)))
    run = find(lock(), freed, TWO)
    assert run is not None
    assert len(run.trace.steps) == 4
    assert find(lock(released=False), all_at("done"), TWO) is None
    here = find(lock(), all_at(IDLE), TWO)
    assert here is not None
    assert here.trace.steps == ()
    assert find(lock(), some_at("done"), TWO, Budget(states=1)) is None
