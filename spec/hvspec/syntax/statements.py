"""Statements: what a handler, a protocol or an environment action does."""

from __future__ import annotations

from typing import TypeAlias

from hvmodel.dataclass import dataclass
from hvmodel.source import Span

from .expressions import Expr
from .name import Name


@dataclass(frozen=True, slots=True)
class Block:
    statements: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Message:
    """`[sender] -> receiver: name(arguments)`; `asynchronous` for `~>`."""

    sender: Expr | None
    receiver: Expr
    name: Name
    arguments: tuple[Expr, ...]
    cites: tuple[str, ...]
    span: Span
    asynchronous: bool = False
    lossy: bool = False


@dataclass(frozen=True, slots=True)
class Assign:
    target: Expr
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Perform:
    """A storage operation called for its effect."""

    target: Expr
    arguments: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Step:
    name: Name
    arguments: tuple[Expr, ...]
    takes: str
    cites: tuple[str, ...]
    body: Block | None
    span: Span


@dataclass(frozen=True, slots=True)
class Domain:
    name: Name
    range: Expr


@dataclass(frozen=True, slots=True)
class Each:
    domains: tuple[Domain, ...]
    in_turn: bool
    independently: bool
    where: Expr | None
    body: Block
    span: Span


@dataclass(frozen=True, slots=True)
class All:
    domains: tuple[Domain, ...]
    where: Expr | None
    cites: tuple[str, ...]
    body: Block
    span: Span


@dataclass(frozen=True, slots=True)
class If:
    condition: Expr
    then: Block
    otherwise: Block | None
    span: Span


@dataclass(frozen=True, slots=True)
class Recover:
    code: Name | None
    body: Block
    span: Span


@dataclass(frozen=True, slots=True)
class Try:
    body: Block
    recovers: tuple[Recover, ...]
    finally_: Block | None
    span: Span


@dataclass(frozen=True, slots=True)
class Within:
    limit: str
    body: Block
    otherwise: Block
    span: Span


@dataclass(frozen=True, slots=True)
class Fail:
    code: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Rethrow:
    span: Span


@dataclass(frozen=True, slots=True)
class Require:
    condition: Expr
    failure: Fail
    span: Span


@dataclass(frozen=True, slots=True)
class Await:
    condition: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Choose:
    branches: tuple[Block, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Loop:
    body: Block
    span: Span


@dataclass(frozen=True, slots=True)
class Break:
    span: Span


@dataclass(frozen=True, slots=True)
class Inherited:
    """The text of the service's own handler, in an `override`."""

    span: Span


@dataclass(frozen=True, slots=True)
class Crash:
    place: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Restart:
    place: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Let:
    name: Name
    value: Expr
    span: Span


Statement: TypeAlias = (
    Message | Assign | Perform | Step | Each | All | If | Try | Within | Fail | Rethrow | Require | Await | Choose
    | Loop | Break | Inherited | Crash | Restart | Let
)  # fmt: skip
