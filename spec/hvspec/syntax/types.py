"""Types as written, and names with their types."""

from __future__ import annotations

from typing import TypeAlias

from hvmodel.dataclass import dataclass
from hvmodel.source import Span

from .name import Name


@dataclass(frozen=True, slots=True)
class NamedType:
    name: Name
    span: Span


@dataclass(frozen=True, slots=True)
class IntType:
    low: int
    high: int
    span: Span


@dataclass(frozen=True, slots=True)
class OptionType:
    of: TypeExpr
    span: Span


@dataclass(frozen=True, slots=True)
class MapType:
    keys: tuple[Name, ...]
    of: TypeExpr
    span: Span


@dataclass(frozen=True, slots=True)
class SetType:
    of: Name
    span: Span


TypeExpr: TypeAlias = NamedType | IntType | OptionType | MapType | SetType


@dataclass(frozen=True, slots=True)
class Binder:
    name: Name
    type: TypeExpr
