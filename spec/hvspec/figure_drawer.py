"""Reading the rows of a figure off the text: statement by statement, handlers inline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, replace
from itertools import product
from types import MappingProxyType
from typing import TypeAlias

from hvmodel.dataclass import dataclass
from hvmodel.expression import Expression, Literal, Read, Variable, reads
from hvmodel.source import Span
from hvmodel.types import BOOL

from . import syntax as s
from .compile.plain import is_plain
from .elaborate import Elaborator
from .entities import ActorRef, ActorSet, Cells, Entity, Environment, Everything, PlaceRef, Value
from .figure_rows import CHANGE, FigureKind, FigureLifeline, FigureRow, is_change
from .members import inherited, inherited_names, members, with_inherited
from .parameters import any_values
from .problem import SpecError
from .program import Program
from .shapes import actor_domain

Rows: TypeAlias = list[FigureRow]


class Undecided:
    """Where a protocol is and who is up differs from run to run."""

    def query(self, name: str, _entities: object, _span: Span) -> Expression:
        return Read(f"{name}.?", (), BOOL)


@dataclass(frozen=True, slots=True)
class Scene:
    """Who acts, and what its code sees; `stack` lists the handlers around it."""

    me: ActorRef
    environment: Environment
    stack: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Drawer:
    """Draws one figure. `shown` are the handlers whose contents stand in it already; `full` leaves nothing out."""

    program: Program
    elaborator: Elaborator
    sources: Mapping[str, str]
    full: bool
    shown: set[tuple[str, str]] = field(default_factory=set)

    # ---------------------------------------------------------------- the whole spec
    def everything(self) -> Rows:
        rows: Rows = []
        for protocol in self.program.protocols.values():
            actor = self.elaborator.entity(protocol.actor, Environment())
            assert isinstance(actor, ActorRef)
            if len(self.program.protocols) > 1:
                rows.append(FigureRow("divider", f"protocol {protocol.name}"))
            scene = Scene(actor, self.elaborator.actor_environment(actor))
            rows += self.block(protocol.body, scene)
        return [*rows, *self.reactions()] if self.full else rows

    def reactions(self) -> Rows:
        rows: Rows = []
        for name, declaration in self.program.actors.items():
            parameters = [
                self.elaborator.fresh(binder.name.text, type_)
                for binder, type_ in zip(declaration.binders, actor_domain(self.program, declaration), strict=True)
            ]
            me = ActorRef(name, tuple(parameters))
            for member in members(self.program, self.program.actors[name]):
                if isinstance(member, s.Reaction):
                    inner = self.block(member.body, Scene(me, self.elaborator.actor_environment(me)))
                    head = f"{self.key(me)}: {self.before(member.span, member.body.span)}"
                    rows += [FigureRow("divider", head), *inner] if inner else []
        return rows

    def lifelines(self, rows: Iterable[FigureRow]) -> tuple[FigureLifeline, ...]:
        """Those the rows mention, places in order of appearance."""
        keys = dict.fromkeys(key for row in rows for key in (row.source, row.target) if key)
        groups: dict[str, list[FigureLifeline]] = {}
        for key in keys:
            declaration = self.program.actors[key.partition("[")[0]]
            place = self.text(declaration.site.span) if declaration.site else ""
            groups.setdefault(place, []).append(FigureLifeline(key, place, declaration.title))
        return tuple(lifeline for group in groups.values() for lifeline in group)

    # ---------------------------------------------------------------- words of the text
    def text(self, span: Span) -> str:
        """What stands there, on one line and without comments."""
        lines = self.sources.get(span.file, "").splitlines()[span.line - 1 : span.end_line]
        if not lines:
            return ""
        lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
        return " ".join(" ".join(line.partition("#")[0] for line in lines).split())

    def before(self, whole: Span, body: Span) -> str:
        """The head of a statement: its text up to its body."""
        head = Span(whole.file, whole.line, whole.column, body.line, body.column)
        return self.text(head).partition(" cites ")[0].rstrip("{ ")

    def key(self, actor: ActorRef) -> str:
        """A lifeline's key: indices that vary go by the names of the actor's declaration."""
        binders = self.program.actors[actor.name].binders
        names = [
            binder.name.text if isinstance(index, Variable) else str(getattr(index, "name", "") or index)
            for binder, index in zip(binders, actor.indices, strict=True)
        ]
        return actor.name + (f"[{', '.join(names)}]" if names else "")

    def called(self, name: s.Name, arguments: tuple[s.Expr, ...]) -> str:
        inner = ", ".join(self.text(argument.span) for argument in arguments)
        return f"{name}({inner})" if inner else name.text

    def place(self, actor: ActorRef) -> object:
        site = self.program.actors[actor.name].site
        if site is None:
            return None
        found = self.elaborator.entity(site, self.elaborator.actor_environment(actor))
        return (found.name, found.indices) if isinstance(found, PlaceRef) else None

    # ---------------------------------------------------------------- statements
    def block(self, block: s.Block | None, scene: Scene) -> Rows:
        rows: Rows = []
        for statement in block.statements if block is not None else ():
            if isinstance(statement, s.Let):
                bound = {statement.name.text: self.elaborator.named(statement.value, scene.environment)}
                scene = replace(scene, environment=scene.environment.with_names(bound))
            elif is_plain(statement):
                rows += self.changes(statement, scene)
            else:
                rows += _DRAW[type(statement)](self, statement, scene)
        return rows

    def message(self, statement: s.Message, scene: Scene) -> Rows:
        receiver = self.elaborator.entity(statement.receiver, scene.environment)
        assert isinstance(receiver, ActorRef)
        handlers = {
            one.message.text: one
            for one in members(self.program, self.program.actors[receiver.name])
            if isinstance(one, s.Handler)
        }
        handler = handlers.get(statement.name.text)
        if handler is None and not self.full:
            return []
        here, there = self.key(scene.me), self.key(receiver)
        kind: FigureKind = "asynchronous" if statement.asynchronous else "message"
        arrow = FigureRow(kind, self.called(statement.name, statement.arguments), here, there)
        call = (receiver.name, statement.name.text)
        if handler is None or call in scene.stack:
            return [arrow]
        values, _ = any_values(self.elaborator, handler.params)
        names = with_inherited(self.program, receiver.name, handler, values)
        environment = self.elaborator.actor_environment(receiver).with_names(names)
        inner = self.block(handler.body, Scene(receiver, environment, (*scene.stack, call)))
        if not self.full:
            if here == there:
                return inner
            # Shown once is enough: an arrow to a known handler stands for what it did before.
            first = call not in self.shown
            self.shown.add(call)
            inner = inner if first else []
        # Control comes back in any case; it is worth an arrow where it comes back from somewhere else.
        far = self.place(scene.me) != self.place(receiver) and any(row.kind == "message" for row in inner)
        back = [FigureRow("return", "done", there, here)] if far and not statement.asynchronous else []
        return [arrow, *inner, *back]

    def step(self, statement: s.Step, scene: Scene) -> Rows:
        label = self.called(statement.name, statement.arguments)
        return [FigureRow("step", label, self.key(scene.me)), *self.block(statement.body, scene)]

    def each(self, statement: s.Each, scene: Scene) -> Rows:
        fixed: list[list[tuple[str, Entity]]] = []
        names: dict[str, Entity] = {}
        for domain in statement.domains:
            over = self.elaborator.entity(domain.range, scene.environment)
            if isinstance(over, ActorSet):
                fixed.append([(domain.name.text, member) for member in over.members])
            else:
                names[domain.name.text] = self.element(domain, over)
        head = self.before(statement.span, statement.body.span)
        inner: Rows = []
        inside = scene.environment.with_names(names)
        choices = list(product(*fixed))
        for choice in choices:
            environment = inside.with_names(dict(choice))
            inner += self.block(statement.body, replace(scene, environment=environment))
        if len(choices) == 1 and not names:
            return inner
        within = replace(scene, environment=inside)
        if statement.where is not None and not fixed and self.own_affair(statement.where, within):
            return self.remark(head, statement.body, within)
        return self.frame(head, inner)

    def element(self, domain: s.Domain, over: Entity) -> Entity:
        if isinstance(over, Everything):
            return Value(self.elaborator.fresh(domain.name.text, over.of))
        assert isinstance(over, Cells)
        return Value(self.elaborator.fresh(domain.name.text, over.rest[0]))

    def frame(self, head: str, inner: Rows) -> Rows:
        if not inner:
            return []
        if sum(not is_change(row) for row in inner) == 1 and inner[0].kind in ("step", "message") and not self.full:
            return [replace(inner[0], label=f"{head}: {inner[0].label}"), *inner[1:]]
        return [FigureRow("open", head), *inner, FigureRow("close", "")]

    def if_(self, statement: s.If, scene: Scene) -> Rows:
        decided = self.decided(statement.condition, scene)
        if decided is not None:
            return self.block(statement.then if decided else statement.otherwise, scene)
        condition = self.text(statement.condition.span)
        head = f"if {condition}"
        if statement.otherwise is None and self.own_affair(statement.condition, scene):
            return self.remark(head, statement.then, scene)
        then = self.frame(head, self.block(statement.then, scene))
        return [*then, *self.frame(f"if not ({condition})", self.block(statement.otherwise, scene))]

    def decided(self, condition: s.Expr, scene: Scene) -> bool | None:
        """The truth of a condition on parameters; None if it depends on the run."""
        try:
            found = self.elaborator.boolean(condition, scene.environment)
        except SpecError:
            # It may read an option that only a condition further out makes sure of.
            return None
        return bool(found.value) if isinstance(found, Literal) else None

    def own_affair(self, condition: s.Expr, scene: Scene) -> bool:
        """Whether a condition only asks what the actor itself has noted, so that it tells little of the others."""
        if self.full:
            return False
        try:
            asked = reads(self.elaborator.boolean(condition, scene.environment))
        except SpecError:
            return False
        return bool(asked) and all(name.startswith(f"{scene.me.name}.") for name in asked)

    def remark(self, head: str, block: s.Block, scene: Scene) -> Rows:
        """One row that names the messages and steps of a block; none if it has none that anyone handles."""
        rows = replace(self, shown=set()).block(block, scene)
        me = self.key(scene.me)
        named = [
            row.label for row in rows if row.source == me and row.kind in ("message", "step") and not is_change(row)
        ]
        return [FigureRow("remark", f"{head}: {', '.join(dict.fromkeys(named))}", me)] if named else []

    def try_(self, statement: s.Try, scene: Scene) -> Rows:
        rows = self.block(statement.body, scene)
        for clause in statement.recovers:
            head = f"on {clause.code}" if clause.code else "on failure"
            if self.full:
                rows += self.frame(f"alt {head}", self.block(clause.body, scene))
            else:
                rows += self.remark(head, clause.body, scene)
        return rows + self.block(statement.finally_, scene)

    def within(self, statement: s.Within, scene: Scene) -> Rows:
        rows = self.frame(f"within {statement.limit}", self.block(statement.body, scene))
        late = self.block(statement.otherwise, scene) if self.full else []
        return rows + self.frame(f"alt after {statement.limit}", late)

    def await_(self, statement: s.Await, scene: Scene) -> Rows:
        return [FigureRow("remark", f"waits until {self.text(statement.condition.span)}", self.key(scene.me))]

    def require(self, statement: s.Require, scene: Scene) -> Rows:
        if not self.full or self.decided(statement.condition, scene):
            return []
        return [FigureRow("remark", self.text(statement.span), self.key(scene.me))]

    def fail(self, statement: s.Fail, scene: Scene) -> Rows:
        return [FigureRow("failure", statement.code.text, self.key(scene.me))]

    def rethrow(self, _statement: s.Rethrow, scene: Scene) -> Rows:
        return [FigureRow("remark", "fails with the same code", self.key(scene.me))]

    def choose(self, statement: s.Choose, scene: Scene) -> Rows:
        found = [self.block(branch, scene) for branch in statement.branches]
        return [row for i, rows in enumerate(found) for row in self.frame("or" if i else "either", rows)]

    def loop(self, statement: s.Loop, scene: Scene) -> Rows:
        return self.frame("again and again", self.block(statement.body, scene))

    def inherited(self, _statement: s.Inherited, scene: Scene) -> Rows:
        handler = inherited(self.program, *scene.stack[-1]) if scene.stack else None
        if handler is None:
            return []
        names = inherited_names(handler, scene.environment.names)
        environment = self.elaborator.actor_environment(scene.me).with_names(names)
        return self.block(handler.body, replace(scene, environment=environment))

    def power(self, statement: s.Crash | s.Restart, scene: Scene) -> Rows:
        return [FigureRow("step", self.text(statement.span), self.key(scene.me))]

    def break_(self, _statement: s.Break, scene: Scene) -> Rows:
        return [FigureRow("remark", "leaves the loop", self.key(scene.me))]

    # ---------------------------------------------------------------- what happens to disks
    def changes(self, statement: s.Statement, scene: Scene) -> Iterator[FigureRow]:
        """Assignments and operations, as changes that are joined to the row before them."""
        match statement:
            case s.All(domains, _, _, body):
                names = {one.name.text: self.element(one, self.elaborator.entity(one.range, scene.environment))
                         for one in domains}  # fmt: skip
                inner = replace(scene, environment=scene.environment.with_names(names))
                for each in body.statements:
                    yield from self.changes(each, inner)
            case s.If(condition, then, otherwise):
                decided = self.decided(condition, scene)
                for block, left_out in ((then, decided is False), (otherwise, decided is True)):
                    for each in block.statements if block is not None and not left_out else ():
                        yield from self.changes(each, scene)
            case s.Assign() | s.Perform() if self.full or self.on_disk(statement, scene):
                yield FigureRow("step", self.text(statement.span), self.key(scene.me), below=CHANGE)

    def on_disk(self, statement: s.Assign | s.Perform, scene: Scene) -> bool:
        """Whether an operation of a storage class is called, or a whole disk copied."""
        if isinstance(statement, s.Perform):
            return True
        try:
            target = self.elaborator.entity(statement.target, scene.environment)
        except SpecError:
            return False
        return isinstance(target, Cells) and target.holds in self.program.storages


_DRAW: MappingProxyType[type, Callable[..., Rows]] = MappingProxyType(
    {
        s.Message: Drawer.message,
        s.Step: Drawer.step,
        s.Each: Drawer.each,
        s.If: Drawer.if_,
        s.Try: Drawer.try_,
        s.Within: Drawer.within,
        s.Await: Drawer.await_,
        s.Require: Drawer.require,
        s.Fail: Drawer.fail,
        s.Rethrow: Drawer.rethrow,
        s.Choose: Drawer.choose,
        s.Loop: Drawer.loop,
        s.Break: Drawer.break_,
        s.Inherited: Drawer.inherited,
        s.Crash: Drawer.power,
        s.Restart: Drawer.power,
    }
)
