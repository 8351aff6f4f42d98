"""Data of the model as plain lists and back, a part that occurs many times only once: what a cache is given.

A system has about ten times as many parts as different ones, and what is one object stays one. Nothing but the model's
own classes, tuples and sets of plain values is ever made, whatever the data says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from . import expression, source, system, types

FORMAT = 1
"""Raised whenever the meaning of the data changes."""

_CLASSES = {
    kind.__name__: kind
    for module in (types, source, expression, system)
    for kind in vars(module).values()
    if isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == module.__name__
}

_PLAIN = frozenset({bool, int, str, type(None)})
_TUPLE, _SET, _FIRST_CLASS = 0, 1, 2


def to_shared(what: Any) -> list[Any]:
    """`[format, names of classes, plain values, parts]`. A part is its kind and the numbers of what it is made of.

    Values are numbered first, then parts, each after all that it is made of; the last one is the whole. Raises
    ValueError for what is no data of the model.
    """
    table = _Table()
    table.add(what)
    return [FORMAT, list(table.kinds), table.values, _numbered(table)]


def from_shared(data: Any) -> Any:
    """The same again. Raises ValueError for what is not such data."""
    try:
        form, names, found, parts = data
        if form != FORMAT:
            raise ValueError(f"format {form!r}, expected {FORMAT}")
        if not all(type(value) in _PLAIN for value in found):
            raise ValueError("a value that is not plain")
        makers: list[Callable[..., Any]] = [_tuple, _set, *(_CLASSES[name] for name in names)]
        made = list(found)
        for part in parts:
            if min(part) < 0:
                raise ValueError("a part that counts from the end")
            kind, *refers = part
            made.append(makers[kind](*[made[refer] for refer in refers]))
        return made[-1]
    except (TypeError, KeyError, IndexError) as error:
        raise ValueError(f"not data of the model: {type(error).__name__}: {error}") from None


def _tuple(*items: Any) -> tuple[Any, ...]:
    return items


def _set(*items: Any) -> frozenset[Any]:
    return frozenset(items)


class _Table:
    """What has been met: values by type and value, parts by identity."""

    def __init__(self) -> None:
        self.kinds: dict[str, int] = {}
        self.values: list[Any] = []
        self.parts: list[tuple[int, list[tuple[bool, int]]]] = []
        self._known_values: dict[tuple[type, Any], int] = {}
        self._known: dict[int, int] = {}
        self._kept: list[Any] = []
        self._fields: dict[type, tuple[int, tuple[str, ...]]] = {}

    def add(self, whole: Any) -> None:
        """Enter something after what it is made of; without recursion, as expressions may be deep."""
        if type(whole) in _PLAIN:
            raise ValueError("a plain value is no part of the model")
        known, open_ = self._known, [self._opened(whole)]
        while open_:
            part, kind, inside, left = open_[-1]
            lacking = next((one for one in left if id(one) not in known and type(one) not in _PLAIN), None)
            if lacking is not None:
                open_.append(self._opened(lacking))
                continue
            open_.pop()
            known[id(part)] = len(self.parts)
            self._kept.append(part)  # else another could come to have its identity
            self.parts.append((kind, [self._place(one) for one in inside]))

    def _opened(self, part: Any) -> tuple[Any, int, Sequence[Any], Iterator[Any]]:
        kind, inside = self._taken_apart(part)
        return part, kind, inside, iter(inside)

    def _taken_apart(self, part: Any) -> tuple[int, Sequence[Any]]:
        of = type(part)
        if of is tuple:
            return _TUPLE, part
        if of is frozenset:
            return _SET, sorted(part)
        found = self._fields.get(of)
        if found is None:
            if _CLASSES.get(of.__name__) is not of:
                raise ValueError(f"a {of.__name__} is no data of the model")
            kind = self.kinds.setdefault(of.__name__, _FIRST_CLASS + len(self.kinds))
            found = self._fields[of] = kind, tuple(field.name for field in fields(of))
        return found[0], [getattr(part, name) for name in found[1]]

    def _place(self, one: Any) -> tuple[bool, int]:
        """Whether it is a part, and its number among parts or values."""
        if type(one) not in _PLAIN:
            return True, self._known[id(one)]
        key = type(one), one
        number = self._known_values.get(key)
        if number is None:
            number = self._known_values[key] = len(self.values)
            self.values.append(one)
        return False, number


def _numbered(table: _Table) -> list[Sequence[int]]:
    count = len(table.values)
    return [[kind, *(number + count if part else number for part, number in refers)] for kind, refers in table.parts]
