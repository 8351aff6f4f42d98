"""What a step changed, in as few words as are exact: cells that change alike over a whole index are one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from hvmodel.state import Layout, State, changes, values
from hvmodel.system import Function, Role
from hvmodel.types import Bool, Type, Value

from .naming import function_name, value_name

HIDDEN: frozenset[Role] = frozenset({"control", "budget", "counter", "failure", "outcome", "channel"})
"""Roles that say where the protocol is, what may still happen or which code travels up: the rows show that already."""


class _Every:
    """All values of an index at once."""


_EVERY = _Every()
_Cell: TypeAlias = tuple[Value | _Every, ...]


Rank: TypeAlias = Callable[[Function], int]


def ghosts_last(function: Function) -> int:
    return int(function.role == "ghost")


def describe_changes(
    layout: Layout, before: State, after: State, rank: Rank = ghosts_last, wanted: Callable[[int], bool] | None = None
) -> tuple[str, ...]:
    """One line for each change an author cares about, lowest rank first: `disk.snap[vm0, every DISK] := true`."""
    grouped: dict[tuple[Function, Value, Value], list[_Cell]] = {}
    for change in changes(layout, before, after):
        if change.function.role not in HIDDEN and (wanted is None or wanted(rank(change.function))):
            grouped.setdefault((change.function, change.before, change.after), []).append(change.arguments)
    ordered = sorted(grouped.items(), key=lambda item: rank(item[0][0]))
    return tuple(
        _line(layout, function, cell, old, new)
        for (function, old, new), cells in ordered
        for cell in _merged(layout, function.domain, cells)
    )


def _merged(layout: Layout, domain: tuple[Type, ...], cells: list[_Cell]) -> list[_Cell]:
    """Replace an index that runs over all of its (at least two) values by `every`, position by position."""
    for position, type_ in enumerate(domain):
        size = len(values(type_, layout.scope))
        rest: dict[_Cell, list[_Cell]] = {}
        for cell in cells:
            rest.setdefault((*cell[:position], *cell[position + 1 :]), []).append(cell)
        cells = []
        for others, alike in rest.items():
            whole = size > 1 and len(alike) == size
            cells += [(*others[:position], _EVERY, *others[position:])] if whole else alike
    return cells


def _line(layout: Layout, function: Function, cell: _Cell, old: Value, new: Value) -> str:
    system = layout.system
    indices = tuple(
        f"every {type_}" if isinstance(value, _Every) else value_name(system, value, type_)
        for value, type_ in zip(cell, function.domain, strict=True)
    )
    name = function_name(function, indices)
    shown = value_name(system, new, function.range)
    if isinstance(function.range, Bool):
        return f"{name} := {shown}"
    return f"{name}: {value_name(system, old, function.range)} -> {shown}"
