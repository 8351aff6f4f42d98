"""What a fix is made from: the program, the texts, and what surrounds a diagnostic's place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hvmodel.source import Span

from .. import syntax as s
from ..diagnostic import Edit, Fix
from ..program import Program, declarations
from ..text import Text, start_of
from ..walk import around, holds

T = TypeVar("T")


@dataclass(slots=True)
class Context:
    """One program's texts and declarations, looked at by span."""

    program: Program
    _texts: dict[str, Text] = field(default_factory=dict)
    _around: dict[Span, tuple[Any, ...]] = field(default_factory=dict)

    def text(self, file: str) -> Text:
        if file not in self._texts:
            self._texts[file] = Text(self.program.sources.get(file, ""))
        return self._texts[file]

    def written(self, span: Span) -> str:
        return self.text(span.file).of(span)

    def around(self, span: Span) -> tuple[Any, ...]:
        """The nodes that a span lies in, outer before inner."""
        if span not in self._around:
            every = (*declarations(self.program), *self.program.expectations)
            self._around[span] = around((d for d in every if holds(d.span, span)), span)
        return self._around[span]

    def innermost(self, span: Span, kind: type[T]) -> T | None:
        found = [node for node in self.around(span) if isinstance(node, kind)]
        return found[-1] if found else None

    def exactly(self, span: Span, kind: type[T]) -> T | None:
        """The node of a kind with this very span."""
        return next((n for n in self.around(span) if isinstance(n, kind) and getattr(n, "span", None) == span), None)

    def names_of(self, span: Span) -> Mapping[str, str]:
        """The names that are bound around a place, innermost last, each with what it ranges over as written."""
        found: dict[str, str] = {}
        for node in self.around(span):
            for binder in _binders(node):
                if isinstance(binder.type, s.NamedType):
                    found[binder.name.text] = binder.type.name.text
            if isinstance(node, s.Each | s.All):
                for domain in node.domains:
                    if isinstance(domain.range, s.NameRef):
                        found[domain.name.text] = domain.range.name
        return found


def _binders(node: Any) -> tuple[s.Binder, ...]:
    match node:
        case s.ActorDecl(binders=binders) | s.Quantified(binders=binders):
            return binders
        case s.Handler(params=params) | s.Function(params=params) | s.Operation(params=params):
            return params
        case s.EnvironmentDecl(params=params):
            return params
    return ()


def fix(message: str, *edits: tuple[Span, str]) -> Fix:
    """A mechanical fix of one edit or more."""
    (span, replacement), *more = edits
    return Fix(message, span, replacement, tuple(Edit(*one) for one in more))


def claimed(span: Span, context: Context) -> tuple[Span, str] | None:
    """Where what a property claims, or its witness, begins, and what is meant there: all of a sort, or some."""
    claim = context.innermost(span, s.PropertyDecl)
    if claim is None or claim.trigger is not None:
        return None
    for written, word in ((claim.expression, "all"), (claim.witness, "some")):
        if written is not None and holds(written.span, span):
            return start_of(written.span), word
    return None
