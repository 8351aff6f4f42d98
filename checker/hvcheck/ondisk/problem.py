"""What can be wrong with a saved run or with the folder for its files."""

from __future__ import annotations

from typing import Literal as OneOf
from typing import TypeAlias

from ..problem import Problem, ProblemError

Code: TypeAlias = OneOf["folder", "unreadable", "not a run", "spec", "step", "choice", "unsupported", "store"]
"""`folder`: not empty or no folder · `unreadable`, `not a run`: the file · `spec`: which spec it is of · `step`: a step
that the spec does not allow · `choice`: several runs to choose from · `unsupported`: the spec has no files · `store`:
the files refused."""


def wrong(code: Code, place: str, message: str, expected: str = "", found: str = "", fix: str = "") -> ProblemError:
    return ProblemError(Problem(code, place, message, expected, found, fix))
