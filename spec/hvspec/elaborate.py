"""From expressions as written to typed expressions of the model.

One elaborator serves the static checks and the compiler: the environment says what each name stands for (in a
check, symbolic values; in the compiler, the values of one inlined call).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol as Interface

from hvmodel.expression import (
    FALSE,
    TRUE,
    Apply,
    Expression,
    Literal,
    Read,
    Variable,
    equality,
    just,
    negation,
    quantified,
    reads,
    value_of,
)
from hvmodel.source import Span
from hvmodel.types import BOOL, Int, Option, Type

from . import syntax as s
from .diagnostic import Related
from .entities import (
    ActorRef,
    ActorSet,
    Cells,
    Entity,
    Environment,
    Everything,
    Inlined,
    PlaceRef,
    RecordValue,
    Value,
    kind,
)
from .entities import Protocol as ProtocolRef
from .members import members
from .operators import OPERATORS, conditional_of
from .problem import SpecError, problem, shown, suggestion, takes
from .program import Program
from .records import made, record, written_record
from .setting import expression_of
from .shapes import StateVariable, actor_domain, index_type, record_named, resolve, scalar
from .size import MAX_INLINED, check_expression, too_large
from .spec import Setting


class Control(Interface):
    """What expressions may ask about control: `at`, `during`, `succeeded`, `failed`, `ended`, `up`, `expired`."""

    def query(self, name: str, entities: tuple[Entity | s.Label, ...], span: Span) -> Expression: ...


@dataclass(slots=True)
class Elaborator:
    """Gives expressions their meaning. `settings` are the values of the spec's parameters."""

    program: Program
    state: dict[str, StateVariable]
    settings: dict[str, Setting]
    control: Control
    facts: tuple[Expression, ...] = ()
    ghosts_allowed: bool = True
    _inlining: list[str] = field(default_factory=list)
    _inlined: int = 0
    _names: Iterator[int] = field(default_factory=count)
    _globals: dict[str, Entity | None] = field(default_factory=dict)
    _members: dict[str, tuple[tuple[str, str | s.Function], ...]] = field(default_factory=dict)

    # ---------------------------------------------------------------- entry points
    def boolean(self, written: s.Expr, environment: Environment) -> Expression:
        return self.expression(written, environment, BOOL)

    def expression(self, written: s.Expr, environment: Environment, expected: Type | None = None) -> Expression:
        """The typed expression; with `expected`, brought to that type. Raises SpecError."""
        if isinstance(written, s.Constant) and written.value is None:
            if not isinstance(expected, Option):
                wanted = str(expected) if expected is not None else "an optional value (`T?`) on the other side"
                raise problem("HV210", "`none` does not fit here", written.span, expected=wanted)
            return Literal(None, expected, "none")
        if isinstance(written, s.Operator) and written.name == "if":
            # The branches are brought to the type where their own condition is known to hold.
            return conditional_of(self, written, environment, expected)
        found = _ELABORATE[type(written)](self, written, environment)
        return found if expected is None else self.coerce(found, expected, written.span)

    def coerce(self, found: Expression, expected: Type, span: Span) -> Expression:
        """Make an option of a value, or take the value out of an option that is known not to be none."""
        have = found.type
        if have == expected or (isinstance(have, Int) and isinstance(expected, Int)):
            return found
        if isinstance(have, Option) and isinstance(expected, Option) and self._fits(have.of, expected.of):
            return found
        if isinstance(expected, Option) and self._fits(have, expected.of):
            return just(found)
        if isinstance(have, Option) and self._fits(have.of, expected):
            return self._unwrapped(found, span)
        raise problem("HV211", "the types do not fit", span, expected=str(expected), found=shown(have))

    def _fits(self, have: Type, expected: Type) -> bool:
        return have == expected or (isinstance(have, Int) and isinstance(expected, Int))

    def _unwrapped(self, option: Expression, span: Span) -> Expression:
        assert isinstance(option.type, Option)
        if not self.is_present(option):
            raise problem(
                "HV212",
                "this value may be none here",
                span,
                expected=str(option.type.of),
                found=str(option.type),
            )
        return value_of(option)

    def is_present(self, option: Expression) -> bool:
        present = negation(equality(option, Literal(None, option.type, "none")))
        return present == TRUE or present in self.facts

    @contextmanager
    def assuming(self, *conditions: Expression) -> Iterator[None]:
        """While conditions are known to hold: what they say is not none may be used."""
        before = self.facts
        for condition in conditions:
            is_and = isinstance(condition, Apply) and condition.operation == "and"
            self.facts += condition.arguments if is_and and isinstance(condition, Apply) else (condition,)
        try:
            yield
        finally:
            # An assignment inside may have ended what was known outside, too.
            self.facts = tuple(fact for fact in before if fact in self.facts)

    @contextmanager
    def after_a_boundary(self) -> Iterator[None]:
        """What was known before a boundary may have changed by the time that this is read."""
        before, self.facts = self.facts, ()
        try:
            yield
        finally:
            self.facts = before

    def forget(self, function: str) -> None:
        """A variable was assigned: nothing that was known of it holds any more."""
        self.facts = tuple(fact for fact in self.facts if function not in reads(fact))

    def fresh(self, name: str, type_: Type) -> Variable:
        """A variable that no other is confused with; shown without its number."""
        return Variable(f"{name}'{next(self._names)}", type_)

    # ---------------------------------------------------------------- names and paths
    def entity(self, written: s.Expr, environment: Environment) -> Entity:
        """What a name or path stands for. Raises SpecError."""
        if isinstance(written, s.NameRef):
            found = environment.names.get(written.name) or self._global(written.name)
            if found is None:
                raise self._unknown(written, environment)
            return found
        if isinstance(written, s.Index):
            return self._indexed(self.entity(written.target, environment), written.indices, environment, written.span)
        if isinstance(written, s.Member):
            return self._member(self.entity(written.target, environment), written.name, written.span)
        match written:
            case s.SetLiteral(members, span):
                actors = [self.entity(member, environment) for member in members]
                if not all(isinstance(actor, ActorRef) for actor in actors):
                    raise problem("HV213", "a set here lists actors", span, expected="{ Actor, ... }")
                return ActorSet(tuple(actor for actor in actors if isinstance(actor, ActorRef)))
            case s.Call(s.NameRef(name)) if name in self.program.records and name not in environment.names:
                return made(self, written, environment)
            case _:
                return Value(self.expression(written, environment))

    def named(self, written: s.Expr, environment: Environment) -> Value | RecordValue:
        """What a `let` gives a name to: a value or a whole record. Raises SpecError."""
        name = written_record(self, written, environment)
        if name is not None:
            return record(self, written, environment, name)
        return Value(self.expression(written, environment))

    def _unknown(self, written: s.NameRef, environment: Environment) -> SpecError:
        program, name = self.program, s.Name(written.name, written.span)
        kind = program.valueless(name.text)
        if kind:
            declared = (Related("declared here", program.declared[name.text]),)
            return problem("HV219", f"`{name}` is no value and no actor", name.span, found=kind, related=declared)
        known = [*environment.names, *(other for other in program.declared if not program.valueless(other))]
        return problem("HV102", f"nothing is called `{name}`", name.span, fix=suggestion(name, known))

    def _global(self, name: str) -> Entity | None:
        if name in self.program.parameters:
            return self._declared(name)
        if name not in self._globals:
            self._globals[name] = self._declared(name)
        return self._globals[name]

    def _declared(self, name: str) -> Entity | None:
        program = self.program
        if name == "expired":
            return Value(Read("expired", (), BOOL))
        # A variable whose declaration is wrong is not in the state; that is reported there.
        if name in program.variables and name in self.state:
            return self.cells(name)
        if name in program.constants:
            sort, index = program.constants[name]
            return Value(Literal(index, sort, name))
        if name in program.parameters:
            return Value(self.parameter(name))
        if name in program.enum_values:
            return Value(Literal(name, program.enum_values[name], name))
        if name in program.actors:
            return ActorRef(name, (), actor_domain(program, program.actors[name]))
        if name in program.places:
            return PlaceRef(name, (), tuple(index_type(program, key) for key in program.places[name].indices))
        if name in program.protocols:
            return ProtocolRef(name)
        if name in program.functions:
            return Inlined(program.functions[name], Environment())
        of = program.sorts.get(name) or program.enums.get(name)
        return Everything(of) if of is not None else None

    def parameter(self, name: str) -> Expression:
        """The value of a parameter of the spec, as set or by default."""
        declaration = self.program.parameters[name]
        type_ = scalar(self.program, declaration.type)
        if name in self.settings:
            return expression_of(self.program, self.settings[name], type_)
        if name in self._inlining:
            raise problem("HV225", f"`{name}` is set to itself", declaration.name.span)
        self._inlining.append(name)
        try:
            return self.expression(declaration.default, Environment(), type_)
        finally:
            self._inlining.pop()

    def cells(self, name: str, indices: tuple[Expression, ...] = ()) -> Cells:
        variable = self.state[name]
        return Cells(name, indices, variable.domain[len(indices) :], variable.holds, variable.ghost)

    def _indexed(self, target: Entity, written: tuple[s.Expr, ...], environment: Environment, span: Span) -> Entity:
        if not isinstance(target, Cells | ActorRef | PlaceRef):
            raise problem("HV214", "this cannot be indexed", span)
        if len(written) > len(target.rest):
            raise problem("HV215", "too many indices", span, expected=str(len(target.rest)), found=str(len(written)))
        added = [self.expression(index, environment, type_) for index, type_ in zip(written, target.rest, strict=False)]
        indices, left = (*target.indices, *added), len(added)
        if isinstance(target, Cells):
            return Cells(target.name, indices, target.rest[left:], target.holds, target.ghost)
        return type(target)(target.name, indices, target.rest[left:])

    def _member(self, target: Entity, name: s.Name, span: Span) -> Entity:
        if isinstance(target, ActorRef) and not target.rest:
            return self._actor_member(target, name)
        if isinstance(target, Cells) and isinstance(target.holds, str) and not target.rest:
            full = f"{target.name}.{name}"
            if full in self.state:
                return self.cells(full, target.indices)
            function = self._storage_function(target, name)
            if function is not None:
                return function
            known = [field.partition(".")[2] for field in self.state if field.startswith(f"{target.name}.")]
            raise problem("HV216", f"{target.holds} has no `{name}`", name.span, fix=suggestion(name, known))
        if isinstance(target, ActorRef | Cells) and target.rest:
            wanted = "[" + ", ".join(str(type_) for type_ in target.rest) + "]"
            raise problem("HV217", "an index is missing", span, expected=wanted)
        if isinstance(target, RecordValue):
            if name.text in target.fields:
                return Value(target.fields[name.text])
            fix = suggestion(name, target.fields)
            raise problem("HV216", f"{target.type} has no `{name}`", name.span, fix=fix)
        raise problem("HV218", "this has no members", span)

    def _actor_member(self, actor: ActorRef, name: s.Name) -> Entity:
        full = f"{actor.name}.{name}"
        if full in self.state:
            return self.cells(full, actor.indices)
        environment = self.actor_environment(actor)
        found = environment.names.get(name.text)
        if isinstance(found, Inlined):
            return found
        known = [other.partition(".")[2] for other in self.state if other.startswith(f"{actor.name}.")]
        raise problem("HV216", f"{actor.name} has no `{name}`", name.span, fix=suggestion(name, known))

    def _storage_function(self, disk: Cells, name: s.Name) -> Inlined | None:
        assert isinstance(disk.holds, str)
        for function in self.program.storages[disk.holds].functions if disk.holds in self.program.storages else ():
            if function.name.text == name.text:
                return Inlined(function, self.disk_environment(disk))
        return None

    def disk_environment(self, disk: Cells) -> Environment:
        """The fields and functions of one disk, as its own class sees them."""
        assert isinstance(disk.holds, str)
        storage = self.program.storages[disk.holds]
        names: dict[str, Entity] = {
            field.name.text: self.cells(f"{disk.name}.{field.name}", disk.indices) for field in storage.variables
        }
        environment = Environment(names)
        # The functions see one another through the same table.
        names.update({function.name.text: Inlined(function, environment) for function in storage.functions})
        return environment

    def actor_environment(self, actor: ActorRef) -> Environment:
        """What an actor's own code sees: its indices, its service's parameters, its variables and functions."""
        declaration = self.program.actors[actor.name]
        names: dict[str, Entity] = {
            binder.name.text: Value(index) for binder, index in zip(declaration.binders, actor.indices, strict=True)
        }
        environment = Environment(names)
        # A service that does not exist is reported where it is named.
        if declaration.instance is not None and declaration.instance.service.text in self.program.services:
            outer = Environment(dict(names))
            wanted = {one.name.text: one for one in self.program.services[declaration.instance.service.text].params}
            for argument in declaration.instance.arguments:
                binder = wanted.get(argument.name.text)
                names[argument.name.text] = self.given(argument.value, binder, outer)
        for name, member in self._members_of(declaration):
            names[name] = self.cells(member, actor.indices) if isinstance(member, str) else Inlined(member, environment)
        return environment

    def _members_of(self, actor: s.ActorDecl) -> tuple[tuple[str, str | s.Function], ...]:
        """What an actor's own code calls its variables, given by their full names, and its functions."""
        found = self._members.get(actor.name.text)
        if found is None:
            found = self._members[actor.name.text] = tuple(self._named_members(actor))
        return found

    def _named_members(self, actor: s.ActorDecl) -> Iterator[tuple[str, str | s.Function]]:
        for member in members(self.program, actor):
            if isinstance(member, s.VariableDecl) and f"{actor.name}.{member.name}" in self.state:
                yield member.name.text, f"{actor.name}.{member.name}"
            elif isinstance(member, s.Function):
                yield member.name.text, member

    def given(self, written: s.Expr, binder: s.Binder | None, environment: Environment) -> Entity:
        """What a service is given: a value as one of its parameter's type, anything else as it is."""
        named = binder.type.name.text if binder is not None and isinstance(binder.type, s.NamedType) else ""
        if binder is None or named in self.program.interfaces or isinstance(binder.type, s.SetType | s.MapType):
            return self.entity(written, environment)
        type_ = resolve(self.program, binder.type).holds
        if isinstance(type_, str):
            return self.entity(written, environment)
        if isinstance(written, s.NameRef | s.Index | s.Member):
            found = self.entity(written, environment)
            if isinstance(found, Cells) and not found.rest and found.holds == type_:
                return found
        return Value(self.expression(written, environment, type_))

    # ---------------------------------------------------------------- expressions
    def _path(self, written: s.Expr, environment: Environment) -> Expression:
        return self.read(self.entity(written, environment), written.span)

    def read(self, entity: Entity, span: Span) -> Expression:
        match entity:
            case Value(expression):
                return expression
            case Cells(name, indices, (), holds, ghost) if not isinstance(holds, str):
                if ghost and not self.ghosts_allowed:
                    raise problem("HV220", f"`{name}` is a ghost: the protocol itself cannot read it", span)
                return Read(name, indices, holds)
            case Cells(_, _, rest, holds, _):
                if not rest:
                    word = "record" if holds in self.program.records else "disk"
                    raise problem("HV217", f"this is a whole {word}, not a value", span, expected="one of its fields")
                wanted = "an index: [" + ", ".join(str(type_) for type_ in rest) + "]"
                raise problem("HV217", "this is a whole map or set, not one value of it", span, expected=wanted)
            case RecordValue():
                raise problem("HV217", "this is a whole record, not a value", span, expected="one of its fields")
            case Inlined(function, inner) if not function.params:
                return self._body(function, inner)
            case _:
                raise problem("HV219", "this is not a value", span, found=kind(entity))

    def _constant(self, written: s.Constant, _: Environment) -> Expression:
        if isinstance(written.value, bool):
            return TRUE if written.value else FALSE
        assert isinstance(written.value, int)
        return Literal(written.value, Int(written.value, written.value))

    def _call(self, written: s.Call, environment: Environment) -> Expression:
        if isinstance(written.target, s.NameRef) and written.target.name in _CONTROL_QUERIES:
            entities = tuple(self._control_argument(argument, environment) for argument in written.arguments)
            return self.control.query(written.target.name, entities, written.span)
        if written_record(self, written, environment) is not None:
            raise problem("HV217", "this is a whole record, not a value", written.span, expected="one of its fields")
        target = self.entity(written.target, environment)
        if not isinstance(target, Inlined):
            raise problem("HV221", "only a function can be used as a value", written.span, expected="a `fun`")
        function = target.function
        if len(function.params) != len(written.arguments):
            raise problem(
                "HV222",
                takes(str(function.name), len(function.params)),
                written.span,
                expected=str(len(function.params)),
                found=str(len(written.arguments)),
            )
        given: dict[str, Entity] = {}
        for binder, argument in zip(function.params, written.arguments, strict=True):
            name, of = binder.name.text, record_named(self.program, binder.type)
            if of is not None:
                given[name] = record(self, argument, environment, of)
            else:
                given[name] = Value(self.expression(argument, environment, scalar(self.program, binder.type)))
        return self._body(function, target.environment.with_names(given))

    def _body(self, function: s.Function, environment: Environment) -> Expression:
        if function.name.text in self._inlining:
            raise problem("HV225", f"`{function.name}` calls itself", function.name.span)
        self._inlined = self._inlined + 1 if self._inlining else 1
        if self._inlined > MAX_INLINED:
            raise too_large("the functions in this expression, written out in full", MAX_INLINED, function.name.span)
        self._inlining.append(function.name.text)
        try:
            found = self.expression(function.body, environment)
            check_expression(found, function.name.span)
            return found
        finally:
            self._inlining.pop()

    def _control_argument(self, written: s.Expr, environment: Environment) -> Entity | s.Label:
        if isinstance(written, s.Member) and isinstance(written.target, s.NameRef):
            owner = s.Name(written.target.name, written.target.span)
            if owner.text in self.program.actors and f"{owner}.{written.name}" not in self.state:
                return s.Label(owner, written.name, written.span)
        if isinstance(written, s.NameRef) and written.name not in environment.names:
            known = self._global(written.name)
            if known is None:
                return s.Label(None, s.Name(written.name, written.span), written.span)
            return known
        return self.entity(written, environment)

    def _quantified(self, written: s.Quantified, environment: Environment) -> Expression:
        names: dict[str, Entity] = {}
        variables: list[Variable] = []
        for binder in written.binders:
            variable = self.fresh(binder.name.text, scalar(self.program, binder.type))
            variables.append(variable)
            names[binder.name.text] = Value(variable)
        body = self.boolean(written.body, environment.with_names(names))
        return quantified(written.kind, variables, body)

    def _set(self, written: s.SetLiteral, _: Environment) -> Expression:
        raise problem("HV219", "a set is not a value here", written.span)

    def _operator(self, written: s.Operator, environment: Environment) -> Expression:
        return OPERATORS[written.name](self, written, environment)


_CONTROL_QUERIES = frozenset({"at", "during", "before", "after", "succeeded", "failed", "ended", "up"})

_ELABORATE: dict[type, Callable[..., Expression]] = {
    s.NameRef: Elaborator._path,
    s.Index: Elaborator._path,
    s.Member: Elaborator._path,
    s.Constant: Elaborator._constant,
    s.Call: Elaborator._call,
    s.Quantified: Elaborator._quantified,
    s.SetLiteral: Elaborator._set,
    s.Operator: Elaborator._operator,
}
