"""Whose fairness a step serves, as a number: a thread instance, or a fair step that has no thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from hvmodel.system import Action, System
from hvmodel.types import Type

from ..codegen import Label
from ..codes import Codec

MOST = 0xFFFF
"""Numbers of instances are below this; it stands for a step that is not fair."""


@dataclass(frozen=True, slots=True)
class Owed:
    """The instances of one thread or step: `base` plus the codes of its arguments, each times its stride."""

    base: int
    strides: tuple[int, ...]

    def number(self, codes: Sequence[int]) -> int:
        return self.base + sum(code * stride for code, stride in zip(codes, self.strides, strict=False))


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
            sizes = [codec.size(type_) for type_ in types]
            strides = tuple(prod(sizes[place + 1 :]) for place in range(len(sizes)))
            blocks[name] = Owed(count, strides)
            count += prod(sizes)
        owed.append(blocks[name])
    return Instances(tuple(owed), count)


def _owner(system: System, action: Action) -> tuple[tuple[str, str], tuple[Type, ...]]:
    """What the step's fairness is about, and the types of the parameters that tell its instances apart."""
    thread = system.thread.get(action.thread)
    if thread is None:
        return ("action", action.name), tuple(parameter.type for parameter in action.parameters)
    return ("thread", thread.name), tuple(parameter.type for parameter in thread.parameters)
