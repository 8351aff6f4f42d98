"""What a user writes: a class with a method for each thing that happens, and one for each thing that can be seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from typing import Literal as OneOf

from hvmodel.dataclass import dataclass

_Method = TypeVar("_Method", bound=Callable[..., Any])

_MARKS = "_hvcheck_marks"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a decorator says of a method: it does, or shows, what the spec calls `name`."""

    kind: OneOf["does", "shows"]
    name: str


class Refused(Exception):  # noqa: N818 - it is an answer, not an error of the adapter
    """Raised by a method whose tool refuses or fails where the spec says so too.

    `code` is the failure's code in the spec; "" stands for any. Every other exception is a defect of the tool.
    """

    def __init__(self, code: str = "") -> None:
        super().__init__(code)
        self.code = code


def on(*names: str) -> Callable[[_Method], _Method]:
    """The method does this: a message (`Database.OnFreeze`), a step (`Copy`), what befalls the tool from outside
    (`env`, `fault`), a storage operation (`disk.write`), or `deadline` for a time limit that passes.

    The method takes by name what it needs of the values that the spec gives there, and returns nothing.
    """
    return _marked("does", names)


def observe(*names: str) -> Callable[[_Method], _Method]:
    """The method says what the tool shows of a variable of the spec (`Database.frozen`, `taken.now`).

    It takes one value for each index of the variable, in that order, and returns the value of that cell.
    """
    return _marked("shows", names)


def _marked(kind: OneOf["does", "shows"], names: tuple[str, ...]) -> Callable[[_Method], _Method]:
    if not names or not all(isinstance(name, str) for name in names):
        word = "on" if kind == "does" else "observe"
        raise TypeError(f'a name is needed, as in @hvcheck.{word}("{_EXAMPLES[kind]}")')

    def mark(method: _Method) -> _Method:
        before: tuple[Mark, ...] = getattr(method, _MARKS, ())
        setattr(method, _MARKS, (*before, *(Mark(kind, name) for name in names)))
        return method

    return mark


_EXAMPLES = {"does": "Database.OnFreeze", "shows": "Database.frozen"}


class Adapter:
    """A backup tool behind a spec: subclass it, and give the class to `hvcheck.state_machine` or `hvcheck test`.

    Each run makes a new one, sets `folder` and `sizes`, and calls `start`; `stop` ends it. Elements of a sort are
    numbers from 0, values of an enumeration are their names, `none` is None.
    """

    unimplemented: ClassVar[OneOf["ignore", "refuse"]] = "ignore"
    """"ignore": steps without a method happen in the model only. "refuse": each needs one, or stands in `left_out`."""

    left_out: ClassVar[tuple[str, ...]] = ()
    """With "refuse": names that have no method on purpose; `HostVss.*` stands for all messages of an actor."""

    folder: Path
    """A new empty folder for each run, removed after it."""

    sizes: Mapping[str, int]
    """How many of each sort there are, by its name: `{"VM": 2, "DISK": 2}`."""

    def start(self) -> None:
        """Bring the tool to where the protocol begins."""

    def stop(self) -> None:
        """Let go of everything; called at the end of every run, also of one that failed."""

    def reopen(self) -> None:
        """Close and open what the tool has open, between two steps. Nothing that can be seen may change by it.

        Without a method of your own it is not tried; so with `crash`.
        """

    def crash(self) -> None:
        """As if the tool's process ended and began again between two steps, where the spec says nothing of it."""


def marks_of(tool: type[Adapter]) -> dict[str, tuple[Mark, ...]]:
    """The marked methods by attribute, base classes first. An override keeps the marks of what it overrides."""
    found: dict[str, tuple[Mark, ...]] = {}
    for owner in reversed(tool.__mro__):
        for attribute, value in vars(owner).items():
            marks = getattr(value, _MARKS, ())
            if marks:
                found[attribute] = marks
    return found
