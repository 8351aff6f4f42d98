"""Operators: what each asks of its operands, and the typed expression it stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from hvmodel.expression import (
    Apply,
    Expression,
    Literal,
    Operation,
    conditional,
    conjunction,
    disjunction,
    equality,
    implication,
    just,
    negation,
    value_of,
)
from hvmodel.semantics import OPERATIONS
from hvmodel.types import BOOL, Int, Option, Type

from . import syntax as s
from .entities import Cells, Environment
from .problem import problem
from .records import same, written_record

if TYPE_CHECKING:
    from .elaborate import Elaborator


def _not(elaborator: Elaborator, written: s.Operator, environment: Environment) -> Expression:
    return negation(elaborator.boolean(written.operands[0], environment))


def _and(elaborator: Elaborator, written: s.Operator, environment: Environment) -> Expression:
    return conjunction(_in_order(elaborator, written.operands, environment, lambda condition: condition))


def _or(elaborator: Elaborator, written: s.Operator, environment: Environment) -> Expression:
    return disjunction(_in_order(elaborator, written.operands, environment, negation))


def _in_order(
    elaborator: Elaborator,
    operands: tuple[s.Expr, ...],
    environment: Environment,
    known: Callable[[Expression], Expression],
) -> list[Expression]:
    """Each operand may rely on what the ones before it leave open."""
    done: list[Expression] = []
    for operand in operands:
        with elaborator.assuming(*map(known, done)):
            done.append(elaborator.boolean(operand, environment))
    return done


def _implies(elaborator: Elaborator, written: s.Operator, environment: Environment) -> Expression:
    condition = elaborator.boolean(written.operands[0], environment)
    with elaborator.assuming(condition):
        return implication(condition, elaborator.boolean(written.operands[1], environment))


def conditional_of(
    elaborator: Elaborator, written: s.Operator, environment: Environment, expected: Type | None = None
) -> Expression:
    condition = elaborator.boolean(written.operands[0], environment)
    branches = ((condition, written.operands[1]), (negation(condition), written.operands[2]))
    wanted = expected or _common(elaborator, branches, environment)
    done: list[Expression] = []
    for sense, operand in branches:
        with elaborator.assuming(sense):
            done.append(elaborator.expression(operand, environment, wanted))
    then, otherwise = done
    return conditional(condition, then, otherwise)


def _common(
    elaborator: Elaborator, branches: tuple[tuple[Expression, s.Expr], ...], environment: Environment
) -> Type | None:
    """The type of both branches: of `T?` and `T` it is `T` if the option is known not to be none there."""
    types: list[Type] = []
    taken_out = False
    for sense, operand in branches:
        if isinstance(operand, s.Constant) and operand.value is None:
            continue
        with elaborator.assuming(sense):
            found = elaborator.expression(operand, environment)
            if isinstance(found.type, Option) and elaborator.is_present(found):
                found, taken_out = value_of(found), True
            types.append(found.type)
    options = [type_ for type_ in types if isinstance(type_, Option)]
    if options:
        return options[0]
    if len(types) == 1 and not isinstance(types[0], Option):
        return Option(types[0])
    # Two numbers keep their own ranges, and the conditional joins them; one out of an option has to be told to.
    numbers = all(isinstance(type_, Int) for type_ in types)
    return None if not types or (numbers and not taken_out) else types[0]


def _in(elaborator: Elaborator, written: s.Operator, environment: Environment) -> Expression:
    target = elaborator.entity(written.operands[1], environment)
    if not isinstance(target, Cells) or len(target.rest) != 1 or target.holds != BOOL:
        raise problem("HV223", "`in` needs a set", written.operands[1].span, expected="a `set of` something")
    element = elaborator.expression(written.operands[0], environment, target.rest[0])
    return elaborator.read(Cells(target.name, (*target.indices, element), (), BOOL, target.ghost), written.span)


def _equal(elaborator: Elaborator, written: s.Operator, environment: Environment) -> Expression:
    left, right = written.operands
    of = written_record(elaborator, left, environment)
    if of is not None:
        alike = same(elaborator, written, environment, of)
        return alike if written.name == "==" else negation(alike)
    if isinstance(left, s.Constant) and left.value is None:
        left, right = right, left
    first = elaborator.expression(left, environment)
    if isinstance(first.type, Option):
        second = elaborator.expression(right, environment, first.type)
    elif isinstance(first.type, Int):
        second = elaborator.expression(right, environment)
        if not isinstance(second.type, Int):
            second = elaborator.coerce(second, first.type, right.span)
    else:
        second = elaborator.expression(right, environment)
        if isinstance(second.type, Option) and second.type.of == first.type:
            first = just(first)
        elif second.type != first.type:
            raise problem("HV211", "the types do not fit", right.span, expected=str(first.type), found=str(second.type))
    equal = equality(first, second)
    return equal if written.name == "==" else negation(equal)


def _order(elaborator: Elaborator, written: s.Operator, environment: Environment) -> Expression:
    left, right = (_number(elaborator, operand, environment) for operand in written.operands)
    if written.name in (">", ">="):
        left, right = right, left
    return _counted("<" if written.name in ("<", ">") else "<=", left, right, BOOL)


def _sum(elaborator: Elaborator, written: s.Operator, environment: Environment) -> Expression:
    left, right = (_number(elaborator, operand, environment) for operand in written.operands)
    assert isinstance(left.type, Int)
    assert isinstance(right.type, Int)
    if written.name == "+":
        type_ = Int(left.type.low + right.type.low, left.type.high + right.type.high)
        return _counted("+", left, right, type_)
    return _counted("-", left, right, Int(left.type.low - right.type.high, left.type.high - right.type.low))


def _counted(operation: Operation, left: Expression, right: Expression, of: Type) -> Expression:
    """Of two known numbers, as parameters are, the result: an `if` on it is decided when the spec is compiled."""
    if isinstance(left, Literal) and isinstance(right, Literal):
        return Literal(OPERATIONS[operation](left.value, right.value), of)
    return Apply(operation, (left, right), of)


def _number(elaborator: Elaborator, written: s.Expr, environment: Environment) -> Expression:
    found = elaborator.expression(written, environment)
    if not isinstance(found.type, Int):
        raise problem(
            "HV224", "only numbers are added or ordered", written.span, expected="a number", found=str(found.type)
        )
    return found


OPERATORS: Mapping[str, Callable[[Elaborator, s.Operator, Environment], Expression]] = MappingProxyType(
    {
        "not": _not,
        "and": _and,
        "or": _or,
        "implies": _implies,
        "if": conditional_of,
        "in": _in,
        "==": _equal,
        "!=": _equal,
        "<": _order,
        "<=": _order,
        ">": _order,
        ">=": _order,
        "+": _sum,
        "-": _sum,
    }
)
