"""What happens to running threads when a place crashes, a time limit passes, or a reaction cancels them."""

from __future__ import annotations

from dataclasses import replace

from hvmodel.expression import (
    TRUE,
    Apply,
    Expression,
    Literal,
    Read,
    Variable,
    conjunction,
    disjunction,
    equality,
    free_variables,
    negation,
    substitute,
)
from hvmodel.source import Span
from hvmodel.system import Event, Guard, Reference
from hvmodel.types import BOOL, Int

from .. import syntax as s
from ..entities import ActorRef, Environment, PlaceRef
from ..problem import problem
from ..shapes import actor_domain, default_value
from .builder import Builder
from .call import place_of
from .path import Path
from .threads import OK, Context, Continue, Final, Location, ThreadBuilder, Wakes

# -------------------------------------------------------------------- cancelling


def cancel_children(builder: Builder, location: Location, path: Path) -> None:
    """Cancel what a thread at a location waits for. The path moves that thread, so its parameters are bound."""
    for child in location.thread.children:
        if child.waits is location:
            cancel(builder, child, location.thread.parameters, path)


def cancel(builder: Builder, thread: ThreadBuilder, bound: tuple[Variable, ...], path: Path) -> None:
    """End a thread and its descendants for all values of the parameters that are not bound; run their `finally`."""
    own = tuple(parameter for parameter in thread.parameters if parameter not in bound)
    for child in thread.children:
        cancel(builder, child, bound, path)
    with path.under(TRUE, own):
        for finals, locations in _by_finals(thread):
            here = disjunction(equality(thread.pc(), thread.at(location)) for location in locations)
            with path.under(here):
                for final in reversed(finals):
                    _run_final(builder, final.block, final.environment, path)
        _stop(builder, thread, path)


def _by_finals(thread: ThreadBuilder) -> list[tuple[tuple[Final, ...], list[Location]]]:
    """The locations inside a `try ... finally`, gathered by which of them they are in."""
    grouped: dict[tuple[int, ...], tuple[tuple[Final, ...], list[Location]]] = {}
    for location in thread.locations:
        if location.finals:
            key = tuple(id(final.block) for final in location.finals)
            grouped.setdefault(key, (location.finals, []))[1].append(location)
    return list(grouped.values())


def _run_final(builder: Builder, block: s.Block, environment: Environment, path: Path) -> None:
    builder.plain.run_own(block.statements, environment, path)


def _stop(builder: Builder, thread: ThreadBuilder, path: Path, own: tuple[Variable, ...] | None = None) -> None:
    own = thread.parameters if own is None else own
    path.write(thread.control, own, thread.at(None), own=True)
    for register in thread.registers:
        path.write(register, own, builder.code(OK), own=True)
    for name, initial in thread.kept.items():
        path.write(name, own, initial, own=True)


# -------------------------------------------------------------------- time limits


def deadlines(builder: Builder) -> None:
    """One action for every location inside a `within` and every limit around it."""
    for thread in list(builder.threads):
        for location in thread.locations:
            for deadline in location.deadlines:
                path = Path(
                    f"{thread.name}: {deadline.limit} pass at {location.name}",
                    "deadline",
                    thread.parameters,
                    thread.name,
                )
                path.assume(equality(thread.pc(), thread.at(location)), f"{thread.name} at {location.name}", "control")
                spend(builder, "deadlines", path, deadline.span)
                me = Reference(deadline.me.name, deadline.me.indices)
                builder.event(path, Event("deadline", deadline.limit, me, span=deadline.span))
                cancel_children(builder, location, path)
                for final in reversed(location.finals[deadline.finals :]):
                    _run_final(builder, final.block, final.environment, path)
                for register in thread.registers:
                    if register in location_registers(location):
                        path.write(register, thread.parameters, builder.code(OK), own=True)
                path.write("expired", (), Literal(True, BOOL), own=True)
                builder.rest(deadline.otherwise, path)


def location_registers(location: Location) -> tuple[str, ...]:
    """The cells that only matter while a thread rests at a join: what a cancelled `each` has gathered."""
    name = f"failed.{location.thread.name}.{location.name}"
    return (name,) if name in location.thread.registers else ()


def spend(builder: Builder, budget: str, path: Path, span: Span) -> None:
    """One of a budget: a guard that some is left, and the count. Proofs leave both out."""
    limit = builder.budgets.get(budget, 0)
    type_ = Int(0, limit)
    name = f"spent.{budget}"
    builder.register(name, (), Literal(0, type_), "budget", span)
    spent = Read(name, (), type_)
    path.guards.append(Guard(f"{budget} left", Apply("<", (spent, Literal(limit, type_)), BOOL), "budget", span))
    path.write(name, (), Apply("+", (spent, Literal(1, Int(1, 1))), type_), own=True)


# -------------------------------------------------------------------- crash and restart


def special(builder: Builder, statement: s.Crash | s.Restart, environment: Environment, path: Path) -> None:
    """`crash p` and `restart p` inside a step. All threads must be known."""
    place = place_named(builder, statement, environment)
    varies = any(free_variables(index) & {binder.name for binder in path.binders} for index in place.indices)
    me = Reference(place.name, () if varies else tuple(map(path.resolve, place.indices)))
    crashes = isinstance(statement, s.Crash)
    builder.event(path, Event("crash" if crashes else "restart", place.name, me, span=statement.span))
    if not builder.is_crashable(place):
        return
    was_up = path.resolve(builder.up(place))
    path.write(f"up.{place.name}", place.indices, Literal(not crashes, BOOL), own=True)
    if crashes:
        _reset_volatile(builder, place, path)
        for thread in builder.threads:
            if thread.place is not None and thread.place.name == place.name:
                _kill(builder, thread, place, path)
    for thread in builder.threads:
        if thread.wakes is not None and thread.wakes.event == ("crashed" if crashes else "restarted"):
            _alarm(builder, thread, thread.wakes, place, was_up if crashes else negation(was_up), path)


def place_named(builder: Builder, statement: s.Crash | s.Restart, environment: Environment) -> PlaceRef:
    """The one place that crashes or restarts. Raises SpecError."""
    place = builder.elaborator.entity(statement.place, environment)
    if not isinstance(place, PlaceRef) or place.rest:
        raise problem("HV318", "only a place can crash", statement.place.span, expected="a place with its indices")
    return place


def in_protocol(
    builder: Builder, statement: s.Crash | s.Restart, context: Context, path: Path, after: Continue
) -> None:
    """The same inside a protocol: it ends the step; what follows is a step of its own, if anyone is left to take it."""
    if path.phantom:
        builder.finish(path)
    place = place_named(builder, statement, context.environment)
    word = "crash" if isinstance(statement, s.Crash) else "restart"
    inner = replace(context, key=(*context.key, id(statement)))
    follows = builder.entry(inner, ("after",), f"after {word}", statement.span, after)
    held = path.copy()
    own = context.thread.place

    def finish() -> None:
        special(builder, statement, context.environment, held)
        if word == "restart" or own is None or own.name != place.name:
            builder.rest(follows, held)
            return
        mine = _same(own.indices, place.indices)
        builder.split(held, mine, "its own place", builder.finish)
        builder.split(held, negation(mine), "another place", lambda later: builder.rest(follows, later))

    # Whom it ends is known when all threads are.
    builder.deferred.append(finish)


def _same(left: tuple[Expression, ...], right: tuple[Expression, ...]) -> Expression:
    return conjunction(equality(a, b) for a, b in zip(left, right, strict=True))


def _apart(thread: ThreadBuilder, path: Path) -> dict[str, Expression]:
    """Other names for a thread's parameters where the step has them as its own."""
    clash = any(parameter in path.parameters for parameter in thread.parameters)
    names = thread.parameters if clash else ()
    return {parameter.name: Variable(f"{parameter.name}*", parameter.type) for parameter in names}


def _renamed(parameters: tuple[Variable, ...], renaming: dict[str, Expression]) -> tuple[Variable, ...]:
    found = (renaming.get(parameter.name, parameter) for parameter in parameters)
    return tuple(variable for variable in found if isinstance(variable, Variable))


def _kill(builder: Builder, thread: ThreadBuilder, place: PlaceRef, path: Path) -> None:
    assert thread.place is not None
    renaming = _apart(thread, path)
    own = _renamed(thread.parameters, renaming)
    here = _same(tuple(substitute(index, renaming) for index in thread.place.indices), place.indices)
    with path.under(here, own):
        if thread.kind == "protocol":
            with path.under(negation(equality(thread.pc(), thread.at(None)))):
                path.write(f"failed.{thread.name}", (), Literal(True, BOOL), own=True)
        _stop(builder, thread, path, own)


def _reset_volatile(builder: Builder, place: PlaceRef, path: Path) -> None:
    """Every volatile variable of the actors at the place takes its initial value again."""
    elaborator = builder.elaborator
    for variable in elaborator.state.values():
        if not variable.volatile or isinstance(variable.holds, str) or not variable.owner:
            continue
        domain = actor_domain(builder.program, builder.program.actors[variable.owner])
        indices = tuple(elaborator.fresh("i", type_) for type_ in domain)
        site = place_of(builder, ActorRef(variable.owner, indices))
        if site is None or site.name != place.name:
            continue
        rest = tuple(elaborator.fresh("j", type_) for type_ in variable.domain[len(domain) :])
        if variable.initial is None:
            initial: Expression = default_value(variable.holds, builder.program)
        else:
            initial = elaborator.expression(variable.initial, Environment(), variable.holds)
        with path.under(_same(site.indices, place.indices), (*indices, *rest)):
            path.write(variable.name, (*indices, *rest), initial, own=True)


def _alarm(
    builder: Builder, reaction: ThreadBuilder, wakes: Wakes, place: PlaceRef, changed: Expression, path: Path
) -> None:
    """Start a reaction that the place is about, if its own place is up; one that still runs starts anew.

    `changed` says, over the state before the step, that the place was not like this already.
    """
    if wakes.site.name != place.name:
        return
    renaming = _apart(reaction, path)
    condition = _same(tuple(substitute(index, renaming) for index in wakes.site.indices), place.indices)
    if reaction.place is not None and builder.is_crashable(reaction.place):
        condition = conjunction((condition, substitute(builder.up(reaction.place), renaming)))
    own = _renamed(reaction.parameters, renaming)
    with path.under(conjunction((path.resolve(condition), changed)), own, resolved=True):
        for thread in _descendants(reaction):
            inner = tuple(parameter for parameter in thread.parameters if parameter not in reaction.parameters)
            with path.under(TRUE, inner):
                _stop(builder, thread, path, _renamed(thread.parameters, renaming))
        path.write(reaction.control, own, reaction.at(wakes.entry), own=True)


def _descendants(thread: ThreadBuilder) -> list[ThreadBuilder]:
    return [found for child in thread.children for found in (child, *_descendants(child))]
