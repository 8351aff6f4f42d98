"""At which locations of its thread an action can be taken, as far as its guards say so plainly."""

from __future__ import annotations

from hvmodel.expression import Apply, Expression, Literal, Read
from hvmodel.system import Action, Thread

from .codes import Codec


class Located:
    """The actions of a thread by the code of the location; those that name none can be taken anywhere."""

    def __init__(self, actions: tuple[Action, ...], thread: Thread, codec: Codec) -> None:
        self._anywhere: list[int] = []
        self._places: dict[int, list[int]] = {}
        for number, action in enumerate(actions):
            if action.thread == thread.name:
                place = _place(action, thread, codec)
                (self._anywhere if place is None else self._places.setdefault(place, [])).append(number)

    def at(self, place: int) -> list[int]:
        """The numbers of the actions to be tried at a location, in order."""
        return sorted([*self._anywhere, *self._places.get(place, [])])


def _place(action: Action, thread: Thread, codec: Codec) -> int | None:
    """The code of the location at which alone the action's guard can hold, if a conjunct names one."""
    for guard in action.guards:
        for part in conjuncts(guard.expression):
            match part:
                case Apply("==", (Read() as read, Literal(value))) | Apply("==", (Literal(value), Read() as read)):
                    own = action.parameters[: len(thread.parameters)]
                    if read.function == thread.control and read.arguments == own:
                        return codec.code(value, read.type)
    return None


def conjuncts(expression: Expression) -> list[Expression]:
    """The parts that must all hold for an expression to hold."""
    if isinstance(expression, Apply) and expression.operation == "and":
        return [part for argument in expression.arguments for part in conjuncts(argument)]
    return [expression]
