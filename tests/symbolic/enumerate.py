"""Every state of a small scope by the reference semantics alone: what proofs are compared with."""

from __future__ import annotations

from hvcheck.engine import Budget
from hvcheck.verdict import Confirmed, confirm
from hvmodel.semantics import Step, apply, breaches, enabled, holds
from hvmodel.state import Layout, State
from hvmodel.system import Property, Scope, System
from hvmodel.trace import Trace


def reachable(layout: Layout, most: int) -> dict[State, tuple[State, Step] | None]:
    """States with the step that led to each, breadth first, at most so many. A broken obligation ends a run."""
    found: dict[State, tuple[State, Step] | None] = {layout.initial: None}
    waiting = [layout.initial]
    for state in waiting:
        for step in enabled(layout, state):
            if len(found) >= most:
                return found
            if any(True for _ in breaches(layout, state, step)):
                continue
            later = apply(layout, state, step)
            if later not in found:
                found[later] = (state, step)
                waiting.append(later)
    return found


def witness(system: System, claim: Property, scope: Scope, _: Budget) -> Confirmed | None:
    """A run to a state that satisfies the claim's witness, as an engine would find it."""
    layout = Layout(system, scope)
    found = reachable(layout, 5000)
    for state in found:
        if claim.witness is not None and holds(claim.witness, layout, state):
            return confirm(layout, _run(found, state))
    return None


def _run(found: dict[State, tuple[State, Step] | None], state: State) -> Trace:
    states, steps = [state], []
    while (came := found[states[0]]) is not None:
        states.insert(0, came[0])
        steps.insert(0, came[1])
    return Trace(tuple(states), tuple(steps))
