"""Reactions: what an actor does when a place has crashed or was restarted."""

from __future__ import annotations

from dataclasses import replace

from hvmodel.expression import FALSE, TRUE, conjunction, equality
from hvmodel.system import Event, Reference

from .. import syntax as s
from ..elaborate import Elaborator
from ..entities import ActorRef, Environment, PlaceRef
from ..members import members
from ..problem import problem
from ..shapes import actor_domain
from .builder import Builder
from .call import Run, place_of
from .crash import cancel
from .path import Path
from .threads import Context, Handling, Label, Location, ThreadBuilder, Wakes


def reactions(builder: Builder, run: Run) -> None:
    """A thread for every reaction whose subject can crash (for `crashed`: while its own actor lives on)."""
    for declaration in builder.program.actors.values():
        for member in members(builder.program, declaration):
            if isinstance(member, s.Reaction):
                _reaction(builder, declaration, member, run)


def _reaction(builder: Builder, declaration: s.ActorDecl, reaction: s.Reaction, run: Run) -> None:
    elaborator = builder.elaborator
    domain = actor_domain(builder.program, declaration)
    parameters = tuple(
        elaborator.fresh(binder.name.text, type_) for binder, type_ in zip(declaration.binders, domain, strict=True)
    )
    me = ActorRef(declaration.name.text, parameters)
    environment = elaborator.actor_environment(me)
    subject = reaction_subject(elaborator, reaction, environment)
    place = place_of(builder, me)
    site = place_of(builder, subject) if isinstance(subject, ActorRef) else subject
    dies_too = reaction.event == "crashed" and place == site
    if not builder.is_crashable(site) or dies_too or _does_nothing(builder, reaction.body, environment):
        return
    assert site is not None
    said = f"{reaction.event}({subject.name})"
    thread = builder.new_thread(
        ThreadBuilder(
            f"{declaration.name} when {said}",
            "reaction",
            parameters,
            place,
            caller=subject if isinstance(subject, ActorRef) else None,
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
        (Handling(me, said),),
    )
    first = None
    if reaction.event == "crashed":
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
    thread.wakes = Wakes(reaction.event, site, first or body)
    if first is not None and isinstance(subject, ActorRef):
        builder.deferred.append(lambda: _notice_crash(builder, context, first, body, subject))


def reaction_subject(elaborator: Elaborator, reaction: s.Reaction, environment: Environment) -> ActorRef | PlaceRef:
    """Whom a reaction is about: `crashed` names an actor, `restarted` a place or who is there. Raises SpecError."""
    subject = elaborator.entity(reaction.subject, environment)
    if isinstance(subject, ActorRef) and not subject.rest:
        return subject
    if reaction.event == "restarted" and isinstance(subject, PlaceRef) and not subject.rest:
        return subject
    wanted = "an actor" if reaction.event == "crashed" else "a place"
    raise problem(
        "HV316", f"`{reaction.event}` names {wanted}", reaction.subject.span, expected=f"{wanted} with its indices"
    )


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
            and thread.kind in ("call", "delivery")
            and thread.callee.name == context.me.name
            and thread.caller is not None
            and thread.caller.name == subject.name
        )
        if orphan and thread.callee is not None:
            with path.under(conjunction(map(equality, thread.callee.indices, context.me.indices)), thread.parameters):
                cancel(builder, thread, thread.parameters, path)
    builder.rest(body, path)
