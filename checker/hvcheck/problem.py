"""What can be wrong with files and folders that a command was given, as data."""

from __future__ import annotations

from hvmodel.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A code of those that the part of the program lists, the place, what is wrong, what was found instead of what, and
    the fix."""

    code: str
    place: str
    message: str
    expected: str = ""
    found: str = ""
    fix: str = ""

    def __str__(self) -> str:
        parts = [f"{self.place}: {self.message}"]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.found:
            parts.append(f"found {self.found}")
        if self.fix:
            parts.append(self.fix)
        return "; ".join(parts)


class ProblemError(Exception):
    """Carries a problem to whoever tells the user."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return str(self.problem)
