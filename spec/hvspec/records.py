"""Records: several values under one name. In the model every field is a function of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvmodel.expression import Expression, conditional, conjunction, equality, negation
from hvmodel.source import Span

from . import syntax as s
from .entities import Cells, Entity, Environment, RecordValue, Value, kind
from .problem import problem, takes
from .program import Program
from .shapes import record_fields

if TYPE_CHECKING:
    from .elaborate import Elaborator


def record_type(program: Program, entity: Entity) -> str | None:
    """The record type of a whole record; None if it is anything else."""
    match entity:
        case RecordValue(name, _):
            return name
        case Cells(_, _, (), str(name), _) if name in program.records:
            return name
        case _:
            return None


def written_record(elaborator: Elaborator, written: s.Expr, environment: Environment) -> str | None:
    """The record type of what is written; None if it is a single value, or wrong."""
    match written:
        case s.NameRef() | s.Index() | s.Member():
            return record_type(elaborator.program, elaborator.entity(written, environment))
        case s.Call(s.NameRef(name)) if name in elaborator.program.records and name not in environment.names:
            return name
        case s.Operator("if", (_, then, _)):
            return written_record(elaborator, then, environment)
        case _:
            return None


def record(elaborator: Elaborator, written: s.Expr, environment: Environment, name: str) -> RecordValue:
    """A record of that type, field by field. Raises SpecError."""
    match written:
        case s.Operator("if", (condition, then, otherwise)):
            asked = elaborator.boolean(condition, environment)
            with elaborator.assuming(asked):
                first = record(elaborator, then, environment, name)
            with elaborator.assuming(negation(asked)):
                second = record(elaborator, otherwise, environment, name)
            return RecordValue(
                name, {field: conditional(asked, one, second.fields[field]) for field, one in first.fields.items()}
            )
        case s.Call(s.NameRef(called)) if called in elaborator.program.records and called not in environment.names:
            found: Entity = made(elaborator, written, environment)
        case _:
            found = elaborator.entity(written, environment)
    have = record_type(elaborator.program, found)
    if have != name:
        raise problem("HV211", "the types do not fit", written.span, expected=name, found=have or _shown(found))
    return fields(elaborator, found, written.span)


def _shown(entity: Entity) -> str:
    match entity:
        case Value(expression):
            return str(expression.type)
        case Cells(_, _, rest, holds, _):
            return f"map[{', '.join(map(str, rest))}] {holds}" if rest else str(holds)
        case _:
            return kind(entity)


def fields(elaborator: Elaborator, entity: Entity, span: Span) -> RecordValue:
    """The values of a whole record's fields."""
    if isinstance(entity, RecordValue):
        return entity
    assert isinstance(entity, Cells)
    assert isinstance(entity.holds, str)
    names = (name for name, _ in record_fields(elaborator.program, entity.holds))
    cells = {name: elaborator.cells(f"{entity.name}.{name}", entity.indices) for name in names}
    return RecordValue(entity.holds, {name: elaborator.read(cell, span) for name, cell in cells.items()})


def made(elaborator: Elaborator, written: s.Call, environment: Environment) -> RecordValue:
    """`R(a, b)`: a record from its fields, in the order of the declaration."""
    assert isinstance(written.target, s.NameRef)
    name = written.target.name
    wanted = record_fields(elaborator.program, name)
    if len(wanted) != len(written.arguments):
        raise problem(
            "HV222",
            takes(name, len(wanted)),
            written.span,
            expected=", ".join(f"{field}: {type_}" for field, type_ in wanted),
            found=str(len(written.arguments)),
        )
    pairs = zip(wanted, written.arguments, strict=True)
    return RecordValue(
        name, {field: elaborator.expression(given, environment, type_) for (field, type_), given in pairs}
    )


def same(elaborator: Elaborator, written: s.Operator, environment: Environment, name: str) -> Expression:
    """All fields are equal."""
    left, right = (record(elaborator, operand, environment, name) for operand in written.operands)
    return conjunction(equality(value, right.fields[field]) for field, value in left.fields.items())
