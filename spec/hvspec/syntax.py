"""The syntax tree of `.hvs`: one class a construct, each with its span."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal as OneOf
from typing import TypeAlias

from hvmodel.source import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier where it is written."""

    text: str
    span: Span = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        return self.text


# ------------------------------------------------------------------ expressions


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


# ------------------------------------------------------------------ types


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


# ------------------------------------------------------------------ statements


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
    | Loop | Crash | Restart | Let
)  # fmt: skip


# ------------------------------------------------------------------ declarations


@dataclass(frozen=True, slots=True)
class Header:
    kind: OneOf["module", "era"]
    name: Name
    title: str
    span: Span


@dataclass(frozen=True, slots=True)
class Use:
    modules: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Needs:
    sorts: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class SortDecl:
    names: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class EnumDecl:
    name: Name
    values: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ConstDecl:
    names: tuple[Name, ...]
    sort: Name
    span: Span


@dataclass(frozen=True, slots=True)
class RecordDecl:
    name: Name
    fields: tuple[Binder, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ParamDecl:
    name: Name
    type: TypeExpr
    default: Expr
    title: str
    span: Span


@dataclass(frozen=True, slots=True)
class BudgetDecl:
    name: Name
    title: str
    span: Span


@dataclass(frozen=True, slots=True)
class VariableDecl:
    name: Name
    type: TypeExpr
    initial: Expr | None
    volatile: bool
    ghost: bool
    span: Span


@dataclass(frozen=True, slots=True)
class PlaceDecl:
    name: Name
    indices: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class InterfaceDecl:
    name: Name
    messages: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Function:
    name: Name
    params: tuple[Binder, ...]
    body: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Handler:
    message: Name
    params: tuple[Binder, ...]
    cites: tuple[str, ...]
    body: Block
    span: Span


@dataclass(frozen=True, slots=True)
class Reaction:
    event: OneOf["crashed", "restarted"]
    subject: Expr
    cites: tuple[str, ...]
    body: Block
    span: Span


Member_: TypeAlias = VariableDecl | Function | Handler | Reaction


@dataclass(frozen=True, slots=True)
class KeywordArgument:
    name: Name
    value: Expr


@dataclass(frozen=True, slots=True)
class Instance:
    service: Name
    arguments: tuple[KeywordArgument, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ActorDecl:
    name: Name
    binders: tuple[Binder, ...]
    site: Expr | None
    title: str
    instance: Instance | None
    members: tuple[Member_, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ServiceDecl:
    name: Name
    params: tuple[Binder, ...]
    members: tuple[Member_, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Operation:
    name: Name
    params: tuple[Binder, ...]
    requires: Expr | None
    body: Block
    span: Span


@dataclass(frozen=True, slots=True)
class StorageDecl:
    name: Name
    driver: str
    variables: tuple[VariableDecl, ...]
    functions: tuple[Function, ...]
    operations: tuple[Operation, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ProtocolDecl:
    name: Name
    actor: Expr
    cites: tuple[str, ...]
    body: Block
    span: Span


@dataclass(frozen=True, slots=True)
class EnvironmentDecl:
    """`env`, or `fault` with its limit."""

    name: Name
    params: tuple[Binder, ...]
    site: Expr | None
    when: Expr | None
    cites: tuple[str, ...]
    body: Block
    span: Span
    fair: bool = False
    spends: Name | None = None
    fault_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """`Step` or `Actor.Message`."""

    owner: Name | None
    name: Name
    span: Span

    def __str__(self) -> str:
        return f"{self.owner}.{self.name}" if self.owner else self.name.text


@dataclass(frozen=True, slots=True)
class MeasureDecl:
    name: Name
    label: Label
    span: Span


@dataclass(frozen=True, slots=True)
class PropertyDecl:
    """`property`, `cover` and `invariant`. `trigger` belongs to `leads to`, `label` to `never` and `at most`."""

    name: Name
    claim: OneOf["always", "leads to", "at most", "never", "cover", "invariant"]
    title: str
    span: Span
    expression: Expr | None = None
    trigger: Expr | None = None
    label: Label | None = None
    limit: int = 0
    id: Name | None = None
    under: tuple[Name, ...] = ()
    cites: tuple[str, ...] = ()
    witness: Expr | None = None
    lemmas: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class ScopeDecl:
    name: Name
    settings: tuple[tuple[Name, int], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class SettingDecl:
    name: Name
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class ExpectDecl:
    property: Name
    verdict: str
    scopes: tuple[Name, ...]
    by: Label | None
    because: str
    span: Span


@dataclass(frozen=True, slots=True)
class ScenarioDecl:
    name: Name
    title: str
    scopes: tuple[Name, ...]
    settings: tuple[SettingDecl, ...]
    expectations: tuple[ExpectDecl, ...]
    span: Span


Declaration: TypeAlias = (
    Header | Use | Needs | SortDecl | EnumDecl | ConstDecl | RecordDecl | ParamDecl | BudgetDecl | VariableDecl
    | PlaceDecl | InterfaceDecl | ActorDecl | ServiceDecl | StorageDecl | ProtocolDecl | EnvironmentDecl | MeasureDecl
    | Function | PropertyDecl | ScopeDecl | ScenarioDecl | ExpectDecl
)  # fmt: skip
