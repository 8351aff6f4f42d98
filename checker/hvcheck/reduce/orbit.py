"""States that differ only by an exchange of elements, and the one that stands for them all."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

from hvmodel.state import Layout, State, values
from hvmodel.types import Option, Sort, Type, Value

from .group import Exchange, Group, sort_of

Canonical = Callable[[bytes], bytes]


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


def canonical_keys(layout: Layout, group: Group, typecode: str) -> Canonical:
    """The same on encoded states: `typecode` is the array type of a cell's code.

    An image is made of few pieces: all cells picked in their new order, and stretches of them relabelled.
    """
    images = [_image(layout, exchange, typecode) for exchange in group.exchanges()][1:]  # the first exchanges nothing

    def canonical(key: bytes) -> bytes:
        return min(key, *(image(key) for image in images)) if images else key

    return canonical


def _image(layout: Layout, exchange: Exchange, typecode: str) -> Canonical:
    source = [0] * len(layout.cells)
    for i, (function, arguments) in enumerate(layout.cells):
        where = tuple(exchanged(one, type_, exchange) for one, type_ in zip(arguments, function.domain, strict=True))
        source[layout.index[function.name, where]] = i
    tables = _stretches(layout, exchange)
    pick = itemgetter(*source) if len(source) > 1 else tuple

    def wide(key: bytes) -> bytes:
        codes = array(typecode, pick(array(typecode, key)))
        for start, end, table in tables:
            for i in range(start, end):
                codes[i] = table[codes[i]]
        return codes.tobytes()

    def narrow(key: bytes) -> bytes:
        codes = bytes(pick(key))
        if not tables:
            return codes
        parts, done = [], 0
        for start, end, table in byte_tables:
            parts += [codes[done:start], codes[start:end].translate(table)]
            done = end
        return b"".join([*parts, codes[done:]])

    if typecode != "B":
        return wide
    byte_tables = [(start, end, bytes([*table, *range(len(table), 256)])) for start, end, table in tables]
    return narrow


def _stretches(layout: Layout, exchange: Exchange) -> list[tuple[int, int, Sequence[int]]]:
    """The cells that hold elements which move: from, to, and the new code of each code."""
    found: list[tuple[int, int, Sequence[int]]] = []
    for function in layout.system.functions:
        sort = sort_of(function.range)
        if sort is not None and sort.name in exchange:
            image = exchange[sort.name]
            start = layout.offsets[function.name]
            # The codes of a sort's elements are the elements, and `none` comes after them.
            table = [*image, len(image)] if isinstance(function.range, Option) else list(image)
            assert isinstance(function.range, Option | Sort)
            found.append((start, start + layout.width(function), table))
    return found
