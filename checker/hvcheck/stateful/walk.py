"""A weighted random walk: prefers actions not taken yet, so that long protocols are walked to their end, then edges
not seen yet, so that guests write and faults strike at every point of them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType

from hvmodel.semantics import Step
from hvmodel.state import State

from .coverage import Edge
from .report import Move
from .session import Bench, Session

WEIGHTS: Mapping[str, float] = {"protocol": 8.0, "environment": 2.0, "fault": 0.5, "deadline": 0.5}
"""How much each kind of action is liked. Faults end protocols early, so a fault in every run would hide their ends."""

NEW = 16.0
"""How much more an action is liked that was never taken."""

FRESH = 4.0
"""How much more an action is liked that was taken before, but never from here."""

HASTE = (1.0, 0.2, 0.05, 0.02)
"""How a walk's liking for each kind of action but the protocol's is scaled, drawn for each walk: where guests write as
soon as they may, their budget is spent before the protocol has begun."""

DISTURBED = 1 / 12
"""How often something befalls the files instead of a step."""


def drawn_haste(source: random.Random) -> Mapping[str, float]:
    return {kind: source.choice(HASTE) for kind in ("environment", "fault", "deadline")}


def choose(
    bench: Bench,
    state: State,
    taken: Mapping[str, int],
    source: random.Random,
    seen: AbstractSet[Edge] | None = None,
    haste: Mapping[str, float] = MappingProxyType({}),
) -> Move | None:
    """The next move: a step, or a disturbance. Where neither can be, None."""
    offered, befalls = bench.enabled(state), bench.target.disturbances
    if befalls and (not offered or source.random() < DISTURBED):
        return source.choice(befalls)
    return choose_step(bench, state, taken, source, seen, haste) if offered else None


def choose_step(
    bench: Bench,
    state: State,
    taken: Mapping[str, int],
    source: random.Random,
    seen: AbstractSet[Edge] | None = None,
    haste: Mapping[str, float] = MappingProxyType({}),
) -> Step:
    """A step out of a state in which there is one: an action by weight, then any of its instances."""
    offered = bench.enabled(state)
    actions = bench.layout.system.action

    def liking(name: str) -> float:
        if not taken[name]:
            return NEW
        if seen is not None and not bench.controls.edges(state, offered[name][0]) <= seen:
            return FRESH
        return 1 / taken[name]

    def weight(name: str) -> float:
        kind = actions[name].kind
        return WEIGHTS[kind] * liking(name) * haste.get(kind, 1.0)

    weights = [weight(name) for name in offered]
    (name,) = source.choices(list(offered), weights)
    return source.choice(offered[name])


def walk(
    bench: Bench,
    session: Session,
    taken: Mapping[str, int],
    source: random.Random,
    length: int,
    seen: AbstractSet[Edge] | None = None,
) -> None:
    """Up to `length` moves; ends where only disturbances are left. Raises Found.

    `taken` says how often each action was taken (missing: never); the session's own counts make a walk depend on
    nothing but `source`, the counts of a whole test make each walk look for what the others have not seen. `seen` does
    the same for edges.
    """
    haste = drawn_haste(source)
    for _ in range(length):
        stuck = not bench.enabled(session.state)
        move = choose(bench, session.state, taken, source, seen, haste)
        if move is not None:
            session.take(move)
        if stuck:
            return
