"""What a cache was good for, and what is to be told of it: data that a worker hands over with its results."""

from __future__ import annotations

from hvmodel.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """How many systems and modules were compiled, and how many were found; remarks in the order they came up."""

    systems_compiled: int = 0
    systems_found: int = 0
    modules_compiled: int = 0
    modules_found: int = 0
    remarks: tuple[str, ...] = ()

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.systems_compiled + other.systems_compiled,
            self.systems_found + other.systems_found,
            self.modules_compiled + other.modules_compiled,
            self.modules_found + other.modules_found,
            tuple(dict.fromkeys((*self.remarks, *other.remarks))),
        )

    def __str__(self) -> str:
        return (
            f"systems: {self.systems_compiled} compiled, {self.systems_found} found; "
            f"modules: {self.modules_compiled} compiled, {self.modules_found} found"
        )


UNUSED = Usage()
