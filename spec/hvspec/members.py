"""What an actor has: its own members, then those of the service it is an instance of, if it does not override them."""

from __future__ import annotations

from collections.abc import Mapping

from . import syntax as s
from .entities import Entity
from .problem import problem, suggestion
from .program import Program

INHERITED = "inherited "
"""Before a name: what the service's own handler calls it. No author can write such a name."""


def service_of(program: Program, actor: s.ActorDecl) -> s.ServiceDecl | None:
    """The service of an instance. An unknown one is reported elsewhere."""
    return program.services.get(actor.instance.service.text) if actor.instance is not None else None


def members(program: Program, actor: s.ActorDecl) -> tuple[s.Member_, ...]:
    """Variables, functions, handlers and reactions. An unknown service, reported elsewhere, adds none."""
    service = service_of(program, actor)
    if service is None:
        return actor.members
    own = {member.message.text for member in actor.members if isinstance(member, s.Handler)}
    rest = (one for one in service.members if not (isinstance(one, s.Handler) and one.message.text in own))
    return (*actor.members, *rest)


def inherited(program: Program, actor: str, message: str) -> s.Handler | None:
    """The handler of its service that an actor overrides; None if it does not."""
    declaration = program.actors[actor]
    service = service_of(program, declaration)
    mine = (one for one in declaration.members if isinstance(one, s.Handler) and one.message.text == message)
    if service is None or not any(one.override for one in mine):
        return None
    found = (one for one in service.members if isinstance(one, s.Handler) and one.message.text == message)
    return next(found, None)


def with_inherited(program: Program, actor: str, handler: s.Handler, names: Mapping[str, Entity]) -> dict[str, Entity]:
    """The names of a handler's parameters, and what the handler it overrides calls them."""
    other = inherited(program, actor, handler.message.text)
    if other is None:
        return dict(names)
    pairs = zip(other.params, handler.params, strict=False)
    return {**names, **{INHERITED + theirs.name.text: names[mine.name.text] for theirs, mine in pairs}}


def inherited_names(handler: s.Handler, names: Mapping[str, Entity]) -> dict[str, Entity]:
    """What an overridden handler's parameters stand for, among the names of the one that overrides it."""
    wanted = (binder.name.text for binder in handler.params)
    return {name: names[INHERITED + name] for name in wanted if INHERITED + name in names}


def handler(program: Program, actor: str, message: s.Name) -> s.Handler | None:
    """The handler an actor has for a message; None if some interface lets it ignore the message. Raises SpecError."""
    handlers = {
        member.message.text: member
        for member in members(program, program.actors[actor])
        if isinstance(member, s.Handler)
    }
    if message.text in handlers:
        return handlers[message.text]
    known = {name.text for interface in program.interfaces.values() for name in interface.messages}
    if message.text not in known:
        fix = suggestion(message, [*handlers, *known])
        raise problem("HV317", f"{actor} has no handler for `{message}`", message.span, fix=fix)
    return None
