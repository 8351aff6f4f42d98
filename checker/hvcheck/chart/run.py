"""The chart of a run: its steps as arrows and notes, and under each what it changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product

from hvmodel.semantics import Bindings, Step, bind
from hvmodel.state import Layout, State, values
from hvmodel.system import Action, ActionKind, Event, Reference
from hvmodel.trace import Trace
from hvmodel.wording import ARROWS

from .changed import describe_changes
from .interest import BOOKKEEPING, Interest
from .naming import bracketed, called, expression_value, reference_name, value_name
from .rows import Chart, Lifeline, Row, RowKind

WORLD: frozenset[RowKind] = frozenset({"environment", "fault", "crash", "restart", "end", "loss"})
"""Rows that may concern something which is not an actor; they get no column of their own."""

QUIET: frozenset[RowKind] = frozenset({"message", "asynchronous", "delivery", "return", "step", "notice"})
"""Rows that may be quiet. What fails, ends or dies never is."""

_SILENT: dict[ActionKind, RowKind] = {
    "protocol": "step",
    "environment": "environment",
    "fault": "fault",
    "deadline": "deadline",
}


def chart_of_run(layout: Layout, trace: Trace, title: str = "", interest: Interest | None = None) -> Chart:
    """A run as a chart. Steps that neither send, do nor change anything visible have no row.

    With an interest, what it ranks lowest is told first, and rows that change nothing it names are quiet.
    """
    rows: list[Row] = []
    for position, step in enumerate(trace.steps):
        if trace.loop == position:
            rows.append(Row("divider", "from here for ever"))
        before, after = trace.states[position], trace.states[position + 1]
        found = _step_rows(layout, step, position + 1, before, after, interest)
        rows += _quietened(layout, step, interest, found) if interest else found
    if trace.loop == len(trace.steps):
        rows.append(Row("divider", "from here for ever: nothing moves any more"))
    elif trace.loop is not None:
        rows.append(Row("divider", f"and again from step {trace.loop + 1}, for ever"))
    lifelines = _lifelines(layout, rows)
    known = {lifeline.key for lifeline in lifelines}
    return Chart(title, lifelines, tuple(_off_stage(row, known) for row in rows))


def step_label(layout: Layout, step: Step, state: State) -> str:
    """A step in one line: its first event, or the action with its arguments."""
    action = layout.system.action[step.action]
    bindings = bind(action, step.arguments)
    if not action.events:
        return _action_label(layout, action, step)
    event = action.events[0]
    source = reference_name(event.source, layout, state, bindings)
    if event.target is None:
        return f"{source}: {_event_label(layout, event, state, bindings)}"
    target = reference_name(event.target, layout, state, bindings)
    arrow, end = ARROWS.get(event.kind, ("->", ""))
    return f"{source} {arrow} {target}: {_event_label(layout, event, state, bindings)}{end}"


def _quietened(layout: Layout, step: Step, interest: Interest, found: Iterable[Row]) -> Iterator[Row]:
    """The rows of a step, quiet if it is one of the protocol's own and changes nothing of interest."""
    action, rows = layout.system.action[step.action], tuple(found)
    dull = action.kind == "protocol" and not interest.names(action, step)
    quiet = dull and all(row.kind in QUIET and not row.below for row in rows)
    yield from (replace(row, quiet=quiet) for row in rows)


def _step_rows(
    layout: Layout, step: Step, number: int, before: State, after: State, interest: Interest | None
) -> Iterator[Row]:
    action = layout.system.action[step.action]
    bindings = bind(action, step.arguments)
    below, aside = _changes(layout, before, after, interest)
    if not action.events:
        if below or aside or action.kind != "protocol":
            actor, label = _silent(layout, action, step)
            yield Row(_SILENT[action.kind], label, actor, number=number, below=below, aside=aside)
        return
    rows = [_row(layout, event, before, bindings, number) for event in action.events]
    # A failure that passes through several frames of one actor is told once.
    *others, last = dict.fromkeys(rows)
    yield from others
    yield replace(last, below=below, aside=aside)


def _row(layout: Layout, event: Event, state: State, bindings: Bindings, number: int) -> Row:
    label = _event_label(layout, event, state, bindings)
    source = reference_name(event.source, layout, state, bindings)
    target = reference_name(event.target, layout, state, bindings) if event.target else ""
    match event.kind:
        case "send":
            return Row("asynchronous", label, source, target, number=number)
        case "delivery":
            return Row("delivery", f"{label} from {source}", target, number=number)
        case "loss":
            return Row("loss", f"{label} from {source} to {target}", number=number)
        case kind:
            return Row(kind, label, source, target, number=number)


def _changes(
    layout: Layout, before: State, after: State, interest: Interest | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a step changed: what is of interest, and the rest."""
    if interest is None:
        return describe_changes(layout, before, after), ()
    below = describe_changes(layout, before, after, interest.rank, lambda rank: rank < BOOKKEEPING)
    return below, describe_changes(layout, before, after, interest.rank, lambda rank: rank >= BOOKKEEPING)


def _event_label(layout: Layout, event: Event, state: State, bindings: Bindings) -> str:
    arguments = [expression_value(argument, layout, state, bindings) for argument in event.arguments]
    if event.code is not None and not event.name:
        return called(expression_value(event.code, layout, state, bindings), arguments)
    return called(event.name, arguments)


def _silent(layout: Layout, action: Action, step: Step) -> tuple[str, str]:
    """Who takes a step that has no event, and what it is called; nobody if the protocol's text does not tell."""
    named = action.name.removeprefix(f"{action.thread}: ").rpartition(" ~")[0]
    for location in layout.system.locations if action.thread else ():
        if location.thread == action.thread and location.name == named and location.inside:
            return _actor_of(layout, location.inside[-1].partition(".")[0], action, step), location.next
    return "", _action_label(layout, action, step)


def _actor_of(layout: Layout, name: str, action: Action, step: Step) -> str:
    """The actor with the indices that the action's parameters give it, type by type."""
    actor = next((one for one in layout.system.actors if one.name == name), None)
    left = list(zip(action.parameters, step.arguments, strict=True))
    indices: list[str] = []
    for wanted in actor.parameters if actor else ():
        found = next((pair for pair in left if pair[0].type == wanted.type), None)
        if found is None:
            return ""
        left.remove(found)
        indices.append(value_name(layout.system, found[1], wanted.type))
    return name + bracketed(indices)


def _action_label(layout: Layout, action: Action, step: Step) -> str:
    return called(
        action.name,
        (
            value_name(layout.system, value, parameter.type)
            for parameter, value in zip(action.parameters, step.arguments, strict=True)
        ),
    )


def _lifelines(layout: Layout, rows: list[Row]) -> tuple[Lifeline, ...]:
    """Actors in order of appearance, those of one place side by side."""
    keys = dict.fromkeys(key for row in rows if row.kind not in WORLD for key in (row.source, row.target) if key)
    known = _actors(layout)
    groups: dict[str, list[Lifeline]] = {}
    for key in keys:
        lifeline = known.get(key) or Lifeline(key, _index(key))
        groups.setdefault(lifeline.place, []).append(lifeline)
    return tuple(lifeline for members in groups.values() for lifeline in members)


def _actors(layout: Layout) -> dict[str, Lifeline]:
    """Every actor of the scope by its name, with its place and title."""
    found: dict[str, Lifeline] = {}
    for actor in layout.system.actors:
        for chosen in product(*(values(parameter.type, layout.scope) for parameter in actor.parameters)):
            bindings = dict(zip((parameter.name for parameter in actor.parameters), chosen, strict=True))
            me = reference_name(Reference(actor.name, actor.parameters), layout, layout.initial, bindings)
            place = reference_name(actor.place, layout, layout.initial, bindings) if actor.place else ""
            found[me] = Lifeline(me, place, actor.title)
    return found


def _index(key: str) -> str:
    """Where the system does not say who is where, actors with the same first index belong together."""
    return key.partition("[")[2].rstrip("]").partition(",")[0]


def _off_stage(row: Row, known: set[str]) -> Row:
    """A row about something without a column names it in its label instead."""
    if not row.source or row.source in known:
        return row
    named = row.label.partition("(")[0] == row.source.partition("[")[0]
    label = row.label if named else f"{row.label} on {row.source}"
    return replace(row, label=label, source="")
