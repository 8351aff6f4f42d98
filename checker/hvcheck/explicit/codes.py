"""States as compact bytes: one small number for each cell, in the order of the layout."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from math import prod

from hvmodel.state import Layout, State, values
from hvmodel.system import Scope, System
from hvmodel.types import Bool, Enum, Int, Option, Sort, Type, Value

WIDEST = 2_000_000
"""The most cells a state may have; beyond it nothing can be explored and even the layout would not fit."""


class UnfitError(ValueError):
    """A system or scope that cannot be explored: the spec or the scope is at fault, and the message says how."""


@dataclass(frozen=True)
class Codec:
    """Codes of values and states. The code of a value is its place in `hvmodel.state.values` of its type.

    A state is `bytes`: one byte a cell, or two or four when a cell has more values than fit.
    """

    layout: Layout

    @cached_property
    def _sizes(self) -> dict[Type, int]:
        return {}

    @cached_property
    def _codes(self) -> dict[Type, dict[Value, int]]:
        return {}

    def size(self, type_: Type) -> int:
        """How many values a type has in the scope."""
        size = self._sizes.get(type_)
        if size is None:
            size = self._sizes[type_] = _size(type_, self.layout.scope)
        return size

    def code(self, value: Value, type_: Type) -> int:
        """The code of a value; raises UnfitError if the type has no such value in the scope."""
        code: int | None
        if isinstance(type_, Int):  # a table of a wide range would fill the memory
            code = value - type_.low if isinstance(value, int) and type_.low <= value <= type_.high else None
        else:
            code = self._table(type_).get(value)
        if code is None:
            raise UnfitError(f"{value} is not a value of {type_} in scope {self.layout.scope}")
        return code

    def _table(self, type_: Type) -> dict[Value, int]:
        table = self._codes.get(type_)
        if table is None:
            table = {known: i for i, known in enumerate(values(type_, self.layout.scope))}
            self._codes[type_] = table
        return table

    @cached_property
    def typecode(self) -> str:
        """The array type of a cell: B, H or I."""
        widest = max((self.size(function.range) for function in self.layout.system.functions), default=1)
        if widest <= 1 << 8:
            return "B"
        return "H" if widest <= 1 << 16 else "I"

    @cached_property
    def _values(self) -> tuple[Sequence[Value], ...]:
        tables = {one.range: self._all(one.range) for one in self.layout.system.functions}
        return tuple(tables[function.range] for function, _ in self.layout.cells)

    def _all(self, type_: Type) -> Sequence[Value]:
        return range(type_.low, type_.high + 1) if isinstance(type_, Int) else values(type_, self.layout.scope)

    @cached_property
    def _coders(self) -> tuple[Callable[[Value], int], ...]:
        """For each cell what gives a value's code: types are slow to look up by."""
        types = {function.range for function in self.layout.system.functions}
        coders = {type_: self._coder(type_) for type_ in types}
        return tuple(coders[function.range] for function, _ in self.layout.cells)

    def _coder(self, type_: Type) -> Callable[[Value], int]:
        if isinstance(type_, Int):
            return partial(self.code, type_=type_)
        return self._table(type_).__getitem__

    @cached_property
    def initial(self) -> bytes:
        return self.encode(self.layout.initial)

    def encode(self, state: State) -> bytes:
        """The bytes of a state; raises UnfitError if a cell holds a value outside its range."""
        try:
            codes = [code(value) for code, value in zip(self._coders, state.values, strict=True)]
        except (KeyError, ValueError):  # the slow way, which knows whose value it is
            cells = zip(state.values, self.layout.cells, strict=True)
            codes = [self.code(value, function.range) for value, (function, _) in cells]
        return array(self.typecode, codes).tobytes()

    def decode(self, key: bytes) -> State:
        codes = array(self.typecode, key)
        return State(tuple(table[code] for table, code in zip(self._values, codes, strict=True)))


def fit(system: System, scope: Scope) -> Layout:
    """The layout of a system in a scope; raises UnfitError when the scope cannot hold it."""
    sizes = dict(scope.sizes)
    for sort in sorted(set(_sorts(system)), key=lambda sort: sort.name):
        named = {literal.value: literal.name for literal in system.constants if literal.type == sort}
        needed = max((int(value or 0) + 1 for value in named), default=1)
        size = sizes.get(sort.name)
        if size is None:
            raise UnfitError(f"scope {scope.name or scope} gives no size for sort {sort.name}")
        if size < 1:
            raise UnfitError(f"sort {sort.name} has size {size} in scope {scope.name or scope}: it needs at least 1")
        if size < needed:
            names = ", ".join(named.values())
            raise UnfitError(
                f"sort {sort.name} has size {size} in scope {scope.name or scope}, but {needed} are named: {names}"
            )
    layout = Layout(system, scope)
    cells = sum(prod(_size(type_, scope) for type_ in function.domain) for function in system.functions)
    if cells > WIDEST:
        raise UnfitError(f"a state has {cells:,} cells in scope {scope.name or scope}: too many to explore")
    return layout


def _sorts(system: System) -> Iterator[Sort]:
    yield from system.sorts
    types = [type_ for function in system.functions for type_ in (*function.domain, function.range)]
    types += [parameter.type for action in system.actions for parameter in action.parameters]
    for type_ in types:
        inner = type_.of if isinstance(type_, Option) else type_
        if isinstance(inner, Sort):
            yield inner


def _size(type_: Type, scope: Scope) -> int:
    match type_:
        case Bool():
            return 2
        case Int(low, high):
            return max(0, high - low + 1)
        case Enum(_, names):
            return len(names)
        case Sort(name):
            size = dict(scope.sizes).get(name)
            if size is None or size < 1:
                raise UnfitError(f"scope {scope.name or scope} gives no size for sort {name}")
            return size
        case Option(of):
            return _size(of, scope) + 1
