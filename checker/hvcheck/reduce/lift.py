"""Runs of a reduced system taken again, step for step, in the full one; only then do they count."""

from __future__ import annotations

from dataclasses import replace

from hvmodel.expression import Expression, show
from hvmodel.state import Layout
from hvmodel.system import Property
from hvmodel.trace import Refusal, Trace, run

from ..explicit.judge import breaks, shows
from ..verdict import (
    Confirmed,
    EvidenceError,
    Holds,
    Reached,
    Verdict,
    Violated,
    confirm,
)


class OpenError(Exception):
    """A run for ever of the reduced system is none of the full one as it stands: the full system has to be searched."""


def lifted(verdict: Verdict, claim: Property, layout: Layout) -> Verdict:
    """A verdict on a reduced system as one on the full system, whose layout is given.

    Its runs are re-run in the full system and judged by the reference semantics.
    Raises EvidenceError if that does not bear out the verdict, OpenError if only a search of the full system can.
    """
    match verdict:
        case Violated(run=found):
            return replace(verdict, run=_broken(found.trace, claim, layout))
        case Reached(run=found):
            return replace(verdict, run=_shown(found.trace, claim.expression, layout))
        case Holds(witness=witness) if witness is not None:
            goal = claim.witness if claim.witness is not None else claim.trigger
            assert goal is not None
            return replace(verdict, witness=_shown(witness.trace, goal, layout))
    return verdict


def again(trace: Trace, layout: Layout, loop: int | None = None) -> Confirmed:
    """The same steps in the full system; raises EvidenceError if they are no run of it."""
    try:
        taken = run(layout, trace.steps, loop)
    except (KeyError, IndexError) as error:
        raise EvidenceError("a run of the reduced system meets a cell that does not exist in the full one") from error
    if isinstance(taken, Refusal):
        raise EvidenceError(f"step {taken.position} of a run of the reduced system: {taken.reason} in the full one")
    return confirm(layout, taken)


def _shown(trace: Trace, goal: Expression, layout: Layout) -> Confirmed:
    taken = again(trace, layout)
    if not shows(taken, goal):
        raise EvidenceError(f"{show(goal)}: the run of the reduced system does not reach it in the full one")
    return taken


def _broken(trace: Trace, claim: Property, layout: Layout) -> Confirmed:
    taken = again(trace, layout)
    if trace.loop is not None:
        if taken.trace.states[trace.loop] != taken.trace.last:
            raise OpenError
        taken = again(trace, layout, trace.loop)
        if not breaks(claim, taken):
            raise OpenError
    elif not breaks(claim, taken):
        raise EvidenceError(f"{claim.name}: the run of the reduced system does not break it in the full one")
    return taken
