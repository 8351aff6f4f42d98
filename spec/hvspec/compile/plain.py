"""Statements without boundaries: assignments, storage operations, `all`, and `if` around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from hvmodel.expression import (
    FALSE,
    TRUE,
    Apply,
    Expression,
    Literal,
    Read,
    Variable,
    conjunction,
    equality,
    implication,
    negation,
    reads,
    value_of,
)
from hvmodel.source import Span
from hvmodel.system import StorageCall
from hvmodel.types import BOOL, Int, Option, Type

from .. import syntax as s
from ..elaborate import Elaborator
from ..entities import Cells, Entity, Environment, Everything, RecordValue, Value
from ..parameters import arguments, parameter_types, parameters
from ..problem import problem, suggestion, takes
from ..records import record
from ..shapes import record_fields
from .path import Path

Special = Callable[[s.Crash | s.Restart, Environment, Path], None]


@dataclass(slots=True)
class Plain:
    """Runs plain statements on a path. `special` does `crash` and `restart` where they are allowed."""

    elaborator: Elaborator
    special: Special | None = None
    _operations: list[str] = field(default_factory=list)
    _own: bool = False

    def run(self, statements: tuple[s.Statement, ...], environment: Environment, path: Path) -> None:
        for statement in statements:
            if isinstance(statement, s.Let):
                environment = self.let(statement, environment, path)
            elif type(statement) in _RUN:
                _RUN[type(statement)](self, statement, environment, path)
            else:
                word = type(statement).__name__.lower()
                raise problem("HV312", f"`{word}` cannot stand here", statement.span, expected="plain assignments")

    def run_own(self, statements: tuple[s.Statement, ...], environment: Environment, path: Path) -> None:
        """A `finally` of whatever was running: for several runs at once the same cell may be written by each."""
        self._own = True
        try:
            self.run(statements, environment, path)
        finally:
            self._own = False

    def frozen(self, name: str, value: Expression, path: Path) -> Value:
        """A value over the state where the step started, under a name: later writes do not change it."""
        if not reads(value):
            return Value(value)
        variable = self.elaborator.fresh(name, value.type)
        path.frozen[variable.name] = value
        return Value(variable)

    def let(self, statement: s.Let, environment: Environment, path: Path) -> Environment:
        """The names after a `let`: what it names is what that is now."""
        name = statement.name.text
        found = self.elaborator.named(statement.value, environment)
        if isinstance(found, RecordValue):
            fields = {field: self.frozen(name, path.resolve(value), path) for field, value in found.fields.items()}
            kept = RecordValue(found.type, {field: value.expression for field, value in fields.items()})
            return environment.with_names({name: kept})
        return environment.with_names({name: self.frozen(name, path.resolve(found.expression), path)})

    def received(self, params: tuple[s.Binder, ...], values: Sequence[Expression], path: Path) -> dict[str, Entity]:
        """What parameters stand for, given single values over the state where the step started."""
        types = parameter_types(self.elaborator.program, params)
        kept = [self.frozen(name, value, path).expression for (name, _), value in zip(types, values, strict=True)]
        return parameters(self.elaborator.program, params, kept)

    # ---------------------------------------------------------------- assignments
    def _assign(self, statement: s.Assign, environment: Environment, path: Path) -> None:
        target = self.elaborator.entity(statement.target, environment)
        if not isinstance(target, Cells):
            raise problem("HV313", "only a variable can be assigned", statement.target.span)
        if isinstance(target.holds, str) and target.holds in self.elaborator.program.records and not target.rest:
            self._assign_record(target, target.holds, statement, environment, path)
            return
        if isinstance(target.holds, str) or target.rest:
            self._assign_whole(target, statement, environment, path)
            return
        with self._reading_ghosts(target.ghost):
            value = self.elaborator.expression(statement.value, environment, target.holds)
        self._oblige_range(target.holds, value, statement.span, path)
        path.write(target.name, target.indices, value, statement.span, own=self._own)
        self.elaborator.forget(target.name)

    def _assign_record(
        self, target: Cells, name: str, statement: s.Assign, environment: Environment, path: Path
    ) -> None:
        """All fields, each from what the value is before any of them is written."""
        with self._reading_ghosts(target.ghost):
            found = record(self.elaborator, statement.value, environment, name)
        values = {one: self.frozen(one, path.resolve(value), path) for one, value in found.fields.items()}
        for one, type_ in record_fields(self.elaborator.program, name):
            self._oblige_range(type_, found.fields[one], statement.span, path)
        for one, value in values.items():
            path.write(f"{target.name}.{one}", target.indices, value.expression, statement.span, own=self._own)
            self.elaborator.forget(f"{target.name}.{one}")

    def _reading_ghosts(self, allowed: bool) -> _Ghosts:
        return _Ghosts(self.elaborator, allowed or self.elaborator.ghosts_allowed)

    def _oblige_range(self, type_: Type, value: Expression, span: Span, path: Path) -> None:
        needed: Expression = TRUE
        if isinstance(type_, Option) and isinstance(value.type, Option):
            needed = negation(equality(value, Literal(None, value.type, "none")))
            type_, value = type_.of, value_of(value)
        if not isinstance(type_, Int) or not isinstance(value.type, Int):
            return
        bounds: list[Expression] = []
        if value.type.low < type_.low:
            bounds.append(Apply("<=", (Literal(type_.low, Int(type_.low, type_.low)), value), BOOL))
        if value.type.high > type_.high:
            bounds.append(Apply("<=", (value, Literal(type_.high, Int(type_.high, type_.high))), BOOL))
        if bounds:
            path.oblige("range", implication(needed, conjunction(bounds)), f"the number leaves {type_}", span)

    def _assign_whole(self, target: Cells, statement: s.Assign, environment: Environment, path: Path) -> None:
        source = self.elaborator.entity(statement.value, environment)
        if not isinstance(source, Cells) or source.holds != target.holds or source.rest != target.rest:
            found = _shape(source) if isinstance(source, Cells) else "another kind of value"
            raise problem("HV211", "the types do not fit", statement.span, expected=_shape(target), found=found)
        binders = tuple(self.elaborator.fresh("i", type_) for type_ in target.rest)
        with path.under(TRUE, binders):
            to, of = (*target.indices, *binders), (*source.indices, *binders)
            if not isinstance(target.holds, str):
                path.write(target.name, to, Read(source.name, of, target.holds), statement.span)
                self.elaborator.forget(target.name)
                return
            if target.holds in self.elaborator.program.records:
                for one, _ in record_fields(self.elaborator.program, target.holds):
                    self._copy_field(target.name, to, source.name, of, one, statement.span, path)
                return
            resolved_to, resolved_of = tuple(map(path.resolve, to)), tuple(map(path.resolve, of))
            path.calls.append(
                StorageCall(
                    "copy",
                    target.name,
                    resolved_to,
                    source=(source.name, resolved_of),
                    binders=path.binders,
                    where=path.where,
                    span=statement.span,
                )
            )
            for declared in self.elaborator.program.storages[target.holds].variables:
                self._copy_field(target.name, to, source.name, of, declared.name.text, statement.span, path)

    def _copy_field(
        self,
        target: str,
        to: tuple[Expression, ...],
        source: str,
        of: tuple[Expression, ...],
        name: str,
        span: Span,
        path: Path,
    ) -> None:
        variable = self.elaborator.state[f"{target}.{name}"]
        assert not isinstance(variable.holds, str)
        inner = tuple(self.elaborator.fresh("i", type_) for type_ in variable.domain[len(to) :])
        with path.under(TRUE, inner):
            read = Read(f"{source}.{name}", (*of, *inner), variable.holds)
            path.write(variable.name, (*to, *inner), read, span)
        self.elaborator.forget(variable.name)

    # ---------------------------------------------------------------- storage operations
    def _perform(self, statement: s.Perform, environment: Environment, path: Path) -> None:
        disk, operation = self._operation(statement, environment)
        if len(operation.params) != len(statement.arguments):
            raise problem(
                "HV222",
                takes(str(operation.name), len(operation.params)),
                statement.span,
                expected=str(len(operation.params)),
                found=str(len(statement.arguments)),
            )
        given = arguments(self.elaborator, operation.params, statement.arguments, environment)
        values = tuple(map(path.resolve, given))
        names = self.received(operation.params, values, path)
        inner = self.elaborator.disk_environment(disk).with_names(names)
        if operation.requires is not None:
            requires = self.elaborator.boolean(operation.requires, inner)
            path.oblige("requires", requires, f"{operation.name} is called without what it requires", statement.span)
        path.calls.append(
            StorageCall(
                operation.name.text,
                disk.name,
                tuple(map(path.resolve, disk.indices)),
                values,
                binders=path.binders,
                where=path.where,
                span=statement.span,
            )
        )
        self._operations.append(operation.name.text)
        try:
            requires_known = () if operation.requires is None else (self.elaborator.boolean(operation.requires, inner),)
            with self.elaborator.assuming(*requires_known):
                self.run(operation.body.statements, inner, path)
        finally:
            self._operations.pop()

    def _operation(self, statement: s.Perform, environment: Environment) -> tuple[Cells, s.Operation]:
        written = statement.target
        if isinstance(written, s.Member):
            disk = self.elaborator.entity(written.target, environment)
            storages = self.elaborator.program.storages
            if isinstance(disk, Cells) and isinstance(disk.holds, str) and disk.holds in storages and not disk.rest:
                for operation in self.elaborator.program.storages[disk.holds].operations:
                    if operation.name == written.name:
                        if operation.name.text in self._operations:
                            raise problem("HV225", f"`{operation.name}` calls itself", statement.span)
                        return disk, operation
                known = [op.name.text for op in self.elaborator.program.storages[disk.holds].operations]
                fix = suggestion(written.name, known)
                raise problem("HV226", f"{disk.holds} has no operation `{written.name}`", written.name.span, fix=fix)
        raise problem("HV227", "only an operation of a disk can be called here", statement.span, expected="disk.op()")

    # ---------------------------------------------------------------- all, if
    def _all(self, statement: s.All, environment: Environment, path: Path) -> None:
        binders: list[Variable] = []
        names: dict[str, Entity] = {}
        members: list[Expression] = []
        for domain in statement.domains:
            variable, member = self.domain(domain, environment)
            binders.append(variable)
            members.append(member)
            names[domain.name.text] = Value(variable)
        inner = environment.with_names(names)
        with path.under(TRUE, tuple(binders)):
            condition = conjunction(members)
            if statement.where is not None:
                with _Ghosts(self.elaborator, self.only_ghosts(statement.body, inner)):
                    condition = conjunction((condition, self.elaborator.boolean(statement.where, inner)))
            with self.elaborator.assuming(condition), path.under(condition) as possible:
                if possible:
                    self.run(statement.body.statements, inner, path)
        path.cites.extend(statement.cites)

    def domain(self, domain: s.Domain, environment: Environment) -> tuple[Variable, Expression]:
        """The variable of `x in S`, and the condition that it lies in S."""
        over = self.elaborator.entity(domain.range, environment)
        if isinstance(over, Everything):
            return self.elaborator.fresh(domain.name.text, over.of), TRUE
        if isinstance(over, Cells) and len(over.rest) == 1 and over.holds == BOOL:
            variable = self.elaborator.fresh(domain.name.text, over.rest[0])
            return variable, Read(over.name, (*over.indices, variable), BOOL)
        raise problem("HV228", "this is not a set", domain.range.span, expected="a sort, an enum or a `set of`")

    def _if(self, statement: s.If, environment: Environment, path: Path) -> None:
        otherwise = statement.otherwise or s.Block((), statement.span)
        quiet = self.only_ghosts(statement.then, environment) and self.only_ghosts(otherwise, environment)
        with _Ghosts(self.elaborator, quiet or self.elaborator.ghosts_allowed):
            condition = self.elaborator.boolean(statement.condition, environment)
        present = path.resolve(condition)
        branches = (present, condition, statement.then), (negation(present), negation(condition), otherwise)
        for decided, sense, block in branches:
            if decided == FALSE:
                continue
            with self.elaborator.assuming(sense), path.under(decided, resolved=True) as possible:
                if possible:
                    self.run(block.statements, environment, path)

    def only_ghosts(self, block: s.Block, environment: Environment) -> bool:
        """Whether a block assigns nothing but ghosts, so that it may look at ghosts."""
        for statement in block.statements:
            if not isinstance(statement, s.Assign):
                return False
            target = self.elaborator.entity(statement.target, environment)
            if not (isinstance(target, Cells) and target.ghost):
                return False
        return True

    def _special(self, statement: s.Crash | s.Restart, environment: Environment, path: Path) -> None:
        if self.special is None:
            word = type(statement).__name__.lower()
            raise problem(
                "HV403",
                f"`{word}` cannot stand in one indivisible update",
                statement.span,
                expected="an `each`: one place after the other",
            )
        self.special(statement, environment, path)


def _shape(cells: Cells) -> str:
    """What is written to or read from as a whole, as it is declared."""
    indices = ", ".join(map(str, cells.rest))
    return f"map[{indices}] {cells.holds}" if indices else str(cells.holds)


class _Ghosts:
    """Allows or forbids reading ghosts, for a while."""

    def __init__(self, elaborator: Elaborator, allowed: bool) -> None:
        self._elaborator, self._allowed = elaborator, allowed

    def __enter__(self) -> None:
        self._before = self._elaborator.ghosts_allowed
        self._elaborator.ghosts_allowed = self._allowed

    def __exit__(self, *_: object) -> None:
        self._elaborator.ghosts_allowed = self._before


_RUN: MappingProxyType[type, Callable[..., None]] = MappingProxyType(
    {
        s.Assign: Plain._assign,
        s.Perform: Plain._perform,
        s.All: Plain._all,
        s.If: Plain._if,
        s.Crash: Plain._special,
        s.Restart: Plain._special,
    }
)


def is_plain(statement: s.Statement, *, crashes: bool = False) -> bool:
    """Whether a statement has no boundary and cannot fail; `crashes` counts `crash` and `restart` as such."""
    match statement:
        case s.If(_, then, otherwise):
            blocks = (then, otherwise) if otherwise is not None else (then,)
            return all(is_plain(inner, crashes=crashes) for block in blocks for inner in block.statements)
        case s.Assign() | s.Perform() | s.All() | s.Let():
            return True
        case s.Crash() | s.Restart():
            return crashes
        case _:
            return False
