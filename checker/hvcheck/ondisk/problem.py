"""What can be wrong with a saved run or with the folder for its files, as data."""

from __future__ import annotations

from typing import Literal as OneOf
from typing import TypeAlias

from hvmodel.dataclass import dataclass

Code: TypeAlias = OneOf["folder", "unreadable", "not a run", "spec", "step", "choice", "unsupported", "store"]


@dataclass(frozen=True, slots=True)
class Problem:
    """`folder`: not empty or no folder · `unreadable`, `not a run`: the file · `spec`: which spec it is of · `step`:
    a step that the spec does not allow · `choice`: several runs to choose from · `unsupported`: the spec has no files
    · `store`: the files refused."""

    code: Code
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


def wrong(code: Code, place: str, message: str, expected: str = "", found: str = "", fix: str = "") -> ProblemError:
    return ProblemError(Problem(code, place, message, expected, found, fix))
