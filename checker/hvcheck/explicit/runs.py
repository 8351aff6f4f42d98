"""Runs that a search found, as traces that the reference semantics has replayed."""

from __future__ import annotations

from collections.abc import Sequence

from hvmodel.semantics import apply
from hvmodel.trace import Trace

from ..verdict import Confirmed, confirm
from .codegen import Key, Label, Program
from .codes import UnfitError


def visited(program: Program, labels: Sequence[Label]) -> list[Key] | None:
    """The states of a run of labelled steps; None if some step cannot be taken or breaks an obligation."""
    keys = [program.codec.initial]
    for label in labels:
        after = next((key for known, key in program.successors(keys[-1]) if known == label), None)
        if after is None:
            return None
        keys.append(after)
    return keys


def confirmed(program: Program, labels: Sequence[Label], loop: int | None = None) -> Confirmed:
    """The run of these steps with the states that the generated code gives it, confirmed by the reference.

    The last step may break an obligation; then only the reference says what state follows. Raises EvidenceError
    when the two differ, and UnfitError when the last step cannot be carried out at all.
    """
    layout = program.codec.layout
    steps = tuple(program.step(label) for label in labels)
    keys = visited(program, labels)
    if keys is not None:
        return confirm(layout, Trace(tuple(map(program.codec.decode, keys)), steps, loop))
    keys = visited(program, labels[:-1]) or []
    states = [program.codec.decode(key) for key in keys]
    try:
        states.append(apply(layout, states[-1], steps[-1]))
        return confirm(layout, Trace(tuple(states), steps, loop))
    except (KeyError, IndexError) as error:
        raise UnfitError(f"step {steps[-1].action} reads or writes a cell that does not exist") from error
