"""Traces: a run from the initial state, perhaps ending in a loop; replayed before anyone sees them."""

from __future__ import annotations

from .dataclass import dataclass
from .semantics import Step, apply, is_enabled
from .state import Layout, State


@dataclass(frozen=True, slots=True)
class Trace:
    """`states[0]` is initial and `steps[i]` leads from `states[i]` to `states[i + 1]`.

    With `loop`, the run goes for ever round from `states[loop]` to the last state, which equals it; a loop
    without steps (`loop == len(steps)`) is a run in which nothing moves any more.
    """

    states: tuple[State, ...]
    steps: tuple[Step, ...]
    loop: int | None = None

    @property
    def last(self) -> State:
        return self.states[-1]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a trace is not a run of the system: the index of the step and what is wrong with it."""

    position: int
    reason: str


def run(layout: Layout, steps: tuple[Step, ...], loop: int | None = None) -> Trace | Refusal:
    """Take the steps one by one with the reference semantics."""
    states = [layout.initial]
    for position, step in enumerate(steps):
        action = layout.system.action.get(step.action)
        if action is None:
            return Refusal(position, f"no action {step.action}")
        if not is_enabled(action, step.arguments, layout, states[-1]):
            return Refusal(position, f"{step.action} is not enabled")
        states.append(apply(layout, states[-1], step))
    if loop is not None and states[loop] != states[-1]:
        return Refusal(len(steps), "the loop does not return to its start")
    return Trace(tuple(states), steps, loop)


def replay(layout: Layout, trace: Trace) -> Refusal | None:
    """None if the trace is a run of the system, state by state."""
    again = run(layout, trace.steps, trace.loop)
    if isinstance(again, Refusal):
        return again
    for position, (state, recorded) in enumerate(zip(again.states, trace.states, strict=True)):
        if state != recorded:
            return Refusal(position, "the recorded state differs from the reference semantics")
    return None
