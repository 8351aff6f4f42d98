"""Values that nobody reads any more are set back, so that states that differ in them alone are one.

The system has the same actions, guards and runs; what is set back is dead (see `liveness`), so no claim, guard or write
ever sees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hvmodel.expression import (
    FALSE,
    Expression,
    Literal,
    Variable,
    conjunction,
    disjunction,
    equality,
    negation,
    quantified,
)
from hvmodel.system import Action, Property, System, Thread, Write

from .choice import reset_pays
from .control import Control
from .liveness import Needed, needed


def without_dead(system: System, claims: Sequence[Property]) -> System:
    """The system, with writes that set back what is dead; the system itself if nothing ever is."""
    control = Control(system)
    asked = [function for function in system.functions if reset_pays(function)]
    found = [one for function in asked if (one := needed(control, function, claims)) is not None]
    actions = tuple(
        replace(action, writes=(*action.writes, *(write for one in found for write in _resets(control, action, one))))
        for action in system.actions
    )
    return replace(system, actions=actions) if actions != system.actions else system


def _resets(control: Control, action: Action, one: Needed) -> Iterator[Write]:
    """The write that sets back the cells whose last reader an action's thread was, if it is that."""
    thread = control.system.thread.get(action.thread)
    if thread is None or thread.name not in one.live:
        return
    live = one.live[thread.name]
    sources = control.sources(action)
    # What is dead before and not written is reset already, or was never set.
    if not (sources & live or any(write.function == one.function.name for write in action.writes)):
        return
    if any(control.goes_to(action, source) & live for source in sources):
        return
    moved = {move.thread.name for move in control.moves(action)}
    if moved & set(one.live):
        return  # whether they are where they read it is only known after the step
    write = _reset(control, action, thread, one)
    if write.where != FALSE:
        yield write


def _reset(control: Control, action: Action, thread: Thread, one: Needed) -> Write:
    own = one.own[thread.name]
    binders: list[Variable] = []
    indices: list[Expression] = []
    for place, type_ in enumerate(one.function.domain):
        if place in own:
            indices.append(action.parameters[own[place]])
        else:
            binders.append(Variable(f"dead {place}", type_))
            indices.append(binders[-1])
    where = conjunction(
        _not_waiting(control, control.system.thread[name], action, one, tuple(indices)) for name in one.live
    )
    return Write(one.function.name, tuple(indices), one.function.initial, tuple(binders), where)


def _not_waiting(
    control: Control, reader: Thread, action: Action, one: Needed, cell: tuple[Expression, ...]
) -> Expression:
    """No instance of a thread, but the one that moves, is where it may still read the cell."""
    own = one.own[reader.name]
    instance: list[Expression] = []
    free: list[Variable] = []
    for number, parameter in enumerate(reader.parameters):
        place = next((place for place, which in own.items() if which == number), None)
        if place is None:
            free.append(Variable(f"reader {number}", parameter.type))
            instance.append(free[-1])
        else:
            instance.append(cell[place])
    type_ = control.system.function[reader.control].range
    here = control.system.function[reader.control].at(*instance)
    live = one.live[reader.name]
    others = control.locations(reader) - live
    few = live if len(live) <= len(others) else others
    waits: Expression = disjunction(equality(here, Literal(at, type_, at)) for at in sorted(few))
    waits = waits if few is live else negation(waits)
    if reader.name == action.thread:
        mine = action.parameters[: len(reader.parameters)]
        itself = conjunction(equality(part, parameter) for part, parameter in zip(instance, mine, strict=True))
        waits = conjunction((negation(itself), waits))
    return quantified("all", free, negation(waits))
