"""Types as written, resolved: what a variable is indexed by, and what one cell of it holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

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
    if name.text in program.storages:
        return name.text
    if name.text in program.records:
        raise problem(
            "HV401", "records are not compiled yet", name.span, fix=None, expected="a variable for each field"
        )
    found = program.sorts.get(name.text) or program.enums.get(name.text)
    if found is None:
        known = ["bool", "int", *program.sorts, *program.enums, *program.storages]
        raise problem("HV102", f"no type is called `{name}`", name.span, fix=suggestion(name, known))
    return found


def scalar(program: Program, written: s.TypeExpr) -> Type:
    """The type of a parameter, an argument or a quantifier's variable: one value, not a map or a disk."""
    shape = resolve(program, written)
    if shape.domain or isinstance(shape.holds, str):
        raise problem("HV204", "a single value is needed here", written.span, expected="bool, int, an enum or a sort")
    return shape.holds


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
    if isinstance(shape.holds, str):
        for field in program.storages[shape.holds].variables:
            inner = resolve(program, field.type)
            if isinstance(inner.holds, str):
                raise problem("HV206", "a disk cannot hold disks", field.span)
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
