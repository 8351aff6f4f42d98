"""A weighted random walk: prefers actions not taken yet, so that long protocols are walked to their end."""

from __future__ import annotations

import random
from collections.abc import Mapping

from hvmodel.concrete import Disturbance

from .report import Move
from .session import Bench, Session

WEIGHTS: Mapping[str, float] = {"protocol": 8.0, "environment": 2.0, "fault": 0.5, "deadline": 0.5}
"""How much each kind of action is liked. Faults end protocols early, so a fault in every run would hide their ends."""

NEW = 16.0
"""How much more an action is liked that was never taken."""

DISTURBED = 1 / 12
"""How often something befalls the files instead of a step."""

DISTURBANCES: tuple[Disturbance, ...] = ("reopen", "crash")


def choose(bench: Bench, session: Session, taken: Mapping[str, int], source: random.Random) -> Move:
    """The next move: an action by weight, then any of its instances. Where nothing can move, a disturbance."""
    offered = bench.enabled(session.state)
    if not offered or source.random() < DISTURBED:
        return source.choice(DISTURBANCES)
    actions = bench.layout.system.action
    weights = [WEIGHTS[actions[name].kind] * (NEW if not taken[name] else 1 / taken[name]) for name in offered]
    (name,) = source.choices(list(offered), weights)
    return source.choice(offered[name])


def walk(bench: Bench, session: Session, taken: Mapping[str, int], source: random.Random, length: int) -> None:
    """Up to `length` moves; ends where only disturbances are left. Raises Found.

    `taken` says how often each action was taken (missing: never); the session's own counts make a walk depend on
    nothing but `source`, the counts of a whole test make each walk look for what the others have not seen.
    """
    for _ in range(length):
        stuck = not bench.enabled(session.state)
        session.take(choose(bench, session, taken, source))
        if stuck:
            return
