"""States that differ only by an exchange of elements, and the one that stands for them all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from hvmodel.state import Layout, State, values
from hvmodel.types import Option, Type, Value

from ..explicit.likeness import Image
from .group import Exchange, Group, sort_of


@dataclass(frozen=True)
class Orbits:
    """The images of states under a group, by the definition: cells move with their arguments, values with them."""

    layout: Layout
    group: Group

    def image(self, state: State, exchange: Exchange) -> State:
        moved = list(state.values)
        for (function, arguments), value in zip(self.layout.cells, state.values, strict=True):
            where = tuple(
                exchanged(one, type_, exchange) for one, type_ in zip(arguments, function.domain, strict=True)
            )
            moved[self.layout.index[function.name, where]] = exchanged(value, function.range, exchange)
        return State(tuple(moved))

    def orbit(self, state: State) -> frozenset[State]:
        """Every state that the state can be exchanged into, itself among them."""
        return frozenset(self.image(state, exchange) for exchange in self.group.exchanges())

    def canonical(self, state: State) -> State:
        """The member of the orbit whose values come first, cell by cell."""
        return min(self.orbit(state), key=self._rank)

    def _rank(self, state: State) -> tuple[int, ...]:
        return tuple(order[value] for order, value in zip(self._orders, state.values, strict=True))

    @cached_property
    def _orders(self) -> list[dict[Value, int]]:
        orders: dict[Type, dict[Value, int]] = {}
        for function, _ in self.layout.cells:
            if function.range not in orders:
                orders[function.range] = {v: i for i, v in enumerate(values(function.range, self.layout.scope))}
        return [orders[function.range] for function, _ in self.layout.cells]


def exchanged(value: Value, type_: Type, exchange: Exchange) -> Value:
    sort = sort_of(type_)
    if sort is None or value is None or sort.name not in exchange:
        return value
    return exchange[sort.name][int(value)]


def images(layout: Layout, group: Group) -> tuple[Image, ...]:
    """What engines need to know of a group: how each exchange but the one of nothing moves the cells of a state."""
    return tuple(_image(layout, exchange) for exchange in group.exchanges())[1:]


def _image(layout: Layout, exchange: Exchange) -> Image:
    source = [0] * len(layout.cells)
    for i, (function, arguments) in enumerate(layout.cells):
        where = tuple(exchanged(one, type_, exchange) for one, type_ in zip(arguments, function.domain, strict=True))
        source[layout.index[function.name, where]] = i
    return Image(tuple(source), _stretches(layout, exchange))


def _stretches(layout: Layout, exchange: Exchange) -> tuple[tuple[int, int, tuple[int, ...]], ...]:
    """The cells that hold elements which move: from, to, and the new code of each code."""
    found: list[tuple[int, int, tuple[int, ...]]] = []
    for function in layout.system.functions:
        sort = sort_of(function.range)
        if sort is not None and sort.name in exchange:
            moved = exchange[sort.name]
            # The codes of a sort's elements are the elements, and `none` comes after them.
            table = (*moved, len(moved)) if isinstance(function.range, Option) else moved
            start = layout.offsets[function.name]
            found.append((start, start + layout.width(function), table))
    return tuple(found)
