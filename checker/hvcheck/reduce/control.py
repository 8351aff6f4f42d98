"""Where the threads of a system are when they act, and where actions move them to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from hvmodel.dataclass import dataclass
from hvmodel.expression import TRUE, Apply, Expression, Literal, Read
from hvmodel.system import Action, System, Thread, Write
from hvmodel.types import Enum


@dataclass(frozen=True, slots=True)
class Move:
    """An action puts instances of a thread, given by the indices of a write, at one of some locations."""

    thread: Thread
    indices: tuple[Expression, ...]
    targets: frozenset[str]


@dataclass(frozen=True)
class Control:
    """The threads of a system by their control function."""

    system: System

    @cached_property
    def by_control(self) -> dict[str, Thread]:
        return {thread.control: thread for thread in self.system.threads}

    def locations(self, thread: Thread) -> frozenset[str]:
        type_ = self.system.function[thread.control].range
        assert isinstance(type_, Enum)
        return frozenset(type_.values)

    def sources(self, action: Action) -> frozenset[str]:
        """The locations of its own thread at which an action can be taken, as far as its guards say so plainly."""
        at = next((place for guard in action.guards if (place := self.place(action, guard.expression))), None)
        return self.locations(self.system.thread[action.thread]) if at is None else frozenset((at,))

    def place(self, action: Action, guard: Expression) -> str | None:
        """The location that a guard plainly asks of the thread that takes the action: `pc[own] == location`."""
        return next((at for part in conjuncts(guard) if (at := self.own_place(action, part)) is not None), None)

    def own_place(self, action: Action, part: Expression) -> str | None:
        """The same of one conjunct, if it asks for nothing else."""
        thread = self.system.thread.get(action.thread)
        match part:
            case Apply("==", (Read(function, arguments), Literal(str() as at))) if thread is not None:
                own = action.parameters[: len(thread.parameters)]
                return at if (function, arguments) == (thread.control, own) else None
        return None

    def goes_to(self, action: Action, source: str) -> frozenset[str]:
        """Where an action's own thread can be after it; its last plain move of itself decides."""
        thread = self.system.thread[action.thread]
        after = frozenset((source,))
        for write in action.writes:
            if write.function == thread.control:
                reached = self.targets(thread, write.value)
                after = reached if self.is_own(action, thread, write) else after | reached
        return after

    def moves(self, action: Action) -> Iterator[Move]:
        """How an action moves threads other than the instance that takes it."""
        own = self.system.thread.get(action.thread)
        for write in action.writes:
            thread = self.by_control.get(write.function)
            if thread is not None and not (thread is own and self.is_own(action, thread, write)):
                yield Move(thread, write.indices, self.targets(thread, write.value))

    @staticmethod
    def is_own(action: Action, thread: Thread, write: Write) -> bool:
        """Whether a write moves just the instance that takes the action, whatever the state."""
        own = action.parameters[: len(thread.parameters)]
        return write.indices == own and not write.binders and write.where == TRUE

    def targets(self, thread: Thread, value: Expression) -> frozenset[str]:
        """Where a write of such a value can put a thread."""
        match value:
            case Literal(str() as at):
                return frozenset((at,))
            case Apply("if", (_, then, otherwise)):
                return self.targets(thread, then) | self.targets(thread, otherwise)
        return self.locations(thread)


def conjuncts(expression: Expression) -> list[Expression]:
    """What an expression asks for at once."""
    if isinstance(expression, Apply) and expression.operation == "and":
        return [part for argument in expression.arguments for part in conjuncts(argument)]
    return [expression]
