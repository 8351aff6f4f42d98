"""Types as written, resolved: what a variable is indexed by, and what one cell of it holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from hvmodel.dataclass import dataclass
from hvmodel.expression import Literal
from hvmodel.source import Span
from hvmodel.types import BOOL, Bool, Enum, Int, Option, Sort, Type

from . import syntax as s
from .diagnostic import Diagnostic
from .members import members
from .problem import SpecError, problem, suggestion
from .program import Program


@dataclass(frozen=True, slots=True)
class Shape:
    """`map[domain] holds`: a scalar type, or the name of a storage class."""

    domain: tuple[Type, ...]
    holds: Type | str


@dataclass(frozen=True, slots=True)
class StateVariable:
    """A variable of the state: a top-level one, one of an actor, or a field of a storage variable.

    `domain` starts with the indices of the actor or disk it belongs to.
    """

    name: str
    domain: tuple[Type, ...]
    holds: Type | str
    initial: s.Expr | None
    ghost: bool
    volatile: bool
    owner: str
    span: Span


def index_type(program: Program, name: s.Name) -> Sort | Enum:
    """What may index a map or a place: a sort or an enum."""
    found = program.sorts.get(name.text) or program.enums.get(name.text)
    if found is None:
        known = [*program.sorts, *program.enums]
        raise problem(
            "HV102", f"no sort or enum is called `{name}`", name.span, fix=suggestion(name, known), expected="a sort"
        )
    return found


def resolve(program: Program, written: s.TypeExpr) -> Shape:
    """The shape of a written type. Raises SpecError."""
    match written:
        case s.NamedType(name):
            return Shape((), _named(program, name))
        case s.IntType(low, high, span):
            if low > high:
                raise problem("HV201", f"no number lies in {low}..{high}", span, fix=None)
            if high - low > 60_000:
                raise problem("HV202", f"{low}..{high} is too wide", span, expected="at most 60000 values")
            return Shape((), Int(low, high))
        case s.OptionType(of, span):
            inner = resolve(program, of)
            if inner.domain or isinstance(inner.holds, str | Option):
                raise problem("HV203", "only a single value can be absent (`?`)", span)
            return Shape((), Option(inner.holds))
        case s.MapType(keys, of):
            inner = resolve(program, of)
            return Shape((*(index_type(program, key) for key in keys), *inner.domain), inner.holds)
        case s.SetType(of):
            return Shape((index_type(program, of),), BOOL)


def _named(program: Program, name: s.Name) -> Type | str:
    if name.text == "bool":
        return BOOL
    if name.text in program.storages or name.text in program.records:
        return name.text
    found = program.sorts.get(name.text) or program.enums.get(name.text)
    if found is None:
        known = ["bool", "int", *program.sorts, *program.enums, *program.storages, *program.records]
        raise problem("HV102", f"no type is called `{name}`", name.span, fix=suggestion(name, known))
    return found


def scalar(program: Program, written: s.TypeExpr) -> Type:
    """The type of a parameter, an argument or a quantifier's variable: one value, not a map or a disk."""
    shape = resolve(program, written)
    if shape.domain or isinstance(shape.holds, str):
        raise problem("HV204", "a single value is needed here", written.span, expected="bool, int, an enum or a sort")
    return shape.holds


def record_named(program: Program, written: s.TypeExpr) -> str | None:
    """The record that a type names, if it does."""
    named = isinstance(written, s.NamedType) and written.name.text in program.records
    return written.name.text if named and isinstance(written, s.NamedType) else None


def record_fields(program: Program, name: str) -> tuple[tuple[str, Type], ...]:
    """The fields of a record in order, each a single value. Raises SpecError."""
    found: dict[str, Type] = {}
    for field in program.records[name].fields:
        shape = resolve(program, field.type)
        if shape.domain or isinstance(shape.holds, str):
            wanted = "bool, int, an enum or a sort"
            raise problem("HV207", f"`{field.name}` is not a single value", field.type.span, expected=wanted)
        if field.name.text in found:
            raise problem("HV101", f"`{field.name}` is declared twice", field.name.span)
        found[field.name.text] = shape.holds
    return tuple(found.items())


def default_value(type_: Type, program: Program) -> Literal:
    """What a variable starts with when the spec does not say: false, the least number, none, the first element."""
    match type_:
        case Bool():
            return Literal(False, type_)
        case Int(low, _):
            return Literal(low, type_)
        case Enum(_, values):
            return Literal(values[0], type_, values[0])
        case Option():
            return Literal(None, type_, "none")
        case Sort():
            names = [name for name, (sort, index) in program.constants.items() if sort == type_ and index == 0]
            return Literal(0, type_, names[0] if names else "")


def state_variables(program: Program, wrong: list[Diagnostic] | None = None) -> dict[str, StateVariable]:
    """Every variable under its full name (`disk`, `App.frozen`).

    A declaration that is wrong is noted in `wrong` and left out; without that list it raises SpecError.
    """
    found: dict[str, StateVariable] = {}
    for variable in program.variables.values():
        with _noting(wrong):
            _add(program, found, variable.name.text, (), variable, owner="")
    for actor in program.actors.values():
        with _noting(wrong):
            _add_members(program, found, actor, wrong)
    return found


@contextmanager
def _noting(wrong: list[Diagnostic] | None) -> Iterator[None]:
    try:
        yield
    except SpecError as error:
        if wrong is None:
            raise
        wrong.append(error.diagnostic)


def _add_members(
    program: Program, found: dict[str, StateVariable], actor: s.ActorDecl, wrong: list[Diagnostic] | None
) -> None:
    domain = actor_domain(program, actor)
    for member in members(program, actor):
        if isinstance(member, s.VariableDecl):
            with _noting(wrong):
                _add(program, found, f"{actor.name}.{member.name}", domain, member, owner=actor.name.text)


def actor_domain(program: Program, actor: s.ActorDecl) -> tuple[Sort | Enum, ...]:
    domain: list[Sort | Enum] = []
    for binder in actor.binders:
        if isinstance(binder.type, s.NamedType):
            domain.append(index_type(program, binder.type.name))
        else:
            raise problem("HV205", "an actor is indexed by a sort or an enum", binder.name.span)
    return tuple(domain)


def _add(
    program: Program,
    found: dict[str, StateVariable],
    name: str,
    prefix: tuple[Type, ...],
    declaration: s.VariableDecl,
    owner: str,
) -> None:
    shape = resolve(program, declaration.type)
    domain = (*prefix, *shape.domain)
    variable = StateVariable(
        name, domain, shape.holds, declaration.initial, declaration.ghost, declaration.volatile, owner, declaration.span
    )
    added = {name: variable}
    if isinstance(shape.holds, str) and shape.holds in program.records:
        given = _given(program, shape.holds, declaration)
        for place, (field_name, type_) in enumerate(record_fields(program, shape.holds)):
            added[f"{name}.{field_name}"] = replace(
                variable, name=f"{name}.{field_name}", holds=type_, initial=given[place] if given else None
            )
    elif isinstance(shape.holds, str):
        for field in program.storages[shape.holds].variables:
            inner = resolve(program, field.type)
            if isinstance(inner.holds, str):
                holding = "records" if inner.holds in program.records else "disks"
                raise problem("HV206", f"a disk cannot hold {holding}", field.span)
            full = f"{name}.{field.name}"
            added[full] = StateVariable(
                full,
                (*domain, *inner.domain),
                inner.holds,
                field.initial,
                declaration.ghost or field.ghost,
                declaration.volatile,
                owner,
                field.span,
            )
    found.update(added)


def _given(program: Program, record: str, declaration: s.VariableDecl) -> tuple[s.Expr, ...]:
    """What the fields of a record start with, if the spec says so: `R(a, b)`."""
    match declaration.initial:
        case None:
            return ()
        case s.Call(s.NameRef(name), arguments) if name == record and len(arguments) == len(
            record_fields(program, record)
        ):
            return arguments
        case other:
            wanted = ", ".join(name for name, _ in record_fields(program, record))
            raise problem("HV229", "a variable starts with a fixed value", other.span, expected=f"{record}({wanted})")
