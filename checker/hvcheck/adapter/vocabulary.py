"""The words of a spec that an adapter's methods can be about, each with the values that a method can ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal as OneOf
from typing import TypeAlias

from hvmodel.dataclass import dataclass
from hvmodel.system import Function, System
from hvmodel.types import Enum, Sort, Type
from hvspec import syntax
from hvspec.labels import blocks, steps
from hvspec.members import members
from hvspec.program import Program

DoingKind: TypeAlias = OneOf["message", "step", "environment", "storage", "deadline"]

DEADLINE = "deadline"
_NUMBERED = re.compile(r"'\d+$")
_SHOWN = frozenset({"variable", "ghost", "outcome", "place"})
"""The roles of state that a tool can be asked about: not control, nor budgets."""


@dataclass(frozen=True, slots=True)
class Doing:
    """Something that happens, and the names of its values in order.

    Messages and steps begin with the indices of their actor, storage operations with those of their disk.
    """

    name: str
    kind: DoingKind
    parameters: tuple[str, ...]


def doings(program: Program, system: System) -> dict[str, Doing]:
    """All that can happen under any setting of the spec."""
    found = [*_messages(program), *_steps(program), *_environment(program), *_storage(program, system)]
    found.append(Doing(DEADLINE, "deadline", ("limit",)))
    return {doing.name: doing for doing in found}


def observables(system: System) -> Mapping[str, Function]:
    """Every variable that a tool can be asked about, by the name that the spec gives it: `succeeded(Backup)`."""
    return {_shown(function): function for function in system.functions if function.role in _SHOWN}


def plain(name: str) -> str:
    """A variable of the text by the name it has there."""
    return _NUMBERED.sub("", name)


def _shown(function: Function) -> str:
    word, _, rest = function.name.partition(".")
    return f"{word}({rest})" if function.role in ("outcome", "place") and rest else function.name


def _messages(program: Program) -> Iterator[Doing]:
    for actor in program.actors.values():
        own = _indices(program, actor.name.text)
        handled: dict[str, tuple[str, ...]] = {}
        for member in members(program, actor):
            if isinstance(member, syntax.Handler):
                handled.setdefault(member.message.text, tuple(binder.name.text for binder in member.params))
        for interface in program.interfaces.values():
            for message in interface.messages:
                handled.setdefault(message.text, ())
        for message_name, parameters in handled.items():
            yield Doing(f"{actor.name}.{message_name}", "message", _distinct((*own, *parameters, "sender")))


def _indices(program: Program, actor: str) -> tuple[str, ...]:
    return tuple(binder.name.text for binder in program.actors[actor].binders)


def _steps(program: Program) -> Iterator[Doing]:
    """A step's values are named as the text names them, or `argument1` where it gives an expression."""
    for block in blocks(program):
        for step in steps(block):
            named = tuple(
                argument.name if isinstance(argument, syntax.NameRef) else f"argument{number}"
                for number, argument in enumerate(step.arguments, 1)
            )
            yield Doing(step.name.text, "step", (*_distinct(named), "actor"))


def _environment(program: Program) -> Iterator[Doing]:
    for declaration in program.environments.values():
        parameters = tuple(binder.name.text for binder in declaration.params)
        yield Doing(declaration.name.text, "environment", parameters)


def _storage(program: Program, system: System) -> Iterator[Doing]:
    for disk in system.disks:
        indices = _distinct(tuple(_of_type(type_) for type_ in disk.domain))
        for operation in program.storages[disk.storage].operations:
            parameters = tuple(binder.name.text for binder in operation.params)
            yield Doing(f"{disk.name}.{operation.name}", "storage", _distinct((*indices, *parameters)))
        yield Doing(f"{disk.name}.copy", "storage", _distinct((*indices, "source")))


def _of_type(type_: Type) -> str:
    return type_.name.lower() if isinstance(type_, Sort | Enum) else "index"


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """Every name once: the second `disk` is `disk2`."""
    found: list[str] = []
    for name in names:
        number = 2
        fresh = name
        while fresh in found:
            fresh, number = f"{name}{number}", number + 1
        found.append(fresh)
    return tuple(found)
