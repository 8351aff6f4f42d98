"""Types of values: finite once a scope gives every sort its size.

A value is plain Python data: `bool`, `int`, an element of a sort as its index (`int`, from 0), an
enumeration's value as its name (`str`), and an option as `None` or the value inside.
"""

from __future__ import annotations

from typing import TypeAlias

from .dataclass import dataclass

Value: TypeAlias = bool | int | str | None


@dataclass(frozen=True, slots=True)
class Bool:
    def __str__(self) -> str:
        return "bool"


@dataclass(frozen=True, slots=True)
class Int:
    """Whole numbers from low to high, both included."""

    low: int
    high: int

    def __str__(self) -> str:
        return f"int {self.low}..{self.high}"


@dataclass(frozen=True, slots=True)
class Sort:
    """Interchangeable values: nothing but equality tells two elements apart. A scope gives the size."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Enum:
    name: str
    values: tuple[str, ...]

    def __hash__(self) -> int:
        """By name: types are looked up a great deal, and hundreds of locations take long to hash."""
        return hash(self.name)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Option:
    """A value that may be absent (`none`). Options do not nest."""

    of: Bool | Int | Sort | Enum

    def __str__(self) -> str:
        return f"{self.of}?"


Type: TypeAlias = Bool | Int | Sort | Enum | Option

BOOL = Bool()
