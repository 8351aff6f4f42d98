"""Who owes fairness to whom: the instances of threads, and the steps of each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from hvmodel.dataclass import dataclass
from hvmodel.state import Layout, values
from hvmodel.system import Action, Thread
from hvmodel.types import Value


@dataclass(frozen=True, slots=True)
class Call:
    """One action with values for its parameters."""

    action: Action
    arguments: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Instance:
    """Calls one of which must come to be taken if they can be for ever; `thread` is None for an action by itself."""

    thread: Thread | None
    arguments: tuple[Value, ...]
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Grouped:
    """All calls of a system: those of fair instances, and those that nothing makes happen."""

    fair: tuple[Instance, ...]
    others: tuple[Call, ...]


def grouped(layout: Layout) -> Grouped:
    """Every action with every choice of arguments, once."""
    system = layout.system
    fair = [action for action in system.actions if action.fair]
    instances: list[Instance] = []
    for thread in system.threads:
        own = [action for action in fair if action.thread == thread.name]
        for chosen in product(*(values(parameter.type, layout.scope) for parameter in thread.parameters)):
            calls = tuple(
                call for action in own for call in _calls(action, layout) if call.arguments[: len(chosen)] == chosen
            )
            if calls:
                instances.append(Instance(thread, chosen, calls))
    for action in fair:
        if action.thread not in system.thread:
            instances += [Instance(None, call.arguments, (call,)) for call in _calls(action, layout)]
    others = tuple(call for action in system.actions if not action.fair for call in _calls(action, layout))
    return Grouped(tuple(instances), others)


def _calls(action: Action, layout: Layout) -> Iterator[Call]:
    ranges = (values(parameter.type, layout.scope) for parameter in action.parameters)
    return (Call(action, arguments) for arguments in product(*ranges))
