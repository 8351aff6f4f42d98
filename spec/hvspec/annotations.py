"""What a spec notes beside its protocol: measures, durations, sources, what may be lost. None of it is explored."""

from __future__ import annotations

from collections.abc import Iterator

from hvmodel.source import Span

from . import syntax as s
from .labels import blocks, statements
from .members import members
from .program import Program
from .spec import Annotation, Measure


def measures(program: Program) -> tuple[Measure, ...]:
    return tuple(Measure(one.name.text, str(one.label), one.span) for one in program.measures.values())


def remarks(program: Program) -> tuple[Annotation, ...]:
    """Every `takes`, `lossy` and `cites` with the step or message it stands at, each once, in the order of the text."""
    return tuple(dict.fromkeys((*_of_handlers(program), *_of_statements(program), *_of_the_world(program))))


def _of_handlers(program: Program) -> Iterator[Annotation]:
    for actor in program.actors.values():
        for member in members(program, actor):
            if isinstance(member, s.Handler):
                yield from _cited(program, f"{actor.name}.{member.message}", member)


def _of_statements(program: Program) -> Iterator[Annotation]:
    for block in blocks(program):
        for statement in statements(block):
            match statement:
                case s.Step(name, _, takes):
                    if takes:
                        yield Annotation("takes", name.text, takes, statement.span)
                    yield from _cited(program, name.text, statement)
                case s.Message(name=name, lossy=lossy):
                    if lossy:
                        yield Annotation("lossy", name.text, "", statement.span)
                    yield from _sources(name.text, statement.cites, statement.span)


def _of_the_world(program: Program) -> Iterator[Annotation]:
    found: list[s.ProtocolDecl | s.EnvironmentDecl] = [*program.protocols.values(), *program.environments.values()]
    for declaration in found:
        yield from _cited(program, declaration.name.text, declaration)


def _cited(
    program: Program, about: str, cited: s.Handler | s.Step | s.ProtocolDecl | s.EnvironmentDecl
) -> Iterator[Annotation]:
    return _sources(about, program.cited(about, cited.cites), cited.span)


def _sources(about: str, cites: tuple[str, ...], span: Span) -> Iterator[Annotation]:
    for source in cites:
        yield Annotation("cites", about, source, span)
