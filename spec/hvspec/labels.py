"""The names that a spec gives to what can happen: steps, and messages of actors."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from hvmodel.dataclass import dataclass

from . import syntax as s
from .members import members
from .program import Program


@dataclass(frozen=True, slots=True)
class Labels(Collection[str]):
    """Every label: the `written` ones, and each message of each actor, which are too many to be listed each time."""

    written: frozenset[str]
    actors: frozenset[str]
    messages: frozenset[str]

    def __contains__(self, label: object) -> bool:
        if label in self.written:
            return True
        owner, _, message = str(label).partition(".")
        return owner in self.actors and message in self.messages

    def __iter__(self) -> Iterator[str]:
        yield from self.written
        for actor in self.actors:
            every = (f"{actor}.{message}" for message in self.messages)
            yield from (label for label in every if label not in self.written)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def labels(program: Program, named: frozenset[str] | None = None) -> Labels:
    """Every `Step` and `Actor.Message` that the text knows, whether or not this setting can reach it.

    `named` are the steps, if they are known already.
    """
    if named is None:
        named = frozenset(step.name.text for block in blocks(program) for step in steps(block))
    messages = frozenset(name.text for interface in program.interfaces.values() for name in interface.messages)
    return Labels(named | handled(program), frozenset(program.actors), messages)


def handled(program: Program) -> frozenset[str]:
    """Every `Actor.Message` that there is a handler for, the actor's own or its service's."""
    found: set[str] = set()
    for actor in program.actors.values():
        own = members(program, actor)
        found.update(f"{actor.name}.{member.message.text}" for member in own if isinstance(member, s.Handler))
    return frozenset(found)


LOSSES = "losses"
"""The budget of messages that are lost in flight."""


def asynchronous(program: Program) -> dict[str, set[bool]]:
    """The messages that somewhere are sent without waiting, and whether they may (True) or cannot be lost."""
    found: dict[str, set[bool]] = {}
    for block in blocks(program):
        for statement in statements(block):
            if isinstance(statement, s.Message) and statement.asynchronous:
                found.setdefault(statement.name.text, set()).add(statement.lossy)
    return found


def blocks(program: Program) -> Iterator[s.Block]:
    """Every block of protocol code."""
    owners: list[s.ProtocolDecl | s.ActorDecl | s.ServiceDecl] = [*program.protocols.values()]
    owners += [*program.actors.values(), *program.services.values()]
    for declaration in owners:
        yield from blocks_of(declaration)


def blocks_of(declaration: s.ProtocolDecl | s.ActorDecl | s.ServiceDecl) -> Iterator[s.Block]:
    """The blocks of protocol code of one declaration; none for one of another kind."""
    if isinstance(declaration, s.ProtocolDecl):
        yield declaration.body
    for member in declaration.members if isinstance(declaration, s.ActorDecl | s.ServiceDecl) else ():
        if isinstance(member, s.Handler | s.Reaction):
            yield member.body


def steps(block: s.Block) -> Iterator[s.Step]:
    for statement in statements(block):
        if isinstance(statement, s.Step):
            yield statement


def statements(block: s.Block) -> Iterator[s.Statement]:
    """Every statement of a block, those inside other statements included, in the order of the text."""
    for statement in block.statements:
        yield statement
        for inner in inner_blocks(statement):
            yield from statements(inner)


def inner_blocks(statement: s.Statement) -> tuple[s.Block, ...]:
    match statement:
        case s.Step(body=s.Block() as body) | s.Each(body=body) | s.All(body=body) | s.Loop(body=body):
            return (body,)
        case s.If(_, then, otherwise):
            return (then,) if otherwise is None else (then, otherwise)
        case s.Try(body, recovers, final):
            inner = (body, *(recover.body for recover in recovers))
            return inner if final is None else (*inner, final)
        case s.Within(_, body, otherwise):
            return (body, otherwise)
        case s.Choose(branches):
            return branches
        case _:
            return ()
