"""Which locations of a thread anything in a system tells apart.

An expression that asks whether a thread is at one of some locations tells these from all others. One that uses where a
thread is in another way is taken to tell every location from every other. That an action can be taken at one location
of its own thread is no such question: it is what the location means.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hvmodel.expression import Apply, Expression, Literal, Read, children, negation
from hvmodel.system import Property

from .cone import written
from .control import Control, conjuncts


@dataclass
class Observed:
    """The questions asked of where threads are: for a control function, sets of locations told from the rest."""

    control: Control
    questions: set[tuple[str, frozenset[str]]] = field(default_factory=set)

    def alike(self, function: str, one: str, other: str) -> bool:
        """Whether nothing tells a thread at one location from the same thread at the other."""
        return all((one in among) == (other in among) for asked, among in self.questions if asked == function)

    def look(self, expression: Expression) -> None:
        """Note what an expression asks."""
        rest: Sequence[Expression] = children(expression)
        match expression:
            case Apply("or", parts):
                rest = self._together(parts)
            case Apply("and", parts):
                rest = self._together([negation(part) for part in parts])
            case Apply("==", (Read(function), Literal())) if function in self.control.by_control:
                rest = self._together([expression])
            case Read(function) if function in self.control.by_control:
                places = self.control.locations(self.control.by_control[function])
                self.questions |= {(function, frozenset((place,))) for place in places}
        for part in rest:
            self.look(part)

    def _together(self, parts: Sequence[Expression]) -> list[Expression]:
        """Parts that ask whether one thread is at any of several locations are one question; gives what is left."""
        asked: dict[Read, set[str]] = {}
        rest: list[Expression] = []
        for part in parts:
            match part:
                case Apply("==", (Read(function) as read, Literal(str() as at))) if function in self.control.by_control:
                    asked.setdefault(read, set()).add(at)
                case _:
                    rest.append(part)
        self.questions |= {(read.function, frozenset(places)) for read, places in asked.items()}
        return [*rest, *(argument for read in asked for argument in read.arguments)]


def observed(control: Control, claims: Sequence[Property]) -> Observed:
    """What the actions of a system ask, and the claims that are searched."""
    found = Observed(control)
    for part in (*_of_actions(control), *_of_claims(claims)):
        found.look(part)
    return found


def _of_actions(control: Control) -> Iterator[Expression]:
    for action in control.system.actions:
        asked = (part for guard in action.guards for part in conjuncts(guard.expression))
        yield from (part for part in asked if control.own_place(action, part) is None)
        yield from (part for duty in action.obligations for part in (duty.expression, duty.where))
        yield from (part for write in action.writes for part in written(write))


def _of_claims(claims: Sequence[Property]) -> Iterator[Expression]:
    for claim in claims:
        yield from (part for part in (claim.expression, claim.trigger, claim.witness) if part is not None)
