"""Leave out what can never happen: code that nothing leads to, failures that nothing raises."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from operator import is_
from typing import TypeAlias

from hvmodel.expression import FALSE, TRUE, Apply, Expression, Literal, Read, children, reads, rewrite
from hvmodel.system import IDLE, Action

from .builder import Builder
from .threads import FAILURE, OK, Location


def prune(builder: Builder, starts: Iterable[Location]) -> None:
    """Drop actions and compiler-made cells until nothing more can be dropped."""
    first = {(start.thread.control, start.name) for start in starts}
    mentioned: _Mentions = {}
    while True:
        before, silent = builder.actions, _unwritten_failures(builder)
        kept = [action for action in (_without(a, silent, mentioned) for a in before) if action is not None]
        reached = set(first)
        for action in kept:
            for write in action.writes:
                reached.update((write.function, name) for name in _names(write.value))
        builder.actions = [action for action in kept if _possible(action, reached)]
        if len(builder.actions) == len(before) and all(map(is_, builder.actions, before)):
            break
    used = {write.function for action in builder.actions for write in action.writes}
    for action in builder.actions:
        used = used.union(*(reads(guard.expression) for guard in action.guards))
    builder.functions = {
        name: function for name, function in builder.functions.items() if name in used or function.role == "outcome"
    }
    for thread in builder.threads:
        thread.registers = [name for name in thread.registers if name in builder.functions]


def _names(value: Expression) -> Iterable[str]:
    if isinstance(value, Literal) and isinstance(value.value, str):
        yield value.value
    for child in children(value):
        yield from _names(child)


def _possible(action: Action, reached: set[tuple[str, str]]) -> bool:
    """Whether some action leads to every location that the action needs."""
    for guard in action.guards:
        match guard.expression:
            case Apply("==", (Read(control), Literal(str(location)))) if guard.role == "control":
                if location != IDLE and (control, location) not in reached:
                    return False
            case _:
                continue
    return True


def _unwritten_failures(builder: Builder) -> frozenset[str]:
    failures = {name for name, function in builder.functions.items() if function.role == "failure"}
    for action in builder.actions:
        for write in action.writes:
            if write.function in failures and not (isinstance(write.value, Literal) and write.value.value == OK):
                failures.discard(write.function)
    return frozenset(failures)


_Mentions: TypeAlias = dict[int, tuple[Action, frozenset[str]]]
"""What actions mention, by their identity, which each entry keeps from being taken by another."""


def _mentioned(action: Action, known: _Mentions) -> frozenset[str]:
    if id(action) not in known:
        known[id(action)] = action, _mentions(action)
    return known[id(action)][1]


def _mentions(action: Action) -> frozenset[str]:
    """The functions that guards and writes read or write, indices aside: no failure stands in one."""
    conditions = (guard.expression for guard in action.guards)
    values = (part for write in action.writes for part in (write.value, write.where))
    return frozenset(write.function for write in action.writes).union(*map(reads, (*conditions, *values)))


def _without(action: Action, silent: frozenset[str], known: _Mentions) -> Action | None:
    """The action where some failure cells are always OK; None if it needs one that is not."""
    if silent.isdisjoint(_mentioned(action, known)):
        return action

    def settle(expression: Expression) -> Expression:
        if isinstance(expression, Read) and expression.function in silent:
            return Literal(OK, FAILURE, OK)
        return expression

    guards = [replace(guard, expression=rewrite(guard.expression, settle)) for guard in action.guards]
    if any(guard.expression == FALSE for guard in guards):
        return None
    writes = tuple(
        replace(write, value=rewrite(write.value, settle), where=rewrite(write.where, settle))
        for write in action.writes
        if write.function not in silent
    )
    return replace(action, guards=tuple(guard for guard in guards if guard.expression != TRUE), writes=writes)
