"""Expressions as written."""

from __future__ import annotations

from typing import Literal as OneOf
from typing import TypeAlias

from hvmodel.dataclass import dataclass
from hvmodel.source import Span

from .name import Name
from .types import Binder


@dataclass(frozen=True, slots=True)
class NameRef:
    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Index:
    target: Expr
    indices: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Member:
    target: Expr
    name: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    target: Expr
    arguments: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Constant:
    """A written number, truth value or `none`."""

    value: bool | int | None
    span: Span


@dataclass(frozen=True, slots=True)
class SetLiteral:
    members: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Operator:
    """`not`, `and`, `or`, `implies`, `if`, `in`, `==`, `!=`, `<`, `<=`, `>`, `>=`, `+`, `-`."""

    name: str
    operands: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Quantified:
    kind: OneOf["all", "some"]
    binders: tuple[Binder, ...]
    body: Expr
    span: Span


Expr: TypeAlias = NameRef | Index | Member | Call | Constant | SetLiteral | Operator | Quantified
