"""The places of a spec's text that a run can come to: what coverage counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal as OneOf
from typing import TypeAlias

from hvmodel.dataclass import dataclass
from hvmodel.source import Span

from . import syntax as s
from .program import Program
from .spec import Spec

PointKind: TypeAlias = OneOf["handler", "reaction", "message", "step", "await", "branch", "environment", "fault"]


@dataclass(frozen=True, slots=True)
class Point:
    """A place of the text; `span` is its whole extent. `owner` is the actor or service that has it, if one does."""

    kind: PointKind
    name: str
    span: Span
    owner: str = ""


def points(spec: Spec) -> tuple[Point, ...]:
    """Every handler, reaction, message, step, await, branch and environment action of what the spec uses, by place.

    Left out are services that no actor is an instance of, and branches without anything that leaves a trace.
    """
    program: Program = spec.program
    used = {actor.instance.service.text for actor in program.actors.values() if actor.instance is not None}
    found: list[Point] = []
    for protocol in program.protocols.values():
        found += _inside(protocol.body, protocol.name.text)
    for actor in program.actors.values():
        found += _members(actor.members, actor.name.text)
    for service in program.services.values():
        if service.name.text in used:
            found += _members(service.members, service.name.text)
    for event in program.environments.values():
        kind: PointKind = "environment" if event.fault_limit is None else "fault"
        found += [Point(kind, event.name.text, event.span), *_inside(event.body, "")]
    return tuple(sorted(found, key=lambda point: point.span))


def service_of(spec: Spec, actor: str) -> str:
    """The service that an actor is an instance of, or the actor itself."""
    declared = spec.program.actors.get(actor)
    return actor if declared is None or declared.instance is None else str(declared.instance.service.text)


def _members(members: Iterable[object], owner: str) -> Iterator[Point]:
    for member in members:
        match member:
            case s.Handler():
                yield Point("handler", f"{owner}.{member.message.text}", member.span, owner)
                yield from _inside(member.body, owner)
            case s.Reaction():
                yield Point("reaction", f"{owner} when {member.event}", member.span, owner)
                yield from _inside(member.body, owner)


def _inside(block: s.Block, owner: str) -> Iterator[Point]:
    for statement in block.statements:
        yield from _statement(statement, owner)


def _statement(statement: s.Statement, owner: str) -> Iterator[Point]:
    match statement:
        case s.Message():
            yield Point("message", statement.name.text, statement.span, owner)
        case s.Step():
            yield Point("step", statement.name.text, statement.span, owner)
        case s.Await():
            yield Point("await", "await", statement.span, owner)
    for name, block in _arms(statement):
        if _leaves_a_trace(block):
            yield Point("branch", name, block.span, owner)
    for block in _blocks(statement):
        yield from _inside(block, owner)


def _arms(statement: s.Statement) -> Iterator[tuple[str, s.Block]]:
    """The blocks of a statement of which a run may enter one or another."""
    match statement:
        case s.If(then=then, otherwise=otherwise):
            yield "if", then
            if otherwise is not None:
                yield "else", otherwise
        case s.Try(recovers=recovers):
            for recover in recovers:
                yield f"recover {recover.code.text}" if recover.code else "recover", recover.body
        case s.Within(otherwise=otherwise):
            yield "else of within", otherwise
        case s.Choose(branches=branches):
            yield from (("choose", block) for block in branches)


def _blocks(statement: s.Statement) -> Iterator[s.Block]:
    """All blocks of a statement."""
    match statement:
        case s.If(then=then, otherwise=otherwise):
            yield from (block for block in (then, otherwise) if block is not None)
        case s.Try(body=body, recovers=recovers, finally_=last):
            yield from (body, *(recover.body for recover in recovers))
            if last is not None:
                yield last
        case s.Within(body=body, otherwise=otherwise):
            yield from (body, otherwise)
        case s.Choose(branches=branches):
            yield from branches
        case s.Each(body=body) | s.All(body=body) | s.Loop(body=body):
            yield body
        case s.Step(body=body) if body is not None:
            yield body


def _leaves_a_trace(block: s.Block) -> bool:
    """Whether entering the block shows in a compiled action: something is sent, done, written or failed there."""
    return any(
        isinstance(statement, s.Message | s.Step | s.Assign | s.Perform | s.Fail)
        or any(map(_leaves_a_trace, _blocks(statement)))
        for statement in block.statements
    )
