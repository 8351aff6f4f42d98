"""Put the finished types of locations and failure codes where the compiler used stand-ins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from operator import is_
from typing import Any, cast

from hvmodel.source import Span
from hvmodel.system import System
from hvmodel.types import Enum


def retype(system: System, types: Mapping[str, Enum]) -> System:
    """The same system with every `Enum` of a given name replaced."""
    return cast(System, _Retyping(types).part(system))


class _Retyping:
    """Structural, shared parts once; what does not change stays the same object, so that a look tells."""

    def __init__(self, types: Mapping[str, Enum]) -> None:
        self._types = types
        self._done: dict[int, tuple[object, object]] = {}
        self._fields: dict[type, tuple[str, ...]] = {}

    def part(self, part: object) -> object:
        if isinstance(part, Enum):
            return self._types.get(part.name, part)
        if isinstance(part, tuple):
            items = [self.part(item) for item in part]
            return part if all(map(is_, items, part)) else tuple(items)
        names = self._names(type(part))
        if not names:
            return part
        known = self._done.get(id(part))  # beside each result stands the part, which keeps its identity taken
        if known is None:
            changes = {}
            for name in names:
                before = getattr(part, name)
                after = self.part(before)
                if after is not before:
                    changes[name] = after
            known = self._done[id(part)] = (part, replace(cast(Any, part), **changes) if changes else part)
        return known[1]

    def _names(self, kind: type) -> tuple[str, ...]:
        """The fields of a dataclass that can hold a type; of anything else none."""
        names = self._fields.get(kind)
        if names is None:
            found = fields(kind) if is_dataclass(kind) and kind is not Span else ()
            names = self._fields[kind] = tuple(field.name for field in found if field.name != "name")
        return names
