"""Values that are made when they are first looked up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Late(dict[Key, Value]):
    """A dictionary that gets a missing value from a function of the key. It counts as true before it has any."""

    def __init__(self, make: Callable[[Key], Value]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: Key) -> Value:
        value = self[key] = self._make(key)
        return value

    def __bool__(self) -> bool:
        return True
