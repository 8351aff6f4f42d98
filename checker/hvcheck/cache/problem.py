"""What can be wrong with a folder for a cache."""

from __future__ import annotations

from typing import Literal as OneOf
from typing import TypeAlias

from ..problem import Problem, ProblemError

Code: TypeAlias = OneOf["cache-folder", "cache-owner", "cache-writable", "cache-unsupported"]
"""`cache-folder`: no folder, or it cannot be opened · `cache-owner`: it belongs to another user · `cache-writable`:
other users may write it · `cache-unsupported`: this system cannot tell who may."""


class Unsafe(Problem):
    """Told with its code: one looks up what makes a folder safe."""

    def __str__(self) -> str:
        return f"{self.code}: {Problem.__str__(self)}"


def wrong(code: Code, place: str, message: str, expected: str = "", found: str = "", fix: str = "") -> ProblemError:
    return ProblemError(Unsafe(code, place, message, expected, found, fix))
