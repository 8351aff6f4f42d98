"""Refinement: an instance of a service that handles some message in its own way, and says so."""

from __future__ import annotations

from collections.abc import Iterator

from . import syntax as s
from .diagnostic import Diagnostic, Fix, Related
from .labels import statements
from .members import service_of
from .program import Program
from .shapes import record_named, scalar


def check_refinement(program: Program, owner: s.ActorDecl | s.ServiceDecl | s.ProtocolDecl) -> Iterator[Diagnostic]:
    """Handlers of one message twice, overrides of nothing, and `inherited` where nothing is."""
    if isinstance(owner, s.ProtocolDecl):
        yield from _nothing_inherited(owner.body)
        return
    service = service_of(program, owner) if isinstance(owner, s.ActorDecl) else None
    yield from _members(program, owner, service)
    for member in owner.members:
        if isinstance(member, s.Handler | s.Reaction) and not (isinstance(member, s.Handler) and member.override):
            yield from _nothing_inherited(member.body)


def _nothing_inherited(block: s.Block) -> Iterator[Diagnostic]:
    for statement in statements(block):
        if isinstance(statement, s.Inherited):
            wanted = "`override on MESSAGE { ... inherited ... }`"
            yield Diagnostic("HV330", "nothing is inherited here", statement.span, expected=wanted)


def _members(
    program: Program, owner: s.ActorDecl | s.ServiceDecl, service: s.ServiceDecl | None
) -> Iterator[Diagnostic]:
    theirs = {one.message.text: one for one in (service.members if service else ()) if isinstance(one, s.Handler)}
    named = (one for one in (service.members if service else ()) if isinstance(one, s.VariableDecl | s.Function))
    known = {one.name.text: one.name for one in named}
    mine: dict[str, s.Name] = {}
    for member in owner.members:
        if isinstance(member, s.VariableDecl | s.Function):
            first = known.setdefault(member.name.text, member.name)
            if first is not member.name:
                yield _twice(member.name, first)
        elif isinstance(member, s.Handler):
            first = mine.setdefault(member.message.text, member.message)
            if first is not member.message:
                yield _twice(member.message, first)
            else:
                yield from _handler(program, owner, member, theirs.get(member.message.text))


def _twice(name: s.Name, first: s.Name) -> Diagnostic:
    return Diagnostic(
        "HV101", f"`{name}` is declared twice", name.span, related=(Related("first declared here", first.span),)
    )


def _handler(
    program: Program, owner: s.ActorDecl | s.ServiceDecl, mine: s.Handler, theirs: s.Handler | None
) -> Iterator[Diagnostic]:
    if theirs is None:
        if mine.override:
            message = f"{owner.name} has no service with a handler for `{mine.message}`"
            yield Diagnostic("HV329", message, mine.message.span, fix=Fix("write `on` without `override`"))
        return
    related = (Related("the service's", theirs.message.span),)
    if not mine.override:
        message = f"the service of {owner.name} handles `{mine.message}` already"
        fix = Fix("write `override on`, and `inherited` where the service's own text is to run")
        yield Diagnostic("HV328", message, mine.message.span, fix=fix, related=related)
    elif _types(program, mine) != _types(program, theirs):
        wanted = ", ".join(_types(program, theirs)) or "no arguments"
        message = f"`{mine.message}` takes other arguments in the service"
        yield Diagnostic("HV329", message, mine.message.span, expected=wanted, related=related)


def _types(program: Program, handler: s.Handler) -> list[str]:
    return [record_named(program, one.type) or str(scalar(program, one.type)) for one in handler.params]
