"""What happens to running threads when a place crashes, a time limit passes, or a reaction cancels them."""

from __future__ import annotations

from dataclasses import replace

from hvmodel.expression import (
    FALSE,
    TRUE,
    Apply,
    Expression,
    Literal,
    Read,
    Variable,
    conjunction,
    disjunction,
    equality,
    negation,
)
from hvmodel.source import Span
from hvmodel.system import Event, Guard, Reference
from hvmodel.types import BOOL, Int

from .. import syntax as s
from ..entities import ActorRef, Environment, PlaceRef
from ..members import members
from ..problem import problem
from ..shapes import actor_domain, default_value
from .builder import Builder
from .call import Run, place_of
from .path import Path
from .threads import OK, Context, Final, Handling, Label, Location, ThreadBuilder

# -------------------------------------------------------------------- cancelling


def cancel_children(builder: Builder, location: Location, path: Path) -> None:
    """Cancel what a thread at a location waits for. The path moves that thread, so its parameters are bound."""
    for child in location.thread.children:
        if child.waits is location:
            _cancel(builder, child, location.thread.parameters, path)


def _cancel(builder: Builder, thread: ThreadBuilder, bound: tuple[Variable, ...], path: Path) -> None:
    """End a thread and its descendants for all values of the parameters that are not bound; run their `finally`."""
    own = tuple(parameter for parameter in thread.parameters if parameter not in bound)
    for child in thread.children:
        _cancel(builder, child, bound, path)
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


def _stop(builder: Builder, thread: ThreadBuilder, path: Path) -> None:
    path.write(thread.control, thread.parameters, thread.at(None), own=True)
    for register in thread.registers:
        path.write(register, thread.parameters, builder.code(OK), own=True)


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
    """`crash p` and `restart p` in the environment."""
    place = builder.elaborator.entity(statement.place, environment)
    if not isinstance(place, PlaceRef) or place.rest:
        raise problem("HV318", "only a place can crash", statement.place.span, expected="a place with its indices")
    me = Reference(place.name, place.indices)
    if isinstance(statement, s.Restart):
        builder.event(path, Event("restart", place.name, me, span=statement.span))
        path.write(f"up.{place.name}", place.indices, Literal(True, BOOL), own=True)
        return
    builder.event(path, Event("crash", place.name, me, span=statement.span))
    path.write(f"up.{place.name}", place.indices, Literal(False, BOOL), own=True)
    _reset_volatile(builder, place, path)
    for thread in builder.threads:
        if thread.place is not None and thread.place.name == place.name:
            _kill(builder, thread, _same(thread.place.indices, place.indices), path)
    for thread in builder.threads:
        if thread.kind == "reaction" and thread.caller is not None:
            _alarm(builder, thread, place, path)


def _same(left: tuple[Expression, ...], right: tuple[Expression, ...]) -> Expression:
    return conjunction(equality(a, b) for a, b in zip(left, right, strict=True))


def _kill(builder: Builder, thread: ThreadBuilder, here: Expression, path: Path) -> None:
    with path.under(here, thread.parameters):
        if thread.kind == "protocol":
            running = equality(thread.pc(), thread.at(None))
            with path.under(negation(running)):
                path.write(f"failed.{thread.name}", (), Literal(True, BOOL), own=True)
        _stop(builder, thread, path)


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


def _alarm(builder: Builder, reaction: ThreadBuilder, place: PlaceRef, path: Path) -> None:
    """Start a `when crashed` whose actor was at the place and whose own place is up."""
    assert reaction.caller is not None
    site = place_of(builder, reaction.caller)
    if site is None or site.name != place.name:
        return
    condition = _same(site.indices, place.indices)
    if reaction.place is not None and builder.is_crashable(reaction.place):
        condition = conjunction((condition, builder.up(reaction.place)))
    with path.under(condition, reaction.parameters):
        path.write(reaction.control, reaction.parameters, reaction.at(reaction.locations[0]), own=True)


# -------------------------------------------------------------------- reactions


def reactions(builder: Builder, run: Run) -> None:
    """A thread for every `when crashed(...)` whose subject can crash while its own actor lives on."""
    for declaration in builder.program.actors.values():
        for member in members(builder.program, declaration):
            if isinstance(member, s.Reaction):
                _reaction(builder, declaration, member, run)


def _reaction(builder: Builder, declaration: s.ActorDecl, reaction: s.Reaction, run: Run) -> None:
    if reaction.event == "restarted":
        raise problem("HV404", "`when restarted` is not compiled yet", reaction.span)
    elaborator = builder.elaborator
    domain = actor_domain(builder.program, declaration)
    parameters = tuple(
        elaborator.fresh(binder.name.text, type_) for binder, type_ in zip(declaration.binders, domain, strict=True)
    )
    me = ActorRef(declaration.name.text, parameters)
    environment = elaborator.actor_environment(me)
    subject = elaborator.entity(reaction.subject, environment)
    if not isinstance(subject, ActorRef) or subject.rest:
        raise problem("HV316", "`crashed` names an actor", reaction.subject.span, expected="an actor")
    place, site = place_of(builder, me), place_of(builder, subject)
    if not builder.is_crashable(site) or place == site or _does_nothing(builder, reaction.body, environment):
        return
    thread = builder.new_thread(
        ThreadBuilder(
            f"{declaration.name} when crashed({subject.name})",
            "reaction",
            parameters,
            place,
            caller=subject,
            callee=me,
            span=reaction.span,
        )
    )
    context = Context(
        thread,
        me,
        environment,
        lambda path, _: _finish_reaction(builder, thread, path),
        ("reaction", id(thread)),
        (Handling(me, f"crashed({subject.name})"),),
    )
    first = builder.location(context, ("notice",), Label("notice"), reaction.span, ())
    body = builder.entry(
        replace(context, key=(*context.key, "body")),
        ("body",),
        "reaction",
        reaction.span,
        lambda path: run(
            builder, reaction.body.statements, context, path, lambda last: _finish_reaction(builder, thread, last)
        ),
    )
    builder.deferred.append(lambda: _notice_crash(builder, context, first, body, subject))


def _does_nothing(builder: Builder, block: s.Block, environment: Environment) -> bool:
    """Whether the parameters leave nothing of a reaction: then nothing is noticed and nothing cancelled either."""
    for statement in block.statements:
        if not isinstance(statement, s.If):
            return False
        condition = builder.elaborator.boolean(statement.condition, environment)
        chosen = statement.then if condition == TRUE else statement.otherwise
        if condition not in (TRUE, FALSE) or (chosen is not None and not _does_nothing(builder, chosen, environment)):
            return False
    return True


def _finish_reaction(builder: Builder, thread: ThreadBuilder, path: Path) -> None:
    builder.move(path, thread, None)
    builder.finish(path)


def _notice_crash(builder: Builder, context: Context, first: Location, body: Location, subject: ActorRef) -> None:
    """The reaction's first step: cancel what its actor still does for the one that crashed."""
    path = builder.start(first)
    me, by = Reference(context.me.name, context.me.indices), Reference(subject.name, subject.indices)
    builder.event(path, Event("notice", f"crashed({subject.name})", me, by, span=first.span))
    for thread in builder.threads:
        orphan = (
            thread.callee is not None
            and thread.kind == "call"
            and thread.callee.name == context.me.name
            and thread.caller is not None
            and thread.caller.name == subject.name
        )
        if orphan and thread.callee is not None:
            with path.under(_same(thread.callee.indices, context.me.indices), thread.parameters):
                _cancel(builder, thread, thread.parameters, path)
    builder.rest(body, path)
