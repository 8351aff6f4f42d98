"""Threads of control and the locations where they can rest, while they are being found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Literal as OneOf

from hvmodel.dataclass import dataclass
from hvmodel.expression import Expression, Literal, Read, Variable
from hvmodel.source import NOWHERE, Span
from hvmodel.system import IDLE, Reference
from hvmodel.types import Enum

from .. import syntax as s
from ..entities import ActorRef, Environment, PlaceRef
from .path import Path

OK = "OK"
"""The first of the failure codes."""

ThreadKind = OneOf["protocol", "call", "branch", "reaction", "delivery"]
Continue = Callable[[Path], None]
Fail = Callable[[Path, Expression], None]


@dataclass(frozen=True, slots=True)
class Label:
    """What runs next at a location: `Actor.Message` or a step, with its indices; or a word for it."""

    name: str
    indices: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Handling:
    """One handler on the way from the thread's start to a location."""

    actor: ActorRef
    message: str

    @property
    def name(self) -> str:
        return f"{self.actor.name}.{self.message}"


@dataclass(frozen=True, slots=True)
class Final:
    """A `finally` that runs when what it guards is cancelled."""

    block: s.Block
    environment: Environment


@dataclass(frozen=True, slots=True)
class Deadline:
    """A `within` around a location: `finals` counts those outside of it, `otherwise` is where its `else` starts."""

    limit: str
    me: ActorRef
    finals: int
    otherwise: Location
    span: Span


@dataclass(eq=False, slots=True)
class Location:
    thread: ThreadBuilder
    name: str
    label: Label
    inside: tuple[Handling, ...]
    finals: tuple[Final, ...]
    deadlines: tuple[Deadline, ...]
    span: Span
    guard: Expression | None = None


@dataclass(frozen=True, slots=True)
class Wakes:
    """What starts a reaction: something that happens to a place; and where it starts."""

    event: OneOf["crashed", "restarted"]
    site: PlaceRef
    entry: Location


@dataclass(eq=False, slots=True)
class ThreadBuilder:
    """A thread; a `call` has the caller and the actor that handles, a child waits' location is its parent's.

    `registers` are its cells for failure codes, `kept` those for what it was sent, with what they hold when it is idle.
    `type` gets its values when all locations are known (`types.complete`).
    """

    name: str
    kind: ThreadKind
    parameters: tuple[Variable, ...]
    place: PlaceRef | None
    parent: ThreadBuilder | None = None
    waits: Location | None = None
    caller: ActorRef | None = None
    callee: ActorRef | None = None
    locations: list[Location] = field(default_factory=list)
    children: list[ThreadBuilder] = field(default_factory=list)
    registers: list[str] = field(default_factory=list)
    wakes: Wakes | None = None
    kept: dict[str, Literal] = field(default_factory=dict)
    span: Span = NOWHERE
    control: str = field(init=False)
    type: Enum = field(init=False)

    def __post_init__(self) -> None:
        self.named(self.name)

    def named(self, name: str) -> None:
        """Give a thread its name, before anything refers to it."""
        self.name, self.control = name, f"pc.{name}"
        self.type = Enum(self.control, ())

    def at(self, location: Location | None) -> Literal:
        return Literal(location.name if location else IDLE, self.type, location.name if location else IDLE)

    def pc(self, arguments: tuple[Expression, ...] | None = None) -> Read:
        return Read(self.control, self.parameters if arguments is None else arguments, self.type)

    def new_location(self, label: Label, context: Context, span: Span) -> Location:
        name = f"{label.name}#{len(self.locations) + 1}"
        location = Location(self, name, label, context.inside, context.finals, context.deadlines, span)
        self.locations.append(location)
        return location


@dataclass(frozen=True, slots=True)
class Context:
    """Where in the protocol control is: thread, actor, names, and what failing and returning mean here.

    `key` tells apart the same text reached by different calls. `code` is what a `rethrow` throws,
    `leave` goes on behind the loop around.
    """

    thread: ThreadBuilder
    me: ActorRef
    environment: Environment
    fail: Fail
    key: tuple[object, ...]
    inside: tuple[Handling, ...] = ()
    finals: tuple[Final, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    stack: tuple[tuple[str, str], ...] = ()
    code: Expression | None = None
    leave: Continue | None = None

    @property
    def reference(self) -> Reference:
        return Reference(self.me.name, self.me.indices)
