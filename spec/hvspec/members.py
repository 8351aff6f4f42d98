"""What an actor has: its own members, then those of the service it is an instance of."""

from __future__ import annotations

from . import syntax as s
from .problem import problem, suggestion
from .program import Program


def members(program: Program, actor: s.ActorDecl) -> tuple[s.Member_, ...]:
    """Variables, functions, handlers and reactions. An unknown service, reported elsewhere, adds none."""
    service = program.services.get(actor.instance.service.text) if actor.instance is not None else None
    return actor.members if service is None else (*actor.members, *service.members)


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
