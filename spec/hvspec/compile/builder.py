"""What the compiler has found so far, and the work that is left: one builder for one compilation."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hvmodel.expression import Expression, Literal, Read, Variable, equality, free_variables
from hvmodel.source import NOWHERE, Span
from hvmodel.system import Action, Event, Function, Role, Write
from hvmodel.types import BOOL, Enum, Type

from ..diagnostic import Fix
from ..elaborate import Elaborator
from ..entities import PlaceRef
from ..once import Once
from ..problem import problem
from ..program import Program
from ..size import MAX_ACTIONS, MAX_EFFORT, MAX_LOCATIONS, too_large
from .path import Impossible, Path
from .plain import Plain
from .threads import OK, Context, Continue, Label, Location, ThreadBuilder

if TYPE_CHECKING:
    from .channel import Channel


class Landed(Exception):  # noqa: N818 (not an error: the probe has found the location it looked for)
    """A probe met a boundary before anything happened."""

    def __init__(self, location: Location) -> None:
        super().__init__()
        self.location = location


class NotABoundary(Exception):  # noqa: N818
    """A probe met something else than a boundary."""


@dataclass(slots=True)
class Builder:
    """`budgets` says how often faults, deadlines and budgeted actions may occur; `crashable` lists places.

    `failures` is the type of the failure codes; it gets them as its values when all are known (`types.complete`).
    """

    program: Program
    elaborator: Elaborator
    plain: Plain
    budgets: dict[str, int]
    crashable: frozenset[str]
    labels: Collection[str] = frozenset()
    threads: list[ThreadBuilder] = field(default_factory=list)
    functions: dict[str, Function] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    failures: Enum = field(default_factory=lambda: Enum("failure.code", ()))
    codes: dict[str, None] = field(default_factory=lambda: {OK: None})
    locations: dict[tuple[object, ...], Location] = field(default_factory=dict)
    memo: dict[tuple[object, ...], object] = field(default_factory=dict)
    pending: deque[Callable[[], None]] = field(default_factory=deque)
    deferred: list[Callable[[], None]] = field(default_factory=list)
    channels: dict[tuple[str, str], Channel] = field(default_factory=dict)
    effort: int = 0
    _named: Counter[str] = field(default_factory=Counter)
    _placed: int = 0
    _uses: Once[Write, frozenset[str]] = field(default_factory=lambda: Once(_uses))

    # ---------------------------------------------------------------- state of the compiler's own
    def register(self, name: str, domain: tuple[Type, ...], initial: Literal, role: Role, span: Span = NOWHERE) -> None:
        if name not in self.functions:
            self.functions[name] = Function(name, domain, initial.type, initial, role, span=span)

    def code(self, name: str) -> Literal:
        """A failure code; codes are collected as they are met."""
        self.codes.setdefault(name)
        return Literal(name, self.failures, name)

    def failure_register(self, name: str, thread: ThreadBuilder, span: Span) -> Read:
        """A cell per thread instance that holds a failure code, OK at first."""
        domain = tuple(parameter.type for parameter in thread.parameters)
        self.register(name, domain, self.code(OK), "failure", span)
        if name not in thread.registers:
            thread.registers.append(name)
        return Read(name, thread.parameters, self.failures)

    def is_crashable(self, place: PlaceRef | None) -> bool:
        return place is not None and place.name in self.crashable

    def up(self, place: PlaceRef) -> Expression:
        return Read(f"up.{place.name}", place.indices, BOOL)

    # ---------------------------------------------------------------- threads and locations
    def new_thread(self, thread: ThreadBuilder) -> ThreadBuilder:
        taken = {other.name for other in self.threads}
        base, number = thread.name, 2
        while thread.name in taken:
            thread.named(f"{base} ({number})")
            number += 1
        self.threads.append(thread)
        if thread.parent is not None:
            thread.parent.children.append(thread)
        return thread

    def location(
        self, context: Context, key: tuple[object, ...], label: Label, span: Span, resumes: Sequence[Continue]
    ) -> Location:
        """The location at a point of the text in a context; found once, explored once."""
        full = (id(context.thread), *context.key, *key)
        found = self.locations.get(full)
        if found is None:
            self._placed += 1
            if self._placed > MAX_LOCATIONS:
                raise too_large("the places where the protocol can rest", MAX_LOCATIONS, span)
            found = self.locations[full] = context.thread.new_location(label, context, span)
            for resume in resumes:
                self.pending.append(lambda resume=resume: self._explore(found, resume))  # type: ignore[misc]
        return found

    def _explore(self, location: Location, resume: Continue) -> None:
        with suppress(Impossible):
            resume(self.start(location))

    def start(self, location: Location) -> Path:
        """A path that starts with control at a location."""
        thread = location.thread
        path = Path(f"{thread.name}: {location.name}", "protocol", thread.parameters, thread.name)
        path.assume(equality(thread.pc(), thread.at(location)), f"{thread.name} at {location.name}", "control")
        if location.guard is not None:
            path.assume(location.guard, "in turn", "control")
        return path

    def probe(self, context: Context, run: Continue) -> Location | None:
        """The location at which control would rest at once if `run` started now; None if something happens first."""
        path = Path("", "protocol", context.thread.parameters, context.thread.name, phantom=True)
        try:
            run(path)
        except Landed as landed:
            return landed.location
        except (NotABoundary, Impossible):
            return None
        return None

    def entry(self, context: Context, key: tuple[object, ...], word: str, span: Span, run: Continue) -> Location:
        """Where a piece of the protocol starts: at its own first boundary if it begins with one."""
        return self.probe(context, run) or self.location(context, key, Label(word), span, (run,))

    def rest(self, location: Location, path: Path) -> None:
        """The step ends with control at a location."""
        if path.phantom:
            if path.untouched:
                raise Landed(location)
            raise NotABoundary
        self.move(path, location.thread, location)
        self.finish(path)

    def move(self, path: Path, thread: ThreadBuilder, location: Location | None) -> None:
        path.write(thread.control, thread.parameters, thread.at(location), own=True)

    def finish(self, path: Path) -> None:
        """Make the path an action."""
        if path.phantom:
            raise NotABoundary
        known = {parameter.name for parameter in path.parameters}
        for write in path.effects.writes:
            loose = self._uses(write) - known
            if loose:
                shown = ", ".join(sorted(name.partition("'")[0] for name in loose))
                raise problem(
                    "HV402",
                    f"`{shown}` was read before a boundary (a step, a message ...) and is used after it",
                    write.span,
                    fix=Fix("keep it in a variable: what it was read from may have changed since"),
                )
        self._named[path.name] += 1
        if len(self.actions) >= MAX_ACTIONS:
            raise too_large("the ways from one boundary to the next", MAX_ACTIONS, _span_of(path))
        self.actions.append(
            Action(
                f"{path.name} ~{self._named[path.name]}",
                path.kind,
                path.parameters,
                tuple(path.guards),
                tuple(path.effects.writes),
                tuple(path.events),
                path.thread,
                path.fair or path.kind == "protocol",
                tuple(path.calls),
                tuple(path.obligations),
                tuple(dict.fromkeys(path.cites)),
                _span_of(path),
            )
        )

    # ---------------------------------------------------------------- splitting
    def split(self, path: Path, condition: Expression, name: str, then: Continue, span: Span = NOWHERE) -> None:
        """Go on with a copy of the path on which the condition holds, if it can."""
        self.effort += 1 + len(path.guards) + len(path.effects.writes)
        if self.effort > MAX_EFFORT:
            raise too_large("the ways through what follows", MAX_EFFORT, span if span.line else _span_of(path))
        branch = path.copy()
        try:
            branch.assume(condition, name, span=span)
            then(branch)
        except Impossible:
            pass

    def event(self, path: Path, event: Event) -> None:
        resolved = tuple(path.resolve(argument) for argument in event.arguments)
        code = path.resolve(event.code) if event.code is not None else None
        path.events.append(Event(event.kind, event.name, event.source, event.target, resolved, code, event.span))

    def hold(self, path: Path, code: Expression) -> Expression:
        """A failure code as it is now: what is written on the way to whoever takes it does not change it."""
        if isinstance(code, Literal | Variable):
            return code
        return self.plain.frozen("code", path.resolve(code), path).expression

    def drain(self) -> None:
        while self.pending:
            self.pending.popleft()()


def _uses(write: Write) -> frozenset[str]:
    """The variables that a write uses and does not bind itself; paths that begin alike share it."""
    used = free_variables(write.value).union(*map(free_variables, write.indices))
    return used.difference(binder.name for binder in write.binders)


def _span_of(path: Path) -> Span:
    return path.events[0].span if path.events else NOWHERE
