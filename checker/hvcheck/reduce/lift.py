"""Runs of a reduced system taken again, step for step, in the full one; only then do they count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hvmodel.dataclass import dataclass
from hvmodel.expression import Expression, show
from hvmodel.semantics import Step
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
from .compress import Link
from .expand import Expansion


@dataclass(frozen=True, slots=True)
class Way:
    """The steps of a run of the full system, not yet taken, and where its loop begins if it has one."""

    steps: tuple[Step, ...]
    loop: int | None


class OpenError(Exception):
    """A run for ever of the reduced system is none of the full one as it stands: the full system has to be searched."""


def lifted(verdict: Verdict, claim: Property, layout: Layout, merged: Sequence[Link] = ()) -> Verdict:
    """A verdict on a reduced system as one on the full system, whose layout is given.

    The steps `merged` by compression are put back into its runs, which are re-run in the full system and judged by the
    reference semantics.
    Raises EvidenceError if that does not bear out the verdict, OpenError if only a search of the full system can.
    """
    match verdict:
        case Violated(run=found):
            return replace(verdict, run=_broken(_expanded(found.trace, claim, layout, merged), claim, layout))
        case Reached(run=found):
            return replace(verdict, run=_shown(_expanded(found.trace, claim, layout, merged), claim.expression, layout))
        case Holds(witness=witness) if witness is not None:
            goal = claim.witness if claim.witness is not None else claim.trigger
            assert goal is not None
            return replace(verdict, witness=_shown(_expanded(witness.trace, claim, layout, merged), goal, layout))
    return verdict


def _expanded(trace: Trace, claim: Property, layout: Layout, merged: Sequence[Link]) -> Way:
    """The steps, with those put back that were merged; and where the loop, if there is one, begins."""
    if not merged:
        return Way(trace.steps, trace.loop)
    made = Expansion(layout, merged, settled=trace.loop is not None or claim.claim == "deadlock")
    try:
        made.follow(trace.steps)
    except (KeyError, IndexError) as error:
        raise EvidenceError(_STRANGE) from error
    return Way(tuple(made.steps), None if trace.loop is None else made.marks[trace.loop])


_STRANGE = "a run of the reduced system meets a cell that does not exist in the full one"


def again(steps: tuple[Step, ...], layout: Layout, loop: int | None = None) -> Confirmed:
    """The same steps in the full system; raises EvidenceError if they are no run of it."""
    try:
        taken = run(layout, steps, loop)
    except (KeyError, IndexError) as error:
        raise EvidenceError(_STRANGE) from error
    if isinstance(taken, Refusal):
        raise EvidenceError(f"step {taken.position} of a run of the reduced system: {taken.reason} in the full one")
    return confirm(layout, taken)


def _shown(way: Way, goal: Expression, layout: Layout) -> Confirmed:
    taken = again(way.steps, layout)
    if not shows(taken, goal):
        raise EvidenceError(f"{show(goal)}: the run of the reduced system does not reach it in the full one")
    return taken


def _broken(way: Way, claim: Property, layout: Layout) -> Confirmed:
    taken = again(way.steps, layout)
    if way.loop is not None:
        if taken.trace.states[way.loop] != taken.trace.last:
            raise OpenError
        taken = again(way.steps, layout, way.loop)
        if not breaks(claim, taken):
            raise OpenError
    elif not breaks(claim, taken):
        raise EvidenceError(f"{claim.name}: the run of the reduced system does not break it in the full one")
    return taken
