"""What a reader of a run cares about: the state its property speaks of, the disks, and what lets the world act."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hvmodel.dataclass import dataclass
from hvmodel.expression import reads
from hvmodel.semantics import Step
from hvmodel.system import Action, Function, Property, System

from .changed import HIDDEN

BOOKKEEPING = 3
"""Ranks from here on are the protocol's own notes, and ghosts that the property does not name."""


@dataclass(frozen=True, slots=True)
class Interest:
    """`functions` by rank, the most important ones lowest; what is not there is the protocol's own bookkeeping.

    `labels` are steps (`Mount`) and messages (`App.OnFreeze` or `OnFreeze`) that are asked for by name, `actions`
    those that the property is about.
    """

    functions: dict[str, int]
    labels: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()

    def rank(self, function: Function) -> int:
        return self.functions.get(function.name, BOOKKEEPING + (function.role == "ghost"))

    def names(self, action: Action, step: Step) -> bool:
        """Whether somebody asked for this very step."""
        if step.action in self.actions:
            return True
        return any(label in self.labels for label in labels_of(action))


def interest_of(system: System, claim: Property, named: str = "", failing: Iterable[str] = ()) -> Interest:
    """What the property reads comes first, then the disks, then what environment and faults look at.

    Of a long property only what its `failing` clause reads counts, if that is known.
    """
    ranks: dict[str, int] = {}
    for rank, names in enumerate((tuple(failing) or _read_by(claim), _fields(system), _watched(system))):
        for name in names:
            if name in system.function and system.function[name].role not in HIDDEN:
                ranks.setdefault(name, rank)
    asked = {text.partition("(")[0].strip() for text in (named, claim.about)} - {""}
    return Interest(ranks, frozenset(asked), claim.forbidden)


def labels_of(action: Action) -> Iterator[str]:
    """The names by which a spec can speak of an action: `OnFreeze`, `GuestVss.OnFreeze`, `App.OnFreeze`."""
    yield action.name
    for event in action.events:
        yield event.name
        yield f"{event.source.name}.{event.name}"
        if event.target is not None:
            yield f"{event.target.name}.{event.name}"


def _read_by(claim: Property) -> Iterator[str]:
    for expression in (claim.expression, claim.trigger):
        if expression is not None:
            yield from sorted(reads(expression))


def _fields(system: System) -> Iterator[str]:
    for disk in system.disks:
        yield from (function for _, function in disk.fields)


def _watched(system: System) -> Iterator[str]:
    for action in system.actions:
        if action.kind in ("environment", "fault"):
            for guard in action.guards:
                yield from sorted(reads(guard.expression))
