"""What can be wrong with a folder for a cache, as data."""

from __future__ import annotations

from typing import Literal as OneOf
from typing import TypeAlias

from hvmodel.dataclass import dataclass

Code: TypeAlias = OneOf["cache-folder", "cache-owner", "cache-writable", "cache-unsupported"]


@dataclass(frozen=True, slots=True)
class Problem:
    """`cache-folder`: no folder, or it cannot be opened · `cache-owner`: it belongs to another user ·
    `cache-writable`: other users may write it · `cache-unsupported`: this system cannot tell who may."""

    code: Code
    place: str
    message: str
    expected: str = ""
    found: str = ""
    fix: str = ""

    def __str__(self) -> str:
        parts = [f"{self.code}: {self.place}: {self.message}"]
        parts += [f"expected {self.expected}"] if self.expected else []
        parts += [f"found {self.found}"] if self.found else []
        return "; ".join([*parts, *filter(None, [self.fix])])


class ProblemError(Exception):
    """Carries a problem to whoever tells the user."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return str(self.problem)


def wrong(code: Code, place: str, message: str, expected: str = "", found: str = "", fix: str = "") -> ProblemError:
    return ProblemError(Problem(code, place, message, expected, found, fix))
