"""An action as one Promela `d_step`: its condition, then its writes, one after the other.

All writes of an action read the state before it. Where an assignment would read what an earlier one has written, its
value is put aside first, in a hidden variable, which is no part of the state.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field

from hvmodel.dataclass import dataclass
from hvmodel.expression import FALSE, TRUE, Apply, Expression, Literal, Read, children, conjunction, reads
from hvmodel.system import Action, Write

from ..claims import kept
from ..ground import Ground
from .terms import ORDER, Term, Terms

Cell = tuple[Expression, ...]


@dataclass
class Asides:
    """The hidden variables that one action uses: their assignments in order."""

    prefix: str
    lines: list[str] = field(default_factory=list)

    def put(self, term: Term) -> Term:
        name = f"{self.prefix}{len(self.lines) + 1}"
        self.lines.append(f"{name} = {term.text};")
        return Term(name, term.type)


@dataclass(frozen=True, slots=True)
class StepText:
    """The condition of a `d_step` as conjuncts, and its assignments; `asides` is how many hidden variables it uses."""

    conditions: tuple[str, ...]
    assignments: tuple[str, ...]
    asides: int


def step_text(action: Action, ground: Ground, terms: Terms, prefix: str) -> StepText | None:
    """None for an action that can never be taken. Steps that break an obligation are not taken."""
    guard = ground.expression(conjunction((action.guard, kept(action))))
    if guard == FALSE:
        return None
    parts = _conjuncts(guard)
    conditions = [terms.given(*parts[:i]).term(part).within(ORDER) for i, part in enumerate(parts)]
    asides = Asides(prefix)
    lines = list(_assignments(list(ground.writes(action.writes)), terms.given(*parts), asides))
    return StepText(tuple(dict.fromkeys(conditions)), (*asides.lines, *lines), len(asides.lines))


def _conjuncts(guard: Expression) -> tuple[Expression, ...]:
    if isinstance(guard, Apply) and guard.operation == "and":
        return guard.arguments
    return () if guard == TRUE else (guard,)


def _assignments(writes: Sequence[Write], terms: Terms, asides: Asides) -> Iterator[str]:
    done: list[Write] = []
    for write in writes:
        if write.where == FALSE:
            continue
        type_ = terms.words.layout.system.function[write.function].range
        aside = _disturbed(write.value, done)
        # What is put aside is worked out even where the write is not made.
        given = terms if aside else terms.given(write.where)
        where, value = terms.term(write.where), given.value(write.value, type_)
        places = terms.places(write.function, write.indices)
        if _disturbed(write.where, done):
            where = asides.put(where)
        if aside:
            value = asides.put(value)
        for i, index in enumerate(write.indices):
            if write.function in reads(index) or _disturbed(index, done):
                places[i] = asides.put(Term(places[i], type_)).text
        cell = terms.named(write.function, places)
        yield f"{cell} = {terms.choice(where, value, Term(cell, type_), type_).text};"
        done.append(write)


def _disturbed(expression: Expression, done: Sequence[Write]) -> bool:
    """Whether the expression may read a cell that one of the writes has changed."""
    return any(
        read.function == write.function and not _apart(read.arguments, write.indices)
        for read in _reads(expression)
        for write in done
    )


def _reads(expression: Expression) -> Iterator[Read]:
    if isinstance(expression, Read):
        yield expression
    for child in children(expression):
        yield from _reads(child)


def _apart(one: Cell, other: Cell) -> bool:
    """Whether two cells of a function are certainly different ones."""
    return any(
        isinstance(left, Literal) and isinstance(right, Literal) and left.value != right.value
        for left, right in zip(one, other, strict=True)
    )
