"""Expressions over a state: five kinds of node, all data.

`Apply` names its operation; what an operation means is one table in `hvmodel.semantics`, and every other
evaluator (generated code, z3) is tested against that table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import is_
from types import MappingProxyType
from typing import Literal as OneOf
from typing import TypeAlias, TypeVar

from .dataclass import dataclass
from .types import BOOL, Bool, Enum, Int, Option, Sort, Type, Value


@dataclass(frozen=True, slots=True)
class Literal:
    """A fixed value: of a bool, an int, an enum, `none` of an option, or a named element of a sort (by index)."""

    value: Value
    type: Type
    name: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """An action's parameter or a quantifier's variable."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Read:
    """The value of one cell of a state function."""

    function: str
    arguments: tuple[Expression, ...]
    type: Type


Operation: TypeAlias = OneOf[
    "not", "and", "or", "implies", "==", "<", "<=", "+", "-", "if", "just", "value"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Apply:
    """An operation on values. `just` makes an option of a value; `value` takes it out again (see semantics)."""

    operation: Operation
    arguments: tuple[Expression, ...]
    type: Type


@dataclass(frozen=True, slots=True)
class Quantifier:
    """For all / for some values of the variables, each ranging over its whole type."""

    kind: OneOf["all", "some"]
    variables: tuple[Variable, ...]
    body: Expression
    type: Type = BOOL


Expression: TypeAlias = Literal | Variable | Read | Apply | Quantifier

TRUE = Literal(True, BOOL)
FALSE = Literal(False, BOOL)


def negation(operand: Expression) -> Expression:
    if operand == TRUE:
        return FALSE
    if operand == FALSE:
        return TRUE
    if isinstance(operand, Apply) and operand.operation == "not":
        return operand.arguments[0]
    return Apply("not", (operand,), BOOL)


def conjunction(operands: Iterable[Expression]) -> Expression:
    return _junction("and", operands, unit=TRUE, zero=FALSE)


def disjunction(operands: Iterable[Expression]) -> Expression:
    return _junction("or", operands, unit=FALSE, zero=TRUE)


def _junction(
    operation: OneOf["and", "or"], operands: Iterable[Expression], unit: Expression, zero: Expression
) -> Expression:
    kept: list[Expression] = []
    for operand in operands:
        parts = operand.arguments if isinstance(operand, Apply) and operand.operation == operation else (operand,)
        for part in parts:
            if isinstance(part, Literal) and part == unit:
                continue
            if part not in kept:
                kept.append(part)
    if zero in kept:
        return zero
    if not kept:
        return unit
    return kept[0] if len(kept) == 1 else Apply(operation, tuple(kept), BOOL)


def implication(condition: Expression, consequence: Expression) -> Expression:
    if condition == TRUE or consequence == TRUE:
        return consequence
    if condition == FALSE:
        return TRUE
    return Apply("implies", (condition, consequence), BOOL)


def equality(left: Expression, right: Expression) -> Expression:
    if left == right:
        return TRUE
    if isinstance(left, Literal) and isinstance(right, Literal):
        return TRUE if left.value == right.value else FALSE  # the same value may bear another name or range
    if isinstance(left, Apply) and isinstance(right, Apply) and left.operation == right.operation == "just":
        return equality(left.arguments[0], right.arguments[0])
    if (_is_none(left) and _is_just(right)) or (_is_just(left) and _is_none(right)):
        return FALSE
    if isinstance(left, Literal):
        left, right = right, left
    if isinstance(left, Apply) and left.operation == "if" and isinstance(right, Literal):
        condition, then, otherwise = left.arguments
        if isinstance(then, Literal) or isinstance(otherwise, Literal):
            return conditional(condition, equality(then, right), equality(otherwise, right))
    return Apply("==", (left, right), BOOL)


def _is_none(expression: Expression) -> bool:
    return isinstance(expression, Literal) and expression.value is None


def _is_just(expression: Expression) -> bool:
    return isinstance(expression, Apply) and expression.operation == "just"


def conditional(condition: Expression, then: Expression, otherwise: Expression) -> Expression:
    if condition == TRUE or then == otherwise:
        return then
    if condition == FALSE:
        return otherwise
    if then == TRUE:
        return disjunction((condition, otherwise))
    if then == FALSE:
        return conjunction((negation(condition), otherwise))
    if otherwise == TRUE:
        return implication(condition, then)
    if otherwise == FALSE:
        return conjunction((condition, then))
    return Apply("if", (condition, then, otherwise), _joined(then.type, otherwise.type))


def _joined(one: Type, other: Type) -> Type:
    """The type of either: of two ranges the one that spans both."""
    if isinstance(one, Int) and isinstance(other, Int):
        return Int(min(one.low, other.low), max(one.high, other.high))
    if isinstance(one, Option) and isinstance(other, Option):
        inner = _joined(one.of, other.of)
        return one if isinstance(inner, Option) else Option(inner)
    return one


def just(value: Expression) -> Expression:
    """The option that holds the value."""
    assert not isinstance(value.type, Option)
    return Apply("just", (value,), Option(value.type))


def none(of: Bool | Int | Sort | Enum) -> Expression:
    return Literal(None, Option(of), "none")


def value_of(option: Expression) -> Expression:
    """The value inside an option; of `none` it is the type's first value (callers add an obligation)."""
    assert isinstance(option.type, Option)
    if isinstance(option, Apply) and option.operation == "just":
        return option.arguments[0]
    return Apply("value", (option,), option.type.of)


def quantified(kind: OneOf["all", "some"], variables: Iterable[Variable], body: Expression) -> Expression:
    """The quantifier over those variables that the body mentions. (Every type has at least one value.)"""
    free = free_variables(body)
    kept = tuple(variable for variable in variables if variable.name in free)
    return Quantifier(kind, kept, body) if kept else body


def children(expression: Expression) -> tuple[Expression, ...]:
    if isinstance(expression, Read | Apply):
        return expression.arguments
    if isinstance(expression, Quantifier):
        return (expression.body,)
    return ()


def free_variables(expression: Expression) -> frozenset[str]:
    found = set[str]()
    _gather_free(expression, frozenset(), found)
    return frozenset(found)


def _gather_free(expression: Expression, bound: frozenset[str], found: set[str]) -> None:
    if isinstance(expression, Variable):
        if expression.name not in bound:
            found.add(expression.name)
    elif isinstance(expression, Quantifier):
        _gather_free(expression.body, bound.union(one.name for one in expression.variables), found)
    elif not isinstance(expression, Literal):
        for argument in expression.arguments:
            _gather_free(argument, bound, found)


def reads(expression: Expression) -> frozenset[str]:
    """The names of the state functions an expression mentions."""
    if isinstance(expression, Literal | Variable):
        return frozenset()
    found, open_ = set[str](), list[Expression]((expression,))
    while open_:
        node = open_.pop()
        if isinstance(node, Read):
            found.add(node.function)
            open_ += node.arguments
        elif isinstance(node, Apply):
            open_ += node.arguments
        elif isinstance(node, Quantifier):
            open_.append(node.body)
    return frozenset(found)


def rewrite(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Rebuild bottom-up: `change` sees every node once, after its children were rebuilt."""
    if isinstance(expression, Read):
        return change(_over(expression, tuple([rewrite(argument, change) for argument in expression.arguments])))
    if isinstance(expression, Apply):
        arguments = tuple([rewrite(argument, change) for argument in expression.arguments])
        return _tidied(change(_over(expression, arguments)))
    if isinstance(expression, Quantifier):
        body = rewrite(expression.body, change)
        return _tidied(change(Quantifier(expression.kind, expression.variables, body)))
    return change(expression)


N = TypeVar("N", Read, Apply)


def _over(node: N, arguments: tuple[Expression, ...]) -> N:
    """The node over other arguments; itself if they are its own."""
    if all(map(is_, arguments, node.arguments)):
        return node
    if isinstance(node, Read):
        return Read(node.function, arguments, node.type)
    return Apply(node.operation, arguments, node.type)


def _tidied(expression: Expression) -> Expression:
    """Simplified at the top; only after `change`, which must not see again what simplifying brings up."""
    if isinstance(expression, Apply):
        return _simplified(expression)
    if isinstance(expression, Quantifier):
        return quantified(expression.kind, expression.variables, expression.body)
    return expression


def _simplified(node: Apply) -> Expression:
    """What the smart constructors make of a node; the node itself if that is no different."""
    build = _SMART.get(node.operation)
    if build is None:
        return node
    found = build(node.arguments)
    return node if found == node else found


_SMART: Mapping[str, Callable[[tuple[Expression, ...]], Expression]] = MappingProxyType(
    {
        "not": lambda arguments: negation(arguments[0]),
        "and": conjunction,
        "or": disjunction,
        "implies": lambda arguments: implication(arguments[0], arguments[1]),
        "==": lambda arguments: equality(arguments[0], arguments[1]),
        "if": lambda arguments: conditional(arguments[0], arguments[1], arguments[2]),
        "value": lambda arguments: value_of(arguments[0]),
    }
)


def substitute(expression: Expression, bindings: Mapping[str, Expression]) -> Expression:
    """Replace free variables. Bound variables are named apart by whoever makes them (the compiler numbers them)."""
    if not bindings:
        return expression
    if isinstance(expression, Variable):
        return bindings.get(expression.name, expression)
    if isinstance(expression, Read):
        return _over(expression, tuple([substitute(argument, bindings) for argument in expression.arguments]))
    if isinstance(expression, Apply):
        arguments = tuple([substitute(argument, bindings) for argument in expression.arguments])
        return _simplified(_over(expression, arguments))
    if isinstance(expression, Quantifier):
        hidden = {variable.name for variable in expression.variables}
        inner = {name: value for name, value in bindings.items() if name not in hidden}
        return quantified(expression.kind, expression.variables, substitute(expression.body, inner))
    return expression


def show(expression: Expression) -> str:
    """The expression as a spec's author would write it."""
    if isinstance(expression, Literal):
        return expression.name or show_value(expression.value, expression.type)
    if isinstance(expression, Variable):
        return expression.name.partition("'")[0]
    if isinstance(expression, Read):
        return expression.function + _bracketed(map(show, expression.arguments))
    if isinstance(expression, Quantifier):
        binders = ", ".join(f"{show(variable)}: {variable.type}" for variable in expression.variables)
        return f"({expression.kind} {binders} . {show(expression.body)})"
    return _show_apply(expression)


def _show_apply(expression: Apply) -> str:
    shown = [show(argument) for argument in expression.arguments]
    operation = expression.operation
    if operation == "not":
        inner = expression.arguments[0]
        if isinstance(inner, Apply) and inner.operation == "==":
            return f"{show(inner.arguments[0])} != {show(inner.arguments[1])}"
        return f"not {_parenthesised(inner)}"
    if operation in ("just", "value"):
        return shown[0]
    if operation == "if":
        return f"(if {shown[0]} then {shown[1]} else {shown[2]})"
    return f" {operation} ".join(_parenthesised(argument) for argument in expression.arguments)


def _parenthesised(expression: Expression) -> str:
    loose = isinstance(expression, Apply) and expression.operation in ("and", "or", "implies")
    return f"({show(expression)})" if loose else show(expression)


def _bracketed(parts: Iterable[str]) -> str:
    inner = ", ".join(parts)
    return f"[{inner}]" if inner else ""


def show_value(value: Value, type_: Type) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    inner = type_.of if isinstance(type_, Option) else type_
    return f"{inner.name.lower()}{value}" if isinstance(inner, Sort) else str(value)
