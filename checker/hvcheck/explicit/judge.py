"""Does a replayed run really break a property? Decided with the reference semantics alone.

The last look at a counterexample before it is shown, whoever found it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from hvmodel.expression import Expression
from hvmodel.semantics import Step, breaches, enabled, holds
from hvmodel.state import Layout, State
from hvmodel.system import Claim, Property, System
from hvmodel.trace import Trace

from ..verdict import Confirmed


def shows(run: Confirmed, goal: Expression) -> bool:
    """Whether the run ends in a state that satisfies the expression."""
    return holds(goal, run.layout, run.trace.last)


def breaks(claim: Property, run: Confirmed) -> bool:
    """Whether the run is a counterexample to the claim (for `cover`: never)."""
    return _BREAKS[claim.claim](claim, run.layout, run.trace)


def fair_instance(system: System, step: Step) -> tuple[object, ...] | None:
    """The thread instance a step's fairness is about; a fair action without a thread is one by itself."""
    action = system.action[step.action]
    if not action.fair:
        return None
    thread = system.thread.get(action.thread)
    if thread is None:
        return ("action", action.name, *step.arguments)
    return ("thread", thread.name, *step.arguments[: len(thread.parameters)])


def _state(claim: Property, layout: Layout, trace: Trace) -> bool:
    return not holds(claim.expression, layout, trace.last)


def _taken(claim: Property, _: Layout, trace: Trace) -> bool:
    return bool(trace.steps) and trace.steps[-1].action in claim.forbidden


def _breach(_: Property, layout: Layout, trace: Trace) -> bool:
    return bool(trace.steps) and any(True for _ in breaches(layout, trace.states[-2], trace.steps[-1]))


def _halted(claim: Property, layout: Layout, trace: Trace) -> bool:
    """Only the last state is looked at; that nothing ever revives the protocol is the search's word."""
    moves = (layout.system.action[step.action].kind for step in enabled(layout, trace.last))
    return not holds(claim.expression, layout, trace.last) and "protocol" not in moves


def _unanswered(claim: Property, layout: Layout, trace: Trace) -> bool:
    assert claim.trigger is not None
    if trace.loop is None or trace.states[trace.loop] != trace.last:
        return False
    if any(holds(claim.expression, layout, state) for state in trace.states[trace.loop :]):
        return False
    for state in reversed(trace.states):
        if holds(claim.expression, layout, state):
            return False
        if holds(claim.trigger, layout, state):
            return _fair(layout, trace.states[trace.loop :], trace.steps[trace.loop :])
    return False


def _fair(layout: Layout, states: Iterable[State], steps: Iterable[Step]) -> bool:
    """Whether each instance is disabled somewhere in the loop or takes a step of it."""
    system = layout.system
    able = [{fair_instance(system, step) for step in enabled(layout, state)} - {None} for state in states]
    return set.intersection(*able) <= {fair_instance(system, step) for step in steps}


def _never(_: Property, __: Layout, ___: Trace) -> bool:
    return False


_BREAKS: Mapping[Claim, Callable[[Property, Layout, Trace], bool]] = MappingProxyType(
    {
        "always": _state,
        "at most": _state,
        "invariant": _state,
        "never": _taken,
        "obligations": _breach,
        "deadlock": _halted,
        "leads to": _unanswered,
        "cover": _never,
    }
)
