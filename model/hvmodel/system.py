"""A transition system as data: state functions, threads of control, actions, properties.

A state gives every function a value for every combination of its arguments. Control is state like any other:
the program counter of a thread is a function from the thread's parameters to its locations, so nothing in a
system depends on how many elements a sort has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property
from typing import Literal as OneOf
from typing import TypeAlias

from .dataclass import dataclass
from .expression import (
    TRUE,
    Expression,
    Literal,
    Read,
    Variable,
    conditional,
    conjunction,
    equality,
    substitute,
)
from .source import NOWHERE, Span
from .types import Enum, Sort, Type, Value

IDLE = "idle"
"""The location of a thread that is not running; the first value of every thread's location type."""

EMPTY = "empty"
"""What a slot of a channel holds when no message is in flight there."""

Role: TypeAlias = OneOf["variable", "ghost", "control", "place", "outcome", "failure", "budget", "counter", "channel"]


@dataclass(frozen=True, slots=True)
class Function:
    """One total function of the state. `initial` is closed: every cell starts with the same value."""

    name: str
    domain: tuple[Type, ...]
    range: Type
    initial: Literal
    role: Role = "variable"
    volatile: bool = False
    span: Span = NOWHERE

    def at(self, *arguments: Expression) -> Read:
        return Read(self.name, arguments, self.range)


@dataclass(frozen=True, slots=True)
class Reference:
    """An actor, or one of an indexed family of actors: `GuestVss[vm]`."""

    name: str
    indices: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor, or a family with one for every value of its parameters, which index its `place`. For charts."""

    name: str
    parameters: tuple[Variable, ...] = ()
    place: Reference | None = None
    title: str = ""


EventKind: TypeAlias = OneOf[
    "message", "send", "delivery", "loss", "step", "failure", "deadline", "crash", "restart", "notice", "environment",
    "fault", "end"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """What one sees of an action: an arrow of the chart, a step at an actor, or what befell it.

    `target` is set for messages, also for those that nobody waits for: `send`, `delivery`, `loss`.
    `name` is the message, the step, the failure code or the deadline.
    `code` gives a failure whose code is only known at run time (then `name` is empty).
    """

    kind: EventKind
    name: str
    source: Reference
    target: Reference | None = None
    arguments: tuple[Expression, ...] = ()
    code: Expression | None = None
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Guard:
    """One conjunct of what must hold before an action, with the name under which explanations mention it.

    `role` tells budgets (dropped by proofs, which only adds behaviours) from the protocol's own conditions.
    """

    name: str
    expression: Expression
    role: OneOf["control", "condition", "place", "budget"] = "condition"
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Write:
    """For all values of the binders that satisfy `where`: function[indices] := value, read in the state before.

    Every binder stands as an index of its own, so a cell is written at most once by one `Write`; of several
    writes to one cell the last wins.
    """

    function: str
    indices: tuple[Expression, ...]
    value: Expression
    binders: tuple[Variable, ...] = ()
    where: Expression = TRUE
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class StorageCall:
    """An operation of a storage class as the spec calls it, beside the writes that are its meaning.

    `disk` is the storage variable and `indices` say which of its disks; `copy` (a whole storage value
    assigned) has `source` as its one argument disk. Arguments are read in the state before the action.
    """

    operation: str
    disk: str
    indices: tuple[Expression, ...]
    arguments: tuple[Expression, ...] = ()
    source: tuple[str, tuple[Expression, ...]] | None = None
    binders: tuple[Variable, ...] = ()
    where: Expression = TRUE
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Obligation:
    """What must hold whenever an action is taken, for all binders that satisfy `where`; else the spec is at fault."""

    kind: OneOf["requires", "range", "none"]
    expression: Expression
    message: str
    binders: tuple[Variable, ...] = ()
    where: Expression = TRUE
    span: Span = NOWHERE


ActionKind: TypeAlias = OneOf["protocol", "environment", "fault", "deadline"]


@dataclass(frozen=True, slots=True)
class Action:
    """One atomic step, for every value of its parameters.

    `thread` names the thread that moves (its parameters come first among the action's); `fair` actions of one
    thread instance may not be enabled for ever without one being taken.
    """

    name: str
    kind: ActionKind
    parameters: tuple[Variable, ...] = ()
    guards: tuple[Guard, ...] = ()
    writes: tuple[Write, ...] = ()
    events: tuple[Event, ...] = ()
    thread: str = ""
    fair: bool = False
    calls: tuple[StorageCall, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    cites: tuple[str, ...] = ()
    span: Span = NOWHERE

    @property
    def guard(self) -> Expression:
        return conjunction(guard.expression for guard in self.guards)


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread of control for every value of its parameters.

    A `call` is a handler that runs at another place than its caller; a `branch` is one of an `each`; a `delivery` is a
    handler that nobody waits for.
    `parent` waits at location `waits` until the thread is idle again.
    """

    name: str
    control: str
    kind: OneOf["protocol", "call", "branch", "reaction", "delivery"]
    parameters: tuple[Variable, ...] = ()
    parent: str = ""
    waits: str = ""
    place: Reference | None = None
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Location:
    """A boundary where a thread can rest: its name in the control type, and what runs when it goes on.

    `inside` lists the `Actor.Message` handlers on the way from the protocol to here, outermost first.
    """

    thread: str
    name: str
    next: str
    inside: tuple[str, ...] = ()
    span: Span = NOWHERE


Claim: TypeAlias = OneOf["always", "leads to", "at most", "never", "cover", "invariant", "obligations", "deadlock"]


@dataclass(frozen=True, slots=True)
class Property:
    """A claim about every run (or, for `cover`, about some run).

    `always`, `at most`, `invariant`: `expression` holds in every state. `leads to`: after every state in which
    `trigger` holds comes one in which `expression` does. `never`: no action named in `forbidden` is taken.
    `cover`: some state satisfies `expression`. `obligations`: no step breaks an obligation of its action.
    `deadlock`: from every state that does not satisfy `expression` (all protocols have ended) a protocol action can
    still come to be taken. `witness`: a state that shows that the claim could have failed; the compiler gives every
    property one, but for `never` and `at most`, whose witness is another spec or scenario that violates them.
    `needs`: faults without which there is nothing to judge.
    """

    name: str
    claim: Claim
    expression: Expression = TRUE
    trigger: Expression | None = None
    forbidden: frozenset[str] = frozenset()
    about: str = ""
    witness: Expression | None = None
    needs: tuple[str, ...] = ()
    lemmas: tuple[str, ...] = ()
    title: str = ""
    cites: tuple[str, ...] = ()
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Disk:
    """A storage variable: for every index one virtual disk with all its files.

    `fields` maps each field of the class to the state function that holds it; `driver` names who does the same
    operations on real files. `settings` are the parameters declared beside the class, with their values here: what its
    operations do depends on them, on files as in the model.
    """

    name: str
    storage: str
    driver: str
    domain: tuple[Type, ...]
    fields: tuple[tuple[str, str], ...]
    block: Sort | None = None
    settings: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True)
class System:
    """A compiled spec under one setting of its parameters. Sizes of sorts come later, with a scope.

    `budgets` says how often each fault, time limit or environment budget may occur.
    """

    name: str
    title: str = ""
    sorts: tuple[Sort, ...] = ()
    constants: tuple[Literal, ...] = ()
    functions: tuple[Function, ...] = ()
    threads: tuple[Thread, ...] = ()
    locations: tuple[Location, ...] = ()
    actions: tuple[Action, ...] = ()
    properties: tuple[Property, ...] = ()
    disks: tuple[Disk, ...] = ()
    budgets: tuple[tuple[str, int], ...] = ()
    enums: tuple[Enum, ...] = ()
    actors: tuple[Actor, ...] = ()

    @cached_property
    def function(self) -> Mapping[str, Function]:
        return {function.name: function for function in self.functions}

    @cached_property
    def action(self) -> Mapping[str, Action]:
        return {action.name: action for action in self.actions}

    @cached_property
    def thread(self) -> Mapping[str, Thread]:
        return {thread.name: thread for thread in self.threads}

    @cached_property
    def property(self) -> Mapping[str, Property]:
        return {claim.name: claim for claim in self.properties}


@dataclass(frozen=True, slots=True)
class Scope:
    """How many elements each sort has in a finite exploration."""

    name: str
    sizes: tuple[tuple[str, int], ...]

    def size(self, sort: Sort) -> int:
        return dict(self.sizes)[sort.name]

    def __str__(self) -> str:
        return " x ".join(f"{size} {sort}" for sort, size in self.sizes) or "no sorts"


@dataclass(slots=True)
class Effects:
    """Writes gathered in order, and what a cell reads after them: sequential composition by substitution."""

    writes: list[Write] = field(default_factory=list)

    def read(self, function: str, arguments: tuple[Expression, ...], type_: Type) -> Expression:
        """The value of a cell after the writes so far, as an expression over the state before them."""
        value: Expression = Read(function, arguments, type_)
        for write in self.writes:
            if write.function == function:
                condition, written = reach(write, arguments)
                value = conditional(condition, written, value)
        return value

    def __iter__(self) -> Iterator[Write]:
        return iter(self.writes)


def reach(write: Write, cell: tuple[Expression, ...]) -> tuple[Expression, Expression]:
    """When a write reaches the cell, and what it puts there."""
    names = {binder.name for binder in write.binders}
    bound: dict[str, Expression] = {}
    others: list[tuple[Expression, Expression]] = []
    for index, argument in zip(write.indices, cell, strict=True):
        if isinstance(index, Variable) and index.name in names and index.name not in bound:
            bound[index.name] = argument
        else:
            others.append((index, argument))
    conditions = [equality(substitute(index, bound), argument) for index, argument in others]
    conditions.append(substitute(write.where, bound))
    return conjunction(conditions), substitute(write.value, bound)


def after(action: Action, read: Read) -> Expression:
    """What a cell holds after an action, as an expression over the state before it (weakest precondition)."""
    return Effects(list(action.writes)).read(read.function, read.arguments, read.type)
