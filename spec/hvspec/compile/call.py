"""Messages: a handler runs in the caller's thread, or in one of its own where one place can crash without the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hvmodel.expression import Expression, equality, negation
from hvmodel.source import Span
from hvmodel.system import Event, Reference

from .. import syntax as s
from ..entities import ActorRef, PlaceRef
from ..members import handler as handler_for
from ..members import with_inherited
from ..parameters import arguments
from ..problem import problem, takes
from .builder import Builder
from .path import Path
from .threads import Context, Continue, Handling, Label, Location, ThreadBuilder

Run = Callable[[Builder, tuple[s.Statement, ...], Context, Path, Continue], None]


def message(builder: Builder, statement: s.Message, context: Context, path: Path, after: Continue, run: Run) -> None:
    """`-> receiver: name(arguments)`: a boundary, then the handler, then what follows."""
    with builder.elaborator.after_a_boundary():
        receiver = resolved_receiver(builder, statement, context)
    name = f"{receiver.name}.{statement.name}"
    label = Label(name, receiver.indices)

    def deliver(later: Path) -> None:
        _deliver(builder, statement, receiver, context, later, after, run)

    builder.rest(builder.location(context, (id(statement),), label, statement.span, (deliver,)), path)


def resolved_receiver(builder: Builder, statement: s.Message, context: Context) -> ActorRef:
    """The one actor a message goes to. Raises SpecError."""
    if statement.sender is not None:
        sender = builder.elaborator.entity(statement.sender, context.environment)
        if sender != context.me:
            raise problem(
                "HV315",
                f"{context.me.name} is the sender here",
                statement.sender.span,
                expected=f"{context.me.name}, or nothing before the arrow",
            )
    receiver = builder.elaborator.entity(statement.receiver, context.environment)
    if not isinstance(receiver, ActorRef):
        raise problem("HV316", "a message goes to an actor", statement.receiver.span, expected="an actor")
    if receiver.rest:
        wanted = "[" + ", ".join(str(type_) for type_ in receiver.rest) + "]"
        raise problem("HV217", "an index is missing", statement.receiver.span, expected=wanted)
    return receiver


def place_of(builder: Builder, actor: ActorRef) -> PlaceRef | None:
    """Where an actor runs."""
    declaration = builder.program.actors[actor.name]
    if declaration.site is None:
        return None
    place = builder.elaborator.entity(declaration.site, builder.elaborator.actor_environment(actor))
    if not isinstance(place, PlaceRef) or place.rest:
        raise problem("HV318", "an actor is on a place", declaration.site.span, expected="a place with its indices")
    return place


def _deliver(
    builder: Builder,
    statement: s.Message,
    receiver: ActorRef,
    context: Context,
    path: Path,
    after: Continue,
    run: Run,
) -> None:
    handler = handler_for(builder.program, receiver.name, statement.name)
    values = argument_values(builder, statement, handler, context, path)
    builder.event(
        path,
        Event(
            "message",
            statement.name.text,
            context.reference,
            Reference(receiver.name, receiver.indices),
            values,
            span=statement.span,
        ),
    )
    cites = builder.program.cited(f"{receiver.name}.{statement.name}", handler.cites if handler else ())
    path.cites.extend((*statement.cites, *cites))
    place = place_of(builder, receiver)
    if builder.is_crashable(place) and place != context.thread.place:
        assert place is not None
        down = negation(builder.up(place))
        builder.split(path, down, "place down", lambda later: _refused(builder, context, later, statement.span))
        path.assume(builder.up(place), "place up", "place", statement.span)
    if handler is None:
        after(path)
        return
    if (receiver.name, statement.name.text) in context.stack:
        raise problem("HV319", f"{receiver.name}.{statement.name} ends up calling itself", statement.span)
    received = builder.plain.received(handler.params, values, path)
    names = with_inherited(builder.program, receiver.name, handler, received)
    called = replace(
        context,
        me=receiver,
        environment=builder.elaborator.actor_environment(receiver).with_names(names),
        key=(*context.key, id(statement)),
        inside=(*context.inside, Handling(receiver, statement.name.text)),
        stack=(*context.stack, (receiver.name, statement.name.text)),
        code=None,
        leave=None,
    )
    apart = place != context.thread.place and (
        builder.is_crashable(place) or builder.is_crashable(context.thread.place)
    )
    if apart:
        _call_thread(builder, statement, handler, called, context, place, path, after, run)
    else:
        run(builder, handler.body.statements, called, path, after)


def argument_values(
    builder: Builder, statement: s.Message, handler: s.Handler | None, context: Context, path: Path
) -> tuple[Expression, ...]:
    """What is sent along, over the state where the step started."""
    expected = len(handler.params) if handler else 0
    if expected != len(statement.arguments):
        raise problem(
            "HV222",
            takes(str(statement.name), expected),
            statement.span,
            expected=str(expected),
            found=str(len(statement.arguments)),
        )
    given = arguments(builder.elaborator, handler.params if handler else (), statement.arguments, context.environment)
    return tuple(map(path.resolve, given))


def _refused(builder: Builder, context: Context, path: Path, span: Span) -> None:
    builder.event(path, Event("failure", "PLACE_DOWN", context.reference, span=span))
    context.fail(path, builder.code("PLACE_DOWN"))


def _call_thread(
    builder: Builder,
    statement: s.Message,
    handler: s.Handler,
    called: Context,
    context: Context,
    place: PlaceRef | None,
    path: Path,
    after: Continue,
    run: Run,
) -> None:
    """The handler in a thread of its own, while the caller waits."""
    waits = builder.location(
        context, (id(statement), "waits"), Label(f"waiting for {called.inside[-1].name}"), statement.span, ()
    )
    callee = _thread_for(builder, statement, called, context, place, waits)

    def returning(then: Continue) -> Continue:
        return lambda later: _return(builder, callee, waits, later, then)

    def failing(later: Path, code: Expression) -> None:
        held = builder.hold(later, code)
        _return(builder, callee, waits, later, lambda last: context.fail(last, held))

    inner = replace(called, thread=callee, fail=failing, inside=called.inside[-1:], finals=(), deadlines=())
    if builder.is_crashable(context.thread.place):
        # An orphan of an earlier caller may still run: the call waits until it has ended.
        path.assume(equality(callee.pc(), callee.at(None)), "no orphan runs")
    builder.move(path, context.thread, waits)
    run(builder, handler.body.statements, inner, path, returning(after))


def _thread_for(
    builder: Builder,
    statement: s.Message,
    called: Context,
    context: Context,
    place: PlaceRef | None,
    waits: Location,
) -> ThreadBuilder:
    key = ("call", id(context.thread), *called.key)
    if key not in builder.memo:
        callee = ThreadBuilder(
            called.inside[-1].name,
            "call",
            context.thread.parameters,
            place,
            context.thread,
            waits,
            context.me,
            called.me,
            span=statement.span,
        )
        builder.memo[key] = builder.new_thread(callee)
        if builder.is_crashable(place):
            builder.pending.append(lambda: _notice(builder, callee, waits, context))
    found = builder.memo[key]
    assert isinstance(found, ThreadBuilder)
    return found


def _notice(builder: Builder, callee: ThreadBuilder, waits: Location, context: Context) -> None:
    """The caller finds that the place it called has crashed."""
    path = builder.start(waits)
    path.assume(equality(callee.pc(), callee.at(None)), "the callee is gone")
    builder.event(path, Event("notice", "CRASHED", context.reference, span=waits.span))
    context.fail(path, builder.code("CRASHED"))


def _return(builder: Builder, callee: ThreadBuilder, waits: Location, path: Path, then: Continue) -> None:
    """Control goes back to the caller, if it still waits; an orphan just ends."""
    caller = waits.thread
    builder.move(path, callee, None)
    if builder.is_crashable(caller.place):
        waiting = equality(caller.pc(), caller.at(waits))
        builder.split(path, negation(waiting), "orphaned", builder.finish)
        path.assume(waiting, "the caller waits", "control")
    then(path)
