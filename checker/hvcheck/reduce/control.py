"""Where the threads of a system are when they act, and where actions move them to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

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
        thread = self.system.thread[action.thread]
        own = action.parameters[: len(thread.parameters)]
        for guard in action.guards:
            for part in _conjuncts(guard.expression):
                match part:
                    case Apply("==", (Read() as read, Literal(str() as at))):
                        if (read.function, read.arguments) == (thread.control, own):
                            return frozenset((at,))
        return self.locations(thread)

    def goes_to(self, action: Action, source: str) -> frozenset[str]:
        """Where an action's own thread can be after it; its last plain move of itself decides."""
        thread = self.system.thread[action.thread]
        after = frozenset((source,))
        for write in action.writes:
            if write.function == thread.control:
                reached = self._targets(thread, write.value)
                after = reached if self._own(action, thread, write) else after | reached
        return after

    def moves(self, action: Action) -> Iterator[Move]:
        """How an action moves threads other than the instance that takes it."""
        own = self.system.thread.get(action.thread)
        for write in action.writes:
            thread = self.by_control.get(write.function)
            if thread is not None and not (thread is own and self._own(action, thread, write)):
                yield Move(thread, write.indices, self._targets(thread, write.value))

    @staticmethod
    def _own(action: Action, thread: Thread, write: Write) -> bool:
        own = action.parameters[: len(thread.parameters)]
        return write.indices == own and not write.binders and write.where == TRUE

    def _targets(self, thread: Thread, value: Expression) -> frozenset[str]:
        match value:
            case Literal(str() as at):
                return frozenset((at,))
            case Apply("if", (_, then, otherwise)):
                return self._targets(thread, then) | self._targets(thread, otherwise)
        return self.locations(thread)


def _conjuncts(expression: Expression) -> list[Expression]:
    if isinstance(expression, Apply) and expression.operation == "and":
        return [part for argument in expression.arguments for part in _conjuncts(argument)]
    return [expression]
