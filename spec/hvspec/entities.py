"""What a name can stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import TypeAlias

from hvmodel.dataclass import dataclass
from hvmodel.expression import Expression
from hvmodel.types import Enum, Sort, Type

from . import syntax as s


@dataclass(frozen=True, slots=True)
class Value:
    """A value: a parameter, a bound variable, a constant."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Cells:
    """A variable of the state, indexed by as many arguments as were given so far."""

    name: str
    indices: tuple[Expression, ...]
    rest: tuple[Type, ...]
    holds: Type | str
    ghost: bool


@dataclass(frozen=True, slots=True)
class ActorRef:
    """An actor, or a family of them when `rest` is not empty."""

    name: str
    indices: tuple[Expression, ...] = ()
    rest: tuple[Sort | Enum, ...] = ()


@dataclass(frozen=True, slots=True)
class ActorSet:
    """A fixed set of actors: `{ App[vm] }`."""

    members: tuple[ActorRef, ...]


@dataclass(frozen=True, slots=True)
class Everything:
    """A sort or enum named where a set is expected: all its elements."""

    of: Sort | Enum


@dataclass(frozen=True, slots=True)
class PlaceRef:
    name: str
    indices: tuple[Expression, ...] = ()
    rest: tuple[Sort | Enum, ...] = ()


@dataclass(frozen=True, slots=True)
class Protocol:
    name: str


@dataclass(frozen=True, slots=True)
class Inlined:
    """A `fun` with the environment it was declared in."""

    function: s.Function
    environment: Environment


@dataclass(frozen=True, slots=True)
class RecordValue:
    """A whole record: the values of its fields, in the order of their declaration."""

    type: str
    fields: Mapping[str, Expression]


Entity: TypeAlias = Value | Cells | ActorRef | ActorSet | Everything | PlaceRef | Protocol | Inlined | RecordValue


@dataclass(frozen=True, slots=True)
class Environment:
    """Names in scope over the program's own, and the disk or actor that `self`-less members belong to."""

    names: Mapping[str, Entity] = field(default_factory=dict)

    def with_names(self, names: Mapping[str, Entity]) -> Environment:
        return Environment({**self.names, **names})


_KINDS: Mapping[type, str] = MappingProxyType(
    {
        Value: "a value",
        Cells: "a variable",
        ActorRef: "an actor",
        ActorSet: "a set of actors",
        Everything: "a sort or an enum",
        PlaceRef: "a place",
        Protocol: "a protocol",
        Inlined: "a function that takes arguments",
        RecordValue: "a record",
    }
)


def kind(entity: Entity) -> str:
    """What a name stands for, as an author knows it."""
    return _KINDS[type(entity)]
