"""Top-level declarations and the members of actors, services and storage classes."""

from __future__ import annotations

from typing import Literal as OneOf
from typing import TypeAlias

from hvmodel.dataclass import dataclass
from hvmodel.source import Span

from .expressions import Expr
from .name import Name
from .statements import Block
from .types import Binder, TypeExpr


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
    """`on M`; with `override`, in the place of the one of the actor's service."""

    message: Name
    params: tuple[Binder, ...]
    cites: tuple[str, ...]
    body: Block
    span: Span
    override: bool = False


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
class AboutDecl:
    """Where what is declared elsewhere is documented: steps, messages, events, protocols and claims, by name."""

    labels: tuple[Label, ...]
    cites: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ChannelDecl:
    """How many messages may be in flight from one actor to another."""

    sender: Name
    receiver: Name
    limit: int
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
    | AboutDecl | ChannelDecl | Function | PropertyDecl | ScopeDecl | ScenarioDecl | ExpectDecl
)  # fmt: skip
