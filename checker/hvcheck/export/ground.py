"""Quantifiers written out: for languages that have none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod

from hvmodel.expression import (
    Expression,
    Literal,
    Quantifier,
    Variable,
    conjunction,
    disjunction,
    rewrite,
    substitute,
)
from hvmodel.state import Layout, values
from hvmodel.system import Write
from hvmodel.types import Sort, Type, Value

MOST = 50_000
"""Copies of one expression beyond which a scope is too large to be written out."""


class TooLargeError(ValueError):
    """A scope that would make too long a text; the message says what to do."""


@dataclass(frozen=True)
class Ground:
    """Writes out quantifiers and binders over the values that their types have in a scope."""

    layout: Layout

    @cached_property
    def _named(self) -> Mapping[tuple[Type, Value], str]:
        return {(one.type, one.value): one.name for one in self.layout.system.constants}

    def literal(self, value: Value, type_: Type) -> Literal:
        """A value as a literal, with the spec's name for it."""
        name = self._named.get((type_, value), "") if isinstance(type_, Sort) else ""
        return Literal(value, type_, name)

    def choices(self, variables: Sequence[Variable]) -> Iterator[dict[str, Expression]]:
        """Every combination of values, as what to put for each variable."""
        ranges = [
            [self.literal(value, variable.type) for value in values(variable.type, self.layout.scope)]
            for variable in variables
        ]
        if prod(map(len, ranges)) > MOST:
            raise TooLargeError(
                f"a condition for all {', '.join(str(variable.type) for variable in variables)} is too long to be"
                " written out: choose a smaller scope"
            )
        names = [variable.name for variable in variables]
        for chosen in product(*ranges):
            yield dict(zip(names, chosen, strict=True))

    def expression(self, expression: Expression) -> Expression:
        """The same without quantifiers."""
        return rewrite(expression, self._written_out)

    def _written_out(self, node: Expression) -> Expression:
        if not isinstance(node, Quantifier):
            return node
        copies = (substitute(node.body, chosen) for chosen in self.choices(node.variables))
        return conjunction(copies) if node.kind == "all" else disjunction(copies)

    def writes(self, writes: Sequence[Write]) -> Iterator[Write]:
        """The same writes without binders, in their order."""
        for write in writes:
            for chosen in self.choices(write.binders):
                yield Write(
                    write.function,
                    tuple(self.expression(substitute(index, chosen)) for index in write.indices),
                    self.expression(substitute(write.value, chosen)),
                    where=self.expression(substitute(write.where, chosen)),
                    span=write.span,
                )
