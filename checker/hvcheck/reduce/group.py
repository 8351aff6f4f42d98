"""Which elements of sorts may be exchanged in a system without anyone seeing it.

Why that is sound: elements have only `==` and `!=`, so exchanging two of them everywhere in a run gives a run, if none
of them is named anywhere. This is not believed but looked up, in every expression of the system and the claims:
a named element is fixed; so is the first one where `value` may meet `none`; a sort that is used as anything else
(a number, another sort, an order of writes) is fixed as a whole. All initial values are literals, so the initial
state is its own image.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from itertools import permutations, product
from math import factorial, prod

from hvmodel.dataclass import dataclass
from hvmodel.expression import Apply, Expression, Literal, Quantifier, Read, Variable, children
from hvmodel.system import Property, Scope, System
from hvmodel.types import Option, Sort, Type

MOST_IMAGES = 720
"""The largest group of which every image of a state is looked at."""

Exchange = dict[str, tuple[int, ...]]
"""For each sort that moves, the element that each of its elements becomes."""


@dataclass(frozen=True, slots=True)
class Group:
    """Every exchange of the movable elements: at least two for each sort that is here."""

    movable: tuple[tuple[str, tuple[int, ...]], ...]
    sizes: tuple[tuple[str, int], ...]

    @property
    def order(self) -> int:
        return prod(factorial(len(elements)) for _, elements in self.movable)

    def exchanges(self) -> Iterator[Exchange]:
        """All of them, the one that exchanges nothing first."""
        sizes = dict(self.sizes)
        choices = [permutations(elements) for _, elements in self.movable]
        for chosen in product(*choices):
            exchange: Exchange = {}
            for (sort, elements), images in zip(self.movable, chosen, strict=True):
                image = list(range(sizes[sort]))
                for element, moved in zip(elements, images, strict=True):
                    image[element] = moved
                exchange[sort] = tuple(image)
            yield exchange


def group_of(system: System, claims: Sequence[Property], scope: Scope) -> Group | None:
    """The group of a system in a scope, for these claims; None if nothing can be exchanged.

    Sorts are taken in the order of the scope as long as the group has no more than MOST_IMAGES elements: any part
    of a symmetry is one.
    """
    use = _Use()
    use.look(system, claims)
    types = [type_ for function in system.functions for type_ in (*function.domain, function.range)]
    seen = {sort.name for sort in map(sort_of, types) if sort is not None}
    movable: list[tuple[str, tuple[int, ...]]] = []
    order = 1
    for sort, size in scope.sizes:
        free = tuple(element for element in range(size) if (sort, element) not in use.fixed)
        if sort in seen - use.refused and len(free) > 1 and order * factorial(len(free)) <= MOST_IMAGES:
            order *= factorial(len(free))
            movable.append((sort, free))
    return Group(tuple(movable), scope.sizes) if movable else None


@dataclass
class _Use:
    """How a system uses its sorts: which elements it names, and which sorts it uses as anything but interchangeable."""

    fixed: set[tuple[str, int]] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)

    def look(self, system: System, claims: Iterable[Property]) -> None:
        for function in system.functions:
            self._expression(system, function.initial)
            self._same(function.initial.type, function.range)
        for action in system.actions:
            for guard in action.guards:
                self._expression(system, guard.expression)
            for duty in action.obligations:
                self._expression(system, duty.expression)
                self._expression(system, duty.where)
            for write in action.writes:
                for part in (*write.indices, write.value, write.where):
                    self._expression(system, part)
                target = system.function[write.function]
                self._same(write.value.type, target.range)
                for index, type_ in zip(write.indices, target.domain, strict=True):
                    self._same(index.type, type_)
                # A binder that is no index writes one cell several times, and the last element would win.
                for binder in write.binders:
                    if binder not in write.indices:
                        self._same(binder.type, None)
        for claim in claims:
            for stated in (claim.expression, claim.trigger, claim.witness):
                if stated is not None:
                    self._expression(system, stated)

    def _same(self, one: Type, other: Type | None) -> None:
        """Two values that stand for one another: both of one sort, or of none."""
        if sort_of(one) != sort_of(other):
            self.refused |= {sort.name for sort in (sort_of(one), sort_of(other)) if sort is not None}

    def _expression(self, system: System, expression: Expression) -> None:
        match expression:
            case Literal(value, type_):
                sort = sort_of(type_)
                if sort is not None and value is not None:
                    self.fixed.add((sort.name, int(value)))
            case Read(name, arguments, type_):
                self._same(type_, system.function[name].range)
                for argument, wanted in zip(arguments, system.function[name].domain, strict=True):
                    self._same(argument.type, wanted)
            case Apply():
                self._apply(expression)
            case Variable() | Quantifier():
                pass
        for child in children(expression):
            self._expression(system, child)

    def _apply(self, expression: Apply) -> None:
        types = [argument.type for argument in expression.arguments]
        match expression.operation:
            case "==":
                self._same(types[0], types[1])
            case "if":
                self._same(types[0], None)
                self._same(types[1], expression.type)
                self._same(types[2], expression.type)
            case "just" | "value":
                self._same(types[0], expression.type)
                sort = sort_of(expression.type)
                if expression.operation == "value" and sort is not None:
                    self.fixed.add((sort.name, 0))  # of `none` it is the type's first value
            case _:
                for type_ in (*types, expression.type):
                    self._same(type_, None)


def sort_of(type_: Type | None) -> Sort | None:
    """The sort whose elements a type's values are or hold."""
    inner = type_.of if isinstance(type_, Option) else type_
    return inner if isinstance(inner, Sort) else None
