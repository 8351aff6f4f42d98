"""How values, types and state functions are called in TLA+.

Truth values and whole numbers are TLA+'s own, elements of sorts and values of enumerations are strings, and `none` is
a model value, which TLC can compare with anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from hvmodel.dataclass import dataclass
from hvmodel.expression import Expression, Quantifier, children, show_value
from hvmodel.state import Layout, values
from hvmodel.system import System
from hvmodel.types import Bool, Enum, Int, Option, Sort, Type, Value

from ..claims import kept
from ..names import Names, plain

_WORDS = """
    ACTION ASSUME ASSUMPTION AXIOM BY CASE CHOOSE CONSTANT CONSTANTS COROLLARY DEF DEFINE DEFS DOMAIN ELSE ENABLED
    EXCEPT EXTENDS FALSE HAVE HIDE IF IN INSTANCE LAMBDA LEMMA LET LOCAL MODULE NEW OBVIOUS OMITTED ONLY OTHER PICK
    PROOF PROPOSITION PROVE QED RECURSIVE SF_ STATE STRING SUBSET SUFFICES TAKE TEMPORAL THEN THEOREM TRUE UNCHANGED
    UNION USE VARIABLE VARIABLES WF_ WITH WITNESS BOOLEAN Int Nat Real Init Next Spec Fairness vars none
"""
RESERVED = frozenset(_WORDS.split())


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The identifiers of one exported system; `names` has all that are taken."""

    layout: Layout
    names: Names
    functions: Mapping[str, str]
    sets: Mapping[Type, str]
    elements: Mapping[tuple[Type, Value], str]

    def set_of(self, type_: Type) -> str:
        """The set of a type's values."""
        match type_:
            case Bool():
                return "BOOLEAN"
            case Int(low, high):
                return f"{low}..{high}"
            case Option(of):
                return f"({self.set_of(of)} \\cup {{none}})"
            case Sort() | Enum():
                return self.sets[type_]
        assert_never(type_)

    def value(self, value: Value, type_: Type) -> str:
        match type_:
            case Bool():
                return "TRUE" if value else "FALSE"
            case Int():
                return str(value)
            case Option(of):
                return "none" if value is None else self.value(value, of)
            case Sort():
                return f'"{self.elements[type_, value]}"'
            case Enum():
                return f'"{value}"'
        assert_never(type_)

    def first(self, type_: Type) -> str:
        return self.value(values(type_, self.layout.scope)[0], type_)


def _types(system: System) -> Iterator[Type]:
    """Every type that the module has to name a set of."""
    yield from system.sorts
    yield from system.enums
    for function in system.functions:
        yield from (function.range, *function.domain)
    for action in system.actions:
        yield from (parameter.type for parameter in action.parameters)
        yield from (binder.type for write in action.writes for binder in write.binders)
        for expression in (action.guard, kept(action)):
            yield from _bound(expression)
        for write in action.writes:
            for expression in (write.where, write.value, *write.indices):
                yield from _bound(expression)
    for claim in system.properties:
        yield from _bound(claim.expression)
        yield from _bound(claim.trigger or claim.expression)


def _bound(expression: Expression) -> Iterator[Type]:
    """The types of an expression's bound variables."""
    if isinstance(expression, Quantifier):
        yield from (variable.type for variable in expression.variables)
    for child in children(expression):
        yield from _bound(child)


def vocabulary(layout: Layout) -> Vocabulary:
    names = Names.beside(RESERVED)
    system = layout.system
    inner = [type_.of if isinstance(type_, Option) else type_ for type_ in _types(system)]
    types = [type_ for type_ in dict.fromkeys(inner) if isinstance(type_, Sort | Enum)]
    functions = {function.name: names.fresh(function.name) for function in system.functions}
    sets: dict[Type, str] = {}
    for type_ in types:
        taken = plain(type_.name) in names.taken
        sets[type_] = names.fresh(f"{type_.name} values" if taken else type_.name)
    elements: dict[tuple[Type, Value], str] = {}
    for literal in system.constants:
        elements.setdefault((literal.type, literal.value), literal.name)
    for type_ in types:
        if isinstance(type_, Sort):
            called = Names({name for (other, _), name in elements.items() if other == type_})
            for value in values(type_, layout.scope):
                if (type_, value) not in elements:
                    elements[type_, value] = called.fresh(show_value(value, type_))
    return Vocabulary(layout, names, functions, sets, elements)
