"""Statements that no run can come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from .. import syntax as s
from ..diagnostic import Diagnostic, Fix, Related
from ..labels import blocks_of, inner_blocks, statements
from ..walk import walk
from .facts import Known


def unreachable(known: Known) -> Iterator[Diagnostic]:
    """What stands behind a `fail`, a `break` or an endless `loop`, and a `recover` behind one that takes it all."""
    for declaration in known.declarations:
        if not known.own(declaration.span):
            continue
        for found, names in known.memory.fact("reach", declaration, _of):
            # Others may name a step that nothing reaches; then it is not for a tool to take it away.
            alone = all(known.words[name] == times for name, times in names.items())
            yield found if alone else replace(found, fix=None)


_Found = tuple[Diagnostic, Counter[str]]
"""A warning, and the steps and failure codes that go with what it is about."""


def _of(declaration: Any) -> tuple[_Found, ...]:
    blocks = list(blocks_of(declaration))
    every = [one for block in blocks for one in statements(block)]
    blocks += [inner for one in every for inner in inner_blocks(one)]
    found = [one for block in blocks for one in _behind(block)]
    return (*found, *(one for each in every if isinstance(each, s.Try) for one in _recovers(each)))


def _names(*removed: Any) -> Counter[str]:
    nodes = [node for node in walk(*removed) if isinstance(node, s.Step | s.Fail)]
    return Counter(node.name.text if isinstance(node, s.Step) else node.code.text for node in nodes)


def _behind(block: s.Block) -> Iterator[_Found]:
    for index, one in enumerate(block.statements[:-1]):
        if _ends(one):
            after = block.statements[index + 1]
            span = after.span.to(block.statements[-1].span)
            related = (Related("every way ends here", one.span),)
            fix = Fix("leave it out", span, "")
            found = Diagnostic("HV603", "no run comes here", after.span, "warning", fix=fix, related=related)
            yield found, _names(*block.statements[index + 1 :])
            return


def _ends(one: s.Statement) -> bool:
    """Whether nothing behind a statement can happen."""
    match one:
        case s.Fail() | s.Rethrow() | s.Break():
            return True
        case s.Loop(body=body):
            return not _is_left(body)
        case s.If(_, then, s.Block() as otherwise):
            return _block_ends(then) and _block_ends(otherwise)
        case s.Choose(branches):
            return all(map(_block_ends, branches))
        case s.Try(body, recovers, _):
            return _block_ends(body) and all(_block_ends(clause.body) for clause in recovers)
        case s.Within(_, body, otherwise):
            return _block_ends(body) and _block_ends(otherwise)
        case s.Step(body=s.Block() as body):
            return _block_ends(body)
    return False


def _is_left(loop: s.Block) -> bool:
    """Whether some `break` leaves a loop; one in a loop inside it does not."""
    inner = (block for one in loop.statements if not isinstance(one, s.Loop) for block in inner_blocks(one))
    return any(isinstance(one, s.Break) for one in loop.statements) or any(map(_is_left, inner))


def _block_ends(block: s.Block) -> bool:
    return any(map(_ends, block.statements))


def _recovers(whole: s.Try) -> Iterator[_Found]:
    seen: dict[str, s.Recover] = {}
    for clause in whole.recovers:
        code = clause.code.text if clause.code is not None else ""
        earlier = seen.get("") or seen.get(code)
        if earlier is not None:
            related = (Related("this takes it already", earlier.span),)
            fix = Fix("leave it out", clause.span, "")
            found = Diagnostic("HV603", "no failure comes here", clause.span, "warning", fix=fix, related=related)
            yield found, _names(clause)
        seen.setdefault(code, clause)
