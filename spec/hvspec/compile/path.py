"""One atomic step while it is being followed: what it needs, writes and shows, over the state where it starts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal as OneOf

from hvmodel.expression import (
    FALSE,
    TRUE,
    Apply,
    Expression,
    Literal,
    Read,
    Variable,
    conditional,
    conjunction,
    free_variables,
    negation,
    quantified,
    rewrite,
)
from hvmodel.source import NOWHERE, Span
from hvmodel.system import ActionKind, Effects, Event, Guard, Obligation, StorageCall, Write, reach

from ..problem import problem
from ..size import check_expression

GuardRole = OneOf["control", "condition", "place", "budget"]


class Impossible(Exception):  # noqa: N818 (not an error: the path cannot be taken)
    """A guard of the path is false whatever the state."""


@dataclass(slots=True)
class Path:
    """A step under construction. `binders` and `where` are those of the `all` and plain `if` it is inside of."""

    name: str
    kind: ActionKind
    parameters: tuple[Variable, ...] = ()
    thread: str = ""
    phantom: bool = False
    fair: bool = False
    guards: list[Guard] = field(default_factory=list)
    effects: Effects = field(default_factory=Effects)
    events: list[Event] = field(default_factory=list)
    calls: list[StorageCall] = field(default_factory=list)
    obligations: list[Obligation] = field(default_factory=list)
    cites: list[str] = field(default_factory=list)
    binders: tuple[Variable, ...] = ()
    where: Expression = TRUE
    frozen: dict[str, Expression] = field(default_factory=dict)
    _known: set[Expression] = field(default_factory=set)
    _looked_at: int = 0

    def copy(self) -> Path:
        return Path(
            self.name,
            self.kind,
            self.parameters,
            self.thread,
            self.phantom,
            self.fair,
            list(self.guards),
            Effects(list(self.effects.writes)),
            list(self.events),
            list(self.calls),
            list(self.obligations),
            list(self.cites),
            self.binders,
            self.where,
            dict(self.frozen),
            set(self._known),
            self._looked_at,
        )

    @property
    def untouched(self) -> bool:
        return not (self.guards or self.effects.writes or self.events or self.calls)

    # ---------------------------------------------------------------- reading
    def resolve(self, expression: Expression) -> Expression:
        """An expression over the present as one over the state in which the step started."""
        if isinstance(expression, Literal) or not (self.effects.writes or self.frozen):
            return expression
        return rewrite(expression, self._resolve_node)

    def _resolve_node(self, expression: Expression) -> Expression:
        if isinstance(expression, Variable):
            return self.frozen.get(expression.name, expression)
        if not isinstance(expression, Read):
            return expression
        value: Expression = expression
        for write in self.effects.writes:
            if write.function == expression.function:
                self._same_iteration(write, expression)
                condition, written = reach(write, expression.arguments)
                value = conditional(self._decided(condition), written, value)
        return value

    def _same_iteration(self, write: Write, read: Read) -> None:
        for binder in write.binders:
            if binder in self.binders and read.arguments[write.indices.index(binder)] != binder:
                raise problem(
                    "HV310",
                    f"an iteration of `all` reads {read.function}, which another iteration writes",
                    write.span,
                    expected="one indivisible update: read before it is written, or use two `all`",
                )

    def _decided(self, condition: Expression) -> Expression:
        """Drop what is known on this path from a condition."""
        parts = _conjuncts(condition)
        if not parts:
            return TRUE
        known, here = self._guarded(), _conjuncts(self.where)
        for part in parts:
            opposite = negation(part)
            if opposite in known or opposite in here:
                return FALSE
        return conjunction(part for part in parts if part not in known and part not in here)

    def _guarded(self) -> set[Expression]:
        """What the guards say; each is looked at once."""
        for guard in self.guards[self._looked_at :]:
            self._known.update(_conjuncts(guard.expression))
        self._looked_at = len(self.guards)
        return self._known

    # ---------------------------------------------------------------- growing
    def assume(self, condition: Expression, name: str, role: GuardRole = "condition", span: Span = NOWHERE) -> None:
        """From here on the condition (over the present) holds. Raises Impossible if it cannot."""
        resolved = self._decided(self.resolve(condition))
        if resolved == FALSE:
            raise Impossible
        if resolved != TRUE:
            self.guards.append(Guard(name, resolved, role, span))

    def write(
        self,
        function: str,
        indices: tuple[Expression, ...],
        value: Expression,
        span: Span = NOWHERE,
        *,
        own: bool = False,
    ) -> None:
        """Assign a cell. `own` marks the compiler's writes, which may be the same for all iterations."""
        resolved = tuple(self.resolve(index) for index in indices)
        new = self.resolve(value)
        check_expression(new, span)
        missing = [binder for binder in self.binders if binder not in resolved]
        where = self.where
        if missing:
            if not own or any(binder.name in free_variables(new) for binder in missing):
                raise problem(
                    "HV311",
                    f"every iteration of `all` would write the same cell of {function}",
                    span,
                    expected="an index by " + ", ".join(binder.name.partition("'")[0] for binder in missing),
                )
            where = quantified("some", missing, where)
        binders = tuple(binder for binder in self.binders if binder in resolved)
        if not binders and where == TRUE:
            self.effects.writes = [
                write
                for write in self.effects.writes
                if not (write.function == function and write.indices == resolved and not write.binders)
            ]
        self.effects.writes.append(Write(function, resolved, new, binders, where, span))

    def oblige(self, kind: OneOf["requires", "range", "none"], condition: Expression, message: str, span: Span) -> None:
        resolved = self._decided(self.resolve(condition))
        if resolved != TRUE:
            self.obligations.append(Obligation(kind, resolved, message, self.binders, self.where, span))

    @contextmanager
    def under(
        self, condition: Expression, binders: tuple[Variable, ...] = (), *, resolved: bool = False
    ) -> Iterator[bool]:
        """Inside, everything happens for the binders that satisfy the condition; gives False if none ever does.

        `resolved` says that the condition is already over the state in which the step started.
        """
        before = self.binders, self.where
        self.binders += binders
        present = condition if resolved else self.resolve(condition)
        self.where = conjunction((self.where, self._decided(present)))
        try:
            yield self.where != FALSE
        finally:
            self.binders, self.where = before


def _conjuncts(expression: Expression) -> tuple[Expression, ...]:
    if isinstance(expression, Apply) and expression.operation == "and":
        return expression.arguments
    return () if expression == TRUE else (expression,)
