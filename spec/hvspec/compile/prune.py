"""Leave out what can never happen: code that nothing leads to, failures that nothing raises."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from operator import is_
from typing import Any, NamedTuple

from hvmodel.expression import FALSE, TRUE, Apply, Expression, Literal, Read, children, reads, rewrite
from hvmodel.system import IDLE, Action, Guard, Write

from ..once import Once
from .builder import Builder
from .threads import OK, Location


def prune(builder: Builder, starts: Iterable[Location]) -> None:
    """Drop actions and compiler-made cells until nothing more can be dropped."""
    first = {(start.thread.control, start.name) for start in starts}
    facts, ok = _facts(), builder.code(OK)
    while True:
        before, silent = builder.actions, _unwritten_failures(builder, facts)
        kept = [action for action in (_without(a, silent, ok, facts) for a in before) if action is not None]
        reached = first.union(*(facts(action).leads_to for action in kept))
        builder.actions = [action for action in kept if facts(action).needs <= reached]
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


class _Facts(NamedTuple):
    """What pruning looks at in an action, or in one guard or write of it.

    `mentions`: the functions that are read or written, indices aside (no failure stands in one). `fails`: those that
    anything but OK is written to. `needs` and `leads_to`: locations, each with its control.
    """

    mentions: frozenset[str]
    fails: frozenset[str] = frozenset()
    needs: frozenset[tuple[str, str]] = frozenset()
    leads_to: frozenset[tuple[str, str]] = frozenset()


_NOTHING = _Facts(frozenset())


def _facts() -> Once[Action, _Facts]:
    """The facts of actions. Actions that begin alike share guards and writes."""
    guards, writes = Once(_of_guard), Once(_of_write)

    def of(action: Action) -> _Facts:
        parts = (_NOTHING, *map(guards, action.guards), *map(writes, action.writes))
        mentions, fails, needs, leads_to = zip(*parts, strict=True)
        none = frozenset[Any]()
        return _Facts(none.union(*mentions), none.union(*fails), none.union(*needs), none.union(*leads_to))

    return Once(of)


def _of_guard(guard: Guard) -> _Facts:
    mentions = reads(guard.expression)
    match guard.expression:
        # Nothing has to lead to IDLE.
        case Apply("==", (Read(control), Literal(str(location)))) if guard.role == "control" and location != IDLE:
            return _Facts(mentions, needs=frozenset(((control, location),)))
        case _:
            return _Facts(mentions)


def _of_write(write: Write) -> _Facts:
    return _Facts(
        reads(write.value).union(reads(write.where), (write.function,)),
        frozenset(() if _is_ok(write.value) else (write.function,)),
        leads_to=frozenset([(write.function, name) for name in _names(write.value)]),
    )


def _is_ok(value: Expression) -> bool:
    return isinstance(value, Literal) and value.value == OK


def _names(value: Expression) -> list[str]:
    """The names that stand in a value."""
    found, open_ = list[str](), [value]
    while open_:
        node = open_.pop()
        if isinstance(node, Literal) and isinstance(node.value, str):
            found.append(node.value)
        open_ += children(node)
    return found


def _unwritten_failures(builder: Builder, facts: Once[Action, _Facts]) -> frozenset[str]:
    failures = frozenset(name for name, function in builder.functions.items() if function.role == "failure")
    return failures.difference(*(facts(action).fails for action in builder.actions))


def _without(action: Action, silent: frozenset[str], ok: Literal, facts: Once[Action, _Facts]) -> Action | None:
    """The action where some failure cells are always OK; None if it needs one that is not."""
    if silent.isdisjoint(facts(action).mentions):
        return action

    def settle(expression: Expression) -> Expression:
        if isinstance(expression, Read) and expression.function in silent:
            return ok
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
