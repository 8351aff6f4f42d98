"""Expressions as a spec's author would write them, where the compiled ones speak of the compiler's own state."""

from __future__ import annotations

from hvmodel.expression import Apply, Expression, Literal, Quantifier, Read, conjunction, reads, rewrite, show
from hvmodel.system import EMPTY, IDLE, System
from hvmodel.types import BOOL

from .naming import function_name, plain_location


def readable(system: System, expression: Expression) -> str:
    """As text: `ended(Backup)`, `up(guest[vm])`, and no location by the number the compiler gave it."""
    return show(rewrite(_where(system, expression), lambda part: _renamed(system, part)))


def _where(system: System, expression: Expression) -> Expression:
    """The expression with each part that only asks where protocols are put in words."""
    words = _ended(system, expression) or _located(system, expression)
    if words:
        return Literal(True, BOOL, words)
    match expression:
        case Apply("and", parts) if any(_ended(system, part) for part in parts):
            said = [_where(system, part) for part in parts if not _asks_idle(system, part)]
            return conjunction(said)
        case Apply(operation, parts):
            return Apply(operation, tuple(_where(system, part) for part in parts), expression.type)
        case Quantifier(kind, variables, body):
            return Quantifier(kind, variables, _where(system, body))
    return expression


def _ended(system: System, expression: Expression) -> str:
    """`ended(P)`: P has succeeded or failed, and perhaps every thread is idle; "" if it is something else."""
    match expression:
        case Apply("or", (Read(succeeded), Read(failed))):
            word, _, protocol = succeeded.partition(".")
            if word == "succeeded" and failed == f"failed.{protocol}" and _roles(system, expression) == {"outcome"}:
                return f"ended({protocol})"
        case Apply("and", (first, *others)) if others and all(_asks_idle(system, other) for other in others):
            return _ended(system, first)
    return ""


def _asks_idle(system: System, expression: Expression) -> bool:
    """Whether threads (or channels), perhaps for all their indices, are compared with being idle and nothing else."""
    match expression:
        case Quantifier("all", _, body):
            return _asks_idle(system, body)
        case Apply("and", parts):
            return all(_asks_idle(system, part) for part in parts)
        case Apply("==", (Read(), Literal(value))):
            return (value, _roles(system, expression)) in ((IDLE, {"control"}), (EMPTY, {"channel"}))
    return False


def _located(system: System, expression: Expression) -> str:
    """What is said of locations alone: which it is, if one is named; else only that it is about them."""
    if expression.type != BOOL or _roles(system, expression) != {"control"}:
        return ""
    match expression:
        case Apply("==", (Read(name, indices), Literal() as location)):
            thread = function_name(system.function[name], tuple(map(show, indices)))
            return f"{thread} is at {plain_location(show(location))}"
        case Apply("not", _):
            return ""
    return "the protocol is there"


def _roles(system: System, expression: Expression) -> set[str]:
    """The roles of all that an expression reads."""
    found = {system.function[name].role for name in reads(expression) if name in system.function}
    return {str(role) for role in found}


def _renamed(system: System, part: Expression) -> Expression:
    """Reads of state that authors know by a word: `up(guest[vm])`, `failed(Backup)`."""
    if isinstance(part, Read) and part.function in system.function:
        function = system.function[part.function]
        if function.role in ("place", "outcome"):
            return Literal(True, BOOL, function_name(function, tuple(map(show, part.arguments))))
    return part
