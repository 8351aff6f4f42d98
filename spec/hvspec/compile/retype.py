"""Put the finished types of locations and failure codes where the compiler used stand-ins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar, cast

from hvmodel.system import System
from hvmodel.types import Enum

T = TypeVar("T")


def retype(system: System, types: Mapping[str, Enum]) -> System:
    """The same system with every `Enum` of a given name replaced."""
    done: dict[int, object] = {}
    kept: list[object] = []
    return cast(System, _retype(system, types, done, kept))


def _retype(part: object, types: Mapping[str, Enum], done: dict[int, object], kept: list[object]) -> object:
    """Structural, shared parts once. `kept` keeps what `done` knows by identity alive."""
    if isinstance(part, Enum):
        return types.get(part.name, part)
    if isinstance(part, tuple):
        return tuple(_retype(item, types, done, kept) for item in part)
    if not is_dataclass(part) or isinstance(part, type):
        return part
    if id(part) in done:
        return done[id(part)]
    changes = {}
    for field in fields(part):
        before = getattr(part, field.name)
        after = _retype(before, types, done, kept)
        if (after is not before and after != before) or (isinstance(before, tuple | Enum) and after != before):
            changes[field.name] = after
    result = replace(part, **changes) if changes else part
    done[id(part)] = result
    kept.append(part)
    return result
