"""Static checks: every name, type and statement of a program, whether or not any scenario reaches it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

from hvmodel.expression import TRUE, Expression, Read, negation
from hvmodel.source import Span
from hvmodel.types import BOOL

from . import syntax as s
from .claims import check_claims
from .compile.path import Impossible, Path
from .compile.plain import Plain, is_plain
from .diagnostic import Diagnostic, in_order
from .elaborate import Elaborator
from .entities import ActorRef, ActorSet, Cells, Entity, Environment, PlaceRef, Protocol, Value
from .members import handler, members
from .memory import Memory
from .problem import SpecError, problem, suggestion, takes
from .program import Program
from .shapes import StateVariable, actor_domain, scalar, state_variables

BUILT_IN_CODES = frozenset({"CRASHED", "PLACE_DOWN"})


@dataclass(slots=True)
class CheckedControl:
    """Checks what expressions ask about control, without knowing the answers."""

    program: Program
    known: frozenset[str]
    in_claim: bool = False

    def query(self, name: str, entities: tuple[Entity | s.Label, ...], span: Span) -> Expression:
        if name == "up":
            self._one(name, entities, PlaceRef, "place", span)
            return TRUE
        if not self.in_claim:
            raise problem("HV320", "only properties and invariants can ask where a protocol is", span)
        if name in ("succeeded", "failed", "ended"):
            self._one(name, entities, Protocol, "protocol", span)
            return Read(f"{name}.?", (), BOOL)
        if not entities or not isinstance(entities[0], s.Label):
            raise problem("HV322", "a step or Actor.Message is needed first", span, expected="at(Step, index, ...)")
        label = entities[0]
        if str(label) not in self.known:
            fix = suggestion(s.Name(str(label), label.span), self.known)
            raise problem("HV102", f"no step or message is called `{label}`", label.span, fix=fix)
        return Read(f"at.{label}", (), BOOL)

    def _one(self, name: str, entities: tuple[Entity | s.Label, ...], kind: type, expected: str, span: Span) -> None:
        only = entities[0] if len(entities) == 1 else None
        if not isinstance(only, kind) or (isinstance(only, PlaceRef) and only.rest):
            raise problem("HV321", f"`{name}` asks about something else", span, expected=f"{name}({expected})")


@dataclass(slots=True)
class Checker:
    program: Program
    elaborator: Elaborator
    plain: Plain
    control: CheckedControl
    found: list[Diagnostic] = field(default_factory=list)
    codes: frozenset[str] = frozenset()
    memory: Memory = field(default_factory=Memory)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """What goes wrong inside is noted, and the next thing is checked."""
        try:
            yield
        except SpecError as error:
            self.found.append(error.diagnostic)

    def once(self, kind: str, subject: object, run: Callable[[], None]) -> None:
        """Check a part of the program, unless nothing that this depends on has changed since it was checked last."""
        known: tuple[Diagnostic, ...] | None = self.memory.known(kind, subject)
        if known is None:
            before, self.found, self.elaborator.facts = self.found, [], ()
            with self.collecting():
                run()
            known = self.memory.note(kind, subject, tuple(self.found))
            self.found, self.elaborator.facts = before, ()
        self.found += known

    # ---------------------------------------------------------------- protocol code
    def block(self, block: s.Block, environment: Environment, *, recovering: bool = False) -> None:
        for statement in block.statements:
            with self.collecting():
                if isinstance(statement, s.Let):
                    value = self.elaborator.expression(statement.value, environment)
                    environment = environment.with_names({statement.name.text: Value(value)})
                elif is_plain(statement):
                    self._plain(statement, environment)
                else:
                    if isinstance(statement, _BOUNDARIES):
                        self.elaborator.facts = ()
                    _CHECK[type(statement)](self, statement, environment, recovering)

    def _plain(self, statement: s.Statement, environment: Environment) -> None:
        path = Path("", "protocol")
        try:
            self.plain.run((statement,), environment, path)
        except Impossible:
            return

    def _message(self, statement: s.Message, environment: Environment, _: bool) -> None:
        receiver = self.elaborator.entity(statement.receiver, environment)
        if not isinstance(receiver, ActorRef):
            raise problem("HV316", "a message goes to an actor", statement.receiver.span, expected="an actor")
        if receiver.rest:
            wanted = "[" + ", ".join(str(type_) for type_ in receiver.rest) + "]"
            raise problem("HV217", "an index is missing", statement.receiver.span, expected=wanted)
        found = handler(self.program, receiver.name, statement.name)
        expected = found.params if found else ()
        if len(expected) != len(statement.arguments):
            raise problem(
                "HV222",
                takes(str(statement.name), len(expected)),
                statement.span,
                expected=str(len(expected)),
                found=str(len(statement.arguments)),
            )
        for binder, written in zip(expected, statement.arguments, strict=True):
            self.elaborator.expression(written, environment, scalar(self.program, binder.type))

    def _step(self, statement: s.Step, environment: Environment, recovering: bool) -> None:
        for argument in statement.arguments:
            self.elaborator.expression(argument, environment)
        if statement.body is not None:
            self.block(statement.body, environment, recovering=recovering)

    def _each(self, statement: s.Each, environment: Environment, recovering: bool) -> None:
        names: dict[str, Entity] = {}
        for domain in statement.domains:
            over = self.elaborator.entity(domain.range, environment)
            if isinstance(over, ActorSet):
                names[domain.name.text] = over.members[0] if over.members else ActorSet(())
            else:
                names[domain.name.text] = Value(self.plain.domain(domain, environment)[0])
        inner = environment.with_names(names)
        if statement.where is not None:
            with self.collecting():
                self.elaborator.boolean(statement.where, inner)
        self.elaborator.facts = ()
        if all(names[domain.name.text] != ActorSet(()) for domain in statement.domains):
            self.block(statement.body, inner, recovering=recovering)

    def _if(self, statement: s.If, environment: Environment, recovering: bool) -> None:
        condition = self.elaborator.boolean(statement.condition, environment)
        with self.elaborator.assuming(condition):
            self.block(statement.then, environment, recovering=recovering)
        if statement.otherwise is not None:
            with self.elaborator.assuming(negation(condition)):
                self.block(statement.otherwise, environment, recovering=recovering)

    def _try(self, statement: s.Try, environment: Environment, recovering: bool) -> None:
        self.block(statement.body, environment, recovering=recovering)
        self.elaborator.facts = ()
        for clause in statement.recovers:
            if clause.code is not None and clause.code.text not in self.codes:
                fix = suggestion(clause.code, self.codes)
                message = f"nothing fails with `{clause.code}`"
                self.found.append(Diagnostic("HV323", message, clause.code.span, fix=fix))
            self.block(clause.body, environment, recovering=True)
        if statement.finally_ is not None:
            for inner in statement.finally_.statements:
                with self.collecting():
                    if not is_plain(inner):
                        raise problem("HV324", "`finally` holds plain assignments only", inner.span)
                    self._plain(inner, environment)

    def _within(self, statement: s.Within, environment: Environment, recovering: bool) -> None:
        self.block(statement.body, environment, recovering=recovering)
        self.elaborator.facts = ()
        self.block(statement.otherwise, environment, recovering=recovering)

    def _rethrow(self, statement: s.Rethrow, _: Environment, recovering: bool) -> None:
        if not recovering:
            raise problem("HV314", "`rethrow` stands only in a `recover`", statement.span)

    def _condition(self, statement: s.Require | s.Await, environment: Environment, _: bool) -> None:
        self.elaborator.boolean(statement.condition, environment)

    def _choose(self, statement: s.Choose, environment: Environment, recovering: bool) -> None:
        for branch in statement.branches:
            self.block(branch, environment, recovering=recovering)

    def _loop(self, statement: s.Loop, environment: Environment, recovering: bool) -> None:
        self.block(statement.body, environment, recovering=recovering)

    def _fine(self, *_: object) -> None:
        """Nothing to check."""


_BOUNDARIES = (s.Message, s.Step, s.Await, s.Choose)
"""Statements that rest before anything of theirs is looked at."""

_CHECK: MappingProxyType[type, Callable[..., None]] = MappingProxyType(
    {
        s.Message: Checker._message,
        s.Step: Checker._step,
        s.Each: Checker._each,
        s.If: Checker._if,
        s.Try: Checker._try,
        s.Within: Checker._within,
        s.Fail: Checker._fine,
        s.Rethrow: Checker._rethrow,
        s.Require: Checker._condition,
        s.Await: Checker._condition,
        s.Choose: Checker._choose,
        s.Loop: Checker._loop,
    }
)


def check(program: Program, memory: Memory | None = None) -> tuple[Diagnostic, ...]:
    """Everything wrong with a program, each finding once, in the order of the text.

    With the memory of an earlier check, only what may be said differently now is checked again.
    """
    wrong: list[Diagnostic] = []
    state = state_variables(program, wrong)
    memory = memory or Memory()
    named, codes = memory.labels(program), BUILT_IN_CODES | memory.codes(program)
    memory.begin(program, named, codes)
    control = CheckedControl(program, named)
    elaborator = Elaborator(program, state, {}, control)
    plain = Plain(elaborator, special=_place_only(elaborator))
    checker = Checker(program, elaborator, plain, control, codes=codes, memory=memory)
    for part in (_instances, _variables, _behaviour, _storages):
        with checker.collecting():
            part(checker)
    check_claims(checker)
    unread = program.unread | {name for name in program.variables if name not in state}
    for actor in program.actors.values():
        variables = (member for member in members(program, actor) if isinstance(member, s.VariableDecl))
        unread |= {member.name.text for member in variables if f"{actor.name}.{member.name}" not in state}
        unread |= _not_given(program, actor)
    found = (one for one in (*wrong, *checker.found) if not _follows(one, unread))
    return in_order([*program.diagnostics, *found])


def _follows(found: Diagnostic, unread: set[str]) -> bool:
    """Whether a name is unknown only because its declaration could not be read, which is reported there."""
    return found.code == "HV102" and any(f"`{name}`" in found.message for name in unread)


def _not_given(program: Program, actor: s.ActorDecl) -> set[str]:
    """Parameters of its service that an actor does not give, which is reported where it should."""
    service = program.services.get(actor.instance.service.text) if actor.instance is not None else None
    if service is None or actor.instance is None:
        return set()
    given = {argument.name.text for argument in actor.instance.arguments}
    return {binder.name.text for binder in service.params} - given


def _place_only(elaborator: Elaborator) -> Callable[[s.Crash | s.Restart, Environment, Path], None]:
    def look(statement: s.Crash | s.Restart, environment: Environment, _: Path) -> None:
        place = elaborator.entity(statement.place, environment)
        if not isinstance(place, PlaceRef) or place.rest:
            raise problem("HV318", "only a place can crash", statement.place.span, expected="a place with its indices")

    return look


def _instances(checker: Checker) -> None:
    """Actors: their places, their services and what those are given."""
    for actor in checker.program.actors.values():
        checker.once("instance", actor, partial(_instance, checker, actor))


def _instance(checker: Checker, actor: s.ActorDecl) -> None:
    program = checker.program
    actor_domain(program, actor)
    if actor.instance is None:
        return
    service = program.services.get(actor.instance.service.text)
    if service is None:
        fix = suggestion(actor.instance.service, program.services)
        message = f"no service is called `{actor.instance.service}`"
        raise problem("HV102", message, actor.instance.service.span, fix=fix)
    _arguments(checker, actor, actor.instance, service)


def _arguments(checker: Checker, actor: s.ActorDecl, instance: s.Instance, service: s.ServiceDecl) -> None:
    wanted = {binder.name.text: binder for binder in service.params}
    given = {argument.name.text: argument for argument in instance.arguments}
    for name, argument in given.items():
        if name not in wanted:
            fix = suggestion(argument.name, wanted)
            raise problem("HV106", f"{service.name} takes no `{name}`", argument.name.span, fix=fix)
    missing = [name for name in wanted if name not in given]
    if missing:
        raise problem("HV107", f"{service.name} also needs {', '.join(missing)}", instance.span, expected=missing[0])
    names: dict[str, Entity] = {
        binder.name.text: Value(checker.elaborator.fresh(binder.name.text, type_))
        for binder, type_ in zip(actor.binders, actor_domain(checker.program, actor), strict=True)
    }
    for name, argument in given.items():
        with checker.collecting():
            entity = checker.elaborator.entity(argument.value, Environment(names))
            _fits(checker, wanted[name], entity, argument.value.span)


def _fits(checker: Checker, binder: s.Binder, entity: Entity, span: Span) -> None:
    """Whether an argument is what a service's parameter asks for: a value, an actor, or a set of actors."""
    named = binder.type.of if isinstance(binder.type, s.SetType) else getattr(binder.type, "name", None)
    if not isinstance(named, s.Name) or named.text not in checker.program.interfaces:
        expected = scalar(checker.program, binder.type)
        checker.elaborator.coerce(checker.elaborator.read(entity, span), expected, span)
        return
    many = isinstance(binder.type, s.SetType)
    if many and not isinstance(entity, ActorSet):
        raise problem("HV213", f"`{binder.name}` is a set of actors", span, expected="{ Actor, ... }")
    if not many and not (isinstance(entity, ActorRef) and not entity.rest):
        raise problem("HV316", f"`{binder.name}` is an actor", span, expected="an actor with its indices")


def _environment_of(checker: Checker, actor: s.ActorDecl) -> tuple[ActorRef, Environment]:
    domain = actor_domain(checker.program, actor)
    indices = tuple(
        checker.elaborator.fresh(binder.name.text, type_) for binder, type_ in zip(actor.binders, domain, strict=True)
    )
    me = ActorRef(actor.name.text, indices)
    return me, checker.elaborator.actor_environment(me)


def _variables(checker: Checker) -> None:
    for variable in checker.elaborator.state.values():
        if variable.initial is not None and not isinstance(variable.holds, str):
            with checker.collecting():
                checker.elaborator.expression(variable.initial, Environment(), variable.holds)


def _behaviour(checker: Checker) -> None:
    program, elaborator = checker.program, checker.elaborator
    elaborator.ghosts_allowed = False
    for actor in program.actors.values():
        checker.once("actor", checker.memory.with_service(program, actor), partial(_actor, checker, actor))
    for protocol in program.protocols.values():
        checker.once("protocol", protocol, partial(_protocol, checker, protocol))
    for happening in program.environments.values():
        checker.once("happening", happening, partial(_happening, checker, happening))
    elaborator.ghosts_allowed = True


def _actor(checker: Checker, actor: s.ActorDecl) -> None:
    _, environment = _environment_of(checker, actor)
    if actor.site is not None:
        place = checker.elaborator.entity(actor.site, environment)
        if not isinstance(place, PlaceRef) or place.rest:
            raise problem("HV318", "an actor is on a place", actor.site.span, expected="a place with its indices")
    for member in members(checker.program, actor):
        checker.elaborator.facts = ()
        _member(checker, member, environment)


def _protocol(checker: Checker, protocol: s.ProtocolDecl) -> None:
    runner = checker.elaborator.entity(protocol.actor, Environment())
    if not isinstance(runner, ActorRef) or runner.rest:
        raise problem("HV316", "a protocol is run by an actor", protocol.actor.span, expected="an actor")
    checker.block(protocol.body, checker.elaborator.actor_environment(runner))


def _member(checker: Checker, member: s.Member_, environment: Environment) -> None:
    if isinstance(member, s.Handler):
        names: dict[str, Entity] = {}
        for binder in member.params:
            type_ = scalar(checker.program, binder.type)
            names[binder.name.text] = Value(checker.elaborator.fresh(binder.name.text, type_))
        checker.block(member.body, environment.with_names(names))
    elif isinstance(member, s.Reaction):
        subject = checker.elaborator.entity(member.subject, environment)
        if not isinstance(subject, ActorRef | PlaceRef):
            raise problem("HV316", "`crashed` names an actor", member.subject.span, expected="an actor")
        checker.block(member.body, environment)


def _happening(checker: Checker, declaration: s.EnvironmentDecl) -> None:
    names: dict[str, Entity] = {
        binder.name.text: Value(checker.elaborator.fresh(binder.name.text, scalar(checker.program, binder.type)))
        for binder in declaration.params
    }
    environment = Environment(names)
    if declaration.spends is not None and declaration.spends.text not in checker.program.budgets:
        fix = suggestion(declaration.spends, checker.program.budgets)
        raise problem("HV102", f"no budget is called `{declaration.spends}`", declaration.spends.span, fix=fix)
    if declaration.site is not None:
        place = checker.elaborator.entity(declaration.site, environment)
        if not isinstance(place, PlaceRef) or place.rest:
            raise problem("HV318", "this happens on a place", declaration.site.span, expected="a place")
    condition: Expression = TRUE
    if declaration.when is not None:
        condition = checker.elaborator.boolean(declaration.when, environment)
    with checker.elaborator.assuming(condition):
        _only_plain(checker, declaration.body, environment, "only plain assignments, `crash` and `restart` happen here")


def _storages(checker: Checker) -> None:
    """Operations of storage classes, on the first variable of each class."""
    done: set[str] = set()
    for variable in checker.elaborator.state.values():
        if isinstance(variable.holds, str) and variable.holds not in done:
            done.add(variable.holds)
            storage = checker.program.storages[variable.holds]
            checker.once("storage", storage, partial(_operations, checker, storage, variable))


def _operations(checker: Checker, storage: s.StorageDecl, variable: StateVariable) -> None:
    indices = tuple(checker.elaborator.fresh("i", type_) for type_ in variable.domain)
    disk = Cells(variable.name, indices, (), storage.name.text, variable.ghost)
    environment = checker.elaborator.disk_environment(disk)
    for operation in storage.operations:
        with checker.collecting():
            names: dict[str, Entity] = {
                b.name.text: Value(checker.elaborator.fresh(b.name.text, scalar(checker.program, b.type)))
                for b in operation.params
            }
            inner = environment.with_names(names)
            condition: Expression = TRUE
            if operation.requires is not None:
                condition = checker.elaborator.boolean(operation.requires, inner)
            with checker.elaborator.assuming(condition):
                _only_plain(checker, operation.body, inner, "an operation holds plain assignments only")


def _only_plain(checker: Checker, body: s.Block, environment: Environment, message: str) -> None:
    for statement in body.statements:
        with checker.collecting():
            if not is_plain(statement):
                raise problem("HV312", message, statement.span)
            checker._plain(statement, environment)
