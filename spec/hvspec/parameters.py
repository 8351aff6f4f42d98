"""Parameters: what is handed over for them, and what they stand for. A record is handed over field by field."""

from __future__ import annotations

from collections.abc import Sequence

from hvmodel.expression import Expression, Variable
from hvmodel.types import Type

from . import syntax as s
from .elaborate import Elaborator
from .entities import Entity, Environment, RecordValue, Value
from .program import Program
from .records import record
from .shapes import record_fields, record_named, scalar


def parameter_types(program: Program, params: tuple[s.Binder, ...]) -> tuple[tuple[str, Type], ...]:
    """Each single value that is handed over for the parameters, by name. Raises SpecError."""
    found: list[tuple[str, Type]] = []
    for binder in params:
        name = record_named(program, binder.type)
        if name is None:
            found.append((binder.name.text, scalar(program, binder.type)))
        else:
            found.extend((f"{binder.name}.{field}", type_) for field, type_ in record_fields(program, name))
    return tuple(found)


def parameters(program: Program, params: tuple[s.Binder, ...], values: Sequence[Expression]) -> dict[str, Entity]:
    """What the parameters stand for, given those single values."""
    found: dict[str, Entity] = {}
    left = iter(values)
    for binder in params:
        name = record_named(program, binder.type)
        if name is None:
            found[binder.name.text] = Value(next(left))
        else:
            fields = [field for field, _ in record_fields(program, name)]
            found[binder.name.text] = RecordValue(name, {field: next(left) for field in fields})
    return found


def any_values(elaborator: Elaborator, params: tuple[s.Binder, ...]) -> tuple[dict[str, Entity], tuple[Variable, ...]]:
    """The parameters for any values at all, and the variables that stand for those."""
    types = parameter_types(elaborator.program, params)
    variables = tuple(elaborator.fresh(name, type_) for name, type_ in types)
    return parameters(elaborator.program, params, variables), variables


def arguments(
    elaborator: Elaborator, params: tuple[s.Binder, ...], written: tuple[s.Expr, ...], environment: Environment
) -> tuple[Expression, ...]:
    """What is handed over for as many parameters as are written. Raises SpecError."""
    found: list[Expression] = []
    for binder, argument in zip(params, written, strict=True):
        name = record_named(elaborator.program, binder.type)
        if name is None:
            type_ = scalar(elaborator.program, binder.type)
            found.append(elaborator.expression(argument, environment, type_))
        else:
            found.extend(record(elaborator, argument, environment, name).fields.values())
    return tuple(found)
