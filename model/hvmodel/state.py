"""States of a system in a scope: one value per cell, in a fixed layout."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import product

from .dataclass import dataclass
from .expression import show_value
from .system import Function, Scope, System
from .types import Bool, Enum, Int, Option, Sort, Type, Value


def values(type_: Type, scope: Scope) -> tuple[Value, ...]:
    """Every value of a type in a scope, in the order that gives each its code. `none` comes last."""
    match type_:
        case Bool():
            return (False, True)
        case Int(low, high):
            return tuple(range(low, high + 1))
        case Enum(_, names):
            return names
        case Sort():
            return tuple(range(scope.size(type_)))
        case Option(of):
            return (*values(of, scope), None)


@dataclass(frozen=True)
class Layout:
    """Where each cell of a system's functions lies in a state, for one scope."""

    system: System
    scope: Scope

    @cached_property
    def offsets(self) -> dict[str, int]:
        offsets: dict[str, int] = {}
        total = 0
        for function in self.system.functions:
            offsets[function.name] = total
            total += self.width(function)
        return offsets

    def width(self, function: Function) -> int:
        width = 1
        for type_ in function.domain:
            width *= len(values(type_, self.scope))
        return width

    @cached_property
    def cells(self) -> tuple[tuple[Function, tuple[Value, ...]], ...]:
        """Every cell in order: its function and its arguments."""
        return tuple((function, arguments) for function in self.system.functions for arguments in self.domain(function))

    def domain(self, function: Function) -> Iterator[tuple[Value, ...]]:
        return product(*(values(type_, self.scope) for type_ in function.domain))

    @cached_property
    def index(self) -> dict[tuple[str, tuple[Value, ...]], int]:
        return {(function.name, arguments): i for i, (function, arguments) in enumerate(self.cells)}

    def cell_name(self, i: int) -> str:
        function, arguments = self.cells[i]
        shown = ", ".join(show_value(v, t) for v, t in zip(arguments, function.domain, strict=True))
        return f"{function.name}[{shown}]" if shown else function.name

    @cached_property
    def initial(self) -> State:
        return State(tuple(function.initial.value for function, _ in self.cells))


@dataclass(frozen=True, slots=True)
class State:
    """The values of all cells; what they mean is the layout's."""

    values: tuple[Value, ...]

    def read(self, layout: Layout, function: str, *arguments: Value) -> Value:
        return self.values[layout.index[function, arguments]]


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that differs between two states."""

    function: Function
    arguments: tuple[Value, ...]
    before: Value
    after: Value

    def __str__(self) -> str:
        shown = ", ".join(show_value(v, t) for v, t in zip(self.arguments, self.function.domain, strict=True))
        cell = f"{self.function.name}[{shown}]" if shown else self.function.name
        before, after = (show_value(value, self.function.range) for value in (self.before, self.after))
        return f"{cell}: {before} -> {after}"


def changes(layout: Layout, before: State, after: State) -> tuple[Change, ...]:
    return tuple(
        Change(function, arguments, old, new)
        for (function, arguments), old, new in zip(layout.cells, before.values, after.values, strict=True)
        if old != new
    )
