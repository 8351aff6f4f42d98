"""What is to be known of a thing, found out once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Once(Generic[T, R]):
    """A function that is called once for each thing. Things are told apart by identity: equal ones are slow to find."""

    __slots__ = ("_known", "_make")

    def __init__(self, make: Callable[[T], R]) -> None:
        self._make = make
        self._known: dict[int, tuple[T, R]] = {}

    def __call__(self, thing: T) -> R:
        found = self._known.get(id(thing))
        if found is None:
            # Beside what is known stands the thing, so that no other comes to have its identity.
            found = self._known[id(thing)] = (thing, self._make(thing))
        return found[1]
