"""Loops: every way round rests somewhere, and every `break` has a loop to leave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from . import syntax as s
from .diagnostic import Diagnostic, Fix
from .labels import inner_blocks, statements
from .program import Program

Way: TypeAlias = bool | None
"""How a place of the text is come to: never (None), only with a rest on the way (True), perhaps without (False)."""


def check_loops(program: Program, block: s.Block) -> Iterator[Diagnostic]:
    """What is wrong with the loops of a protocol, a handler or a reaction."""
    yield from _breaks(block, in_loop=False)
    for statement in statements(block):
        if isinstance(statement, s.Loop) and _ways(program, statement.body, False)[0] is False:
            yield Diagnostic(
                "HV326",
                "a round of this loop may pass without a rest, so that nothing else could ever happen",
                statement.span,
                expected="a message, a step, an await or a choose on every way round",
                fix=Fix("add `await CONDITION` or `step NAME`"),
            )


def _breaks(block: s.Block, in_loop: bool) -> Iterator[Diagnostic]:
    for statement in block.statements:
        if isinstance(statement, s.Break) and not in_loop:
            yield Diagnostic(
                "HV325",
                "`break` stands only in a `loop`",
                statement.span,
                expected="a loop around it, in the same handler and the same branch of an `each`",
            )
        inside = isinstance(statement, s.Loop) or (in_loop and not isinstance(statement, s.Each))
        for inner in inner_blocks(statement):
            yield from _breaks(inner, inside)


def _worse(one: Way, other: Way) -> Way:
    if one is None or other is None:
        return other if one is None else one
    return one and other


def _ways(program: Program, block: s.Block, rested: Way) -> tuple[Way, Way]:
    """How the end of the block and how what follows the loop around it (by `break`) are come to."""
    left: Way = None
    for statement in block.statements:
        if rested is None:
            break
        rested, broken = _way(program, statement, rested)
        left = _worse(left, broken)
    return rested, left


def _way(program: Program, statement: s.Statement, rested: bool) -> tuple[Way, Way]:
    match statement:
        case s.Break():
            return None, rested
        case s.Fail() | s.Rethrow():
            return None, None
        case s.If(_, then, otherwise):
            blocks = [(then, rested), (otherwise or s.Block((), statement.span), rested)]
        case s.Try(body, recovers, _):
            blocks = [(body, rested), *((clause.body, True) for clause in recovers)]
        case s.Within(_, body, otherwise):
            blocks = [(body, rested), (otherwise, True)]
        case s.Choose(branches):
            blocks = [(branch, True) for branch in branches]
        case s.Step(body=s.Block() as body):
            blocks = [(body, True)]
        case s.Loop(body=body):
            return _ways(program, body, rested)[1], None
        case s.Each():
            return rested or _some_branch(program, statement), None
        case s.Message() | s.Step() | s.Await() | s.Crash() | s.Restart():
            return True, None
        case _:
            return rested, None
    ends: Way = None
    left: Way = None
    for block, before in blocks:
        end, broken = _ways(program, block, before)
        ends, left = _worse(ends, end), _worse(left, broken)
    return ends, left


def _some_branch(program: Program, statement: s.Each) -> bool:
    """Whether an `each` certainly starts a branch, where it rests: a sort or an enum is never empty."""
    whole = (domain.range for domain in statement.domains)
    known = {*program.sorts, *program.enums}
    return statement.where is None and all(isinstance(one, s.NameRef) and one.name in known for one in whole)
