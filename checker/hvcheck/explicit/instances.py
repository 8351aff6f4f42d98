"""Whose fairness a step serves, as a number: a thread instance, or a fair step that has no thread."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from hvmodel.dataclass import dataclass
from hvmodel.system import Action, System
from hvmodel.types import Type

from .codegen import Label
from .codes import Codec


@dataclass(frozen=True, slots=True)
class Owed:
    """The instances of one thread or step, numbered from `base`, the last argument fastest.

    `sizes` says how many values each argument has.
    """

    base: int
    sizes: tuple[int, ...]

    @property
    def count(self) -> int:
        return prod(self.sizes)

    def number(self, codes: Sequence[int]) -> int:
        """The number of an instance by the codes of a step's arguments; those beyond its own do not matter."""
        place = 0
        for code, size in zip(codes, self.sizes, strict=False):
            place = place * size + code
        return self.base + place


@dataclass(frozen=True, slots=True)
class Instances:
    """For each action, by its place in the system, the instances its steps serve; None if it is not fair."""

    owed: tuple[Owed | None, ...]
    count: int

    def mover(self, label: Label) -> int:
        """The number of the instance that a step serves, or -1."""
        owed = self.owed[label[0]]
        return -1 if owed is None else owed.number(label[1:])


def instances(codec: Codec) -> Instances:
    """All instances of a system in a scope, numbered from 0: the threads of one name together."""
    system = codec.layout.system
    blocks: dict[tuple[str, str], Owed] = {}
    owed: list[Owed | None] = []
    count = 0
    for action in system.actions:
        if not action.fair:
            owed.append(None)
            continue
        name, types = _owner(system, action)
        if name not in blocks:
            sizes = tuple(codec.size(type_) for type_ in types)
            blocks[name] = Owed(count, sizes)
            count += prod(sizes)
        owed.append(blocks[name])
    return Instances(tuple(owed), count)


def _owner(system: System, action: Action) -> tuple[tuple[str, str], tuple[Type, ...]]:
    """What the step's fairness is about, and the types of the parameters that tell its instances apart."""
    thread = system.thread.get(action.thread)
    if thread is None:
        return ("action", action.name), tuple(parameter.type for parameter in action.parameters)
    return ("thread", thread.name), tuple(parameter.type for parameter in thread.parameters)
