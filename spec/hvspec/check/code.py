"""Protocol code: every statement, whether or not any scenario reaches it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

from hvmodel.expression import negation

from .. import syntax as s
from ..compile.path import Impossible, Path
from ..compile.plain import Plain, is_plain
from ..diagnostic import Diagnostic
from ..elaborate import Elaborator
from ..entities import ActorRef, ActorSet, Entity, Environment, Value
from ..members import handler
from ..memory import Memory
from ..parameters import arguments
from ..problem import SpecError, problem, suggestion, takes
from ..program import Program
from .control import CheckedControl
from .places import place_of


@dataclass(slots=True)
class Checker:
    program: Program
    elaborator: Elaborator
    plain: Plain
    control: CheckedControl
    found: list[Diagnostic] = field(default_factory=list)
    codes: frozenset[str] = frozenset()
    limits: Mapping[str, int | None] = field(default_factory=dict)
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
            known = self.memory.note(kind, subject, tuple(self.found), fine=not self.found)
            self.found, self.elaborator.facts = before, ()
        self.found += known

    @contextmanager
    def crashing(self) -> Iterator[None]:
        """Inside, `crash` and `restart` may stand among plain statements."""
        self.plain.special = self._crash
        try:
            yield
        finally:
            self.plain.special = None

    def _crash(self, statement: s.Crash | s.Restart, environment: Environment, _: Path) -> None:
        place_of(self.elaborator, statement.place, environment, "only a place can crash")

    # ---------------------------------------------------------------- protocol code
    def block(self, block: s.Block, environment: Environment, *, recovering: bool = False) -> None:
        for statement in block.statements:
            with self.collecting():
                if isinstance(statement, s.Let):
                    value = self.elaborator.named(statement.value, environment)
                    environment = environment.with_names({statement.name.text: value})
                elif is_plain(statement):
                    self.run_plain(statement, environment)
                else:
                    if isinstance(statement, _BOUNDARIES):
                        self.elaborator.facts = ()
                    _CHECK[type(statement)](self, statement, environment, recovering)

    def run_plain(self, statement: s.Statement, environment: Environment) -> None:
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
        arguments(self.elaborator, expected, statement.arguments, environment)

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
                    self.run_plain(inner, environment)

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
        self.elaborator.facts = ()
        self.block(statement.body, environment, recovering=recovering)
        self.elaborator.facts = ()

    def _power(self, statement: s.Crash | s.Restart, environment: Environment, _: bool) -> None:
        place_of(self.elaborator, statement.place, environment, "only a place can crash")
        self.elaborator.facts = ()

    def _inherited(self, *_: object) -> None:
        self.elaborator.facts = ()

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
        s.Break: Checker._fine,
        s.Inherited: Checker._inherited,
        s.Crash: Checker._power,
        s.Restart: Checker._power,
    }
)
