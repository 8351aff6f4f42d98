"""How values, types and state functions are called and represented in Promela.

A bool is 0 or 1, a whole number is itself, an element of a sort and an enumeration's value is its place, and `none`
is one more than the greatest value inside the option.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from hvmodel.dataclass import dataclass
from hvmodel.state import Layout
from hvmodel.system import Function, System
from hvmodel.types import Bool, Enum, Int, Option, Sort, Type, Value

from ..names import Names
from .words import RESERVED


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The identifiers of one exported system; `names` has all that are taken."""

    layout: Layout
    names: Names
    functions: Mapping[str, str]
    constants: Mapping[tuple[Type, Value], str]
    nones: Mapping[Option, str]

    def bounds(self, type_: Type) -> tuple[int, int]:
        """The least and the greatest number that stands for a value of the type."""
        match type_:
            case Bool():
                return 0, 1
            case Int(low, high):
                return low, high
            case Enum(_, names):
                return 0, len(names) - 1
            case Sort():
                return 0, self.layout.scope.size(type_) - 1
            case Option(of):
                low, high = self.bounds(of)
                return low, high + 1
        assert_never(type_)

    def number(self, value: Value, type_: Type) -> int:
        """The number that stands for a value."""
        if isinstance(type_, Option):
            return self.bounds(type_)[1] if value is None else self.number(value, type_.of)
        return type_.values.index(str(value)) if isinstance(type_, Enum) else int(value or 0)

    def width(self, function: Function) -> int:
        """How many cells a function has."""
        return self.layout.width(function)

    def sizes(self, function: Function) -> tuple[int, ...]:
        return tuple(high - low + 1 for low, high in map(self.bounds, function.domain))


def vocabulary(layout: Layout) -> Vocabulary:
    names = Names.beside(RESERVED)
    system = layout.system
    functions = {function.name: names.fresh(function.name) for function in system.functions}
    types = list(dict.fromkeys(_inner_types(system)))
    constants: dict[tuple[Type, Value], str] = {}
    for literal in system.constants:
        constants.setdefault((literal.type, literal.value), names.fresh(literal.name))
    for type_ in types:
        if isinstance(type_, Enum):
            constants.update({(type_, value): names.fresh(f"{type_.name} {value}") for value in type_.values})
    nones = {type_: names.fresh(f"no {type_.of}") for type_ in types if isinstance(type_, Option)}
    return Vocabulary(layout, names, functions, constants, nones)


def _inner_types(system: System) -> Iterator[Type]:
    declared = [type_ for function in system.functions for type_ in (function.range, *function.domain)]
    declared += [parameter.type for action in system.actions for parameter in action.parameters]
    declared += list(system.enums)
    for type_ in declared:
        yield type_
        if isinstance(type_, Option):
            yield type_.of
