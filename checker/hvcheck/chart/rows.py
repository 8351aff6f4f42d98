"""A sequence chart as data: lifelines and rows, whether they come from a trace or from a spec's text."""

from __future__ import annotations

from typing import Literal as OneOf
from typing import TypeAlias

from hvmodel.dataclass import dataclass

RowKind: TypeAlias = OneOf[
    "message",  # an arrow from `source` to `target` (the same lifeline twice: a call to itself)
    "asynchronous",  # an arrow whose sender does not wait
    "delivery",  # what was sent without waiting arrives at `source`
    "loss",  # or never will
    "return",  # a dashed arrow back
    "step",  # something `source` does by itself
    "failure",  # `source` fails; the label is the code
    "deadline",  # a time limit passes at `source`
    "crash",
    "restart",
    "notice",  # `source` learns of something
    "end",  # `source` has ended
    "environment",  # what the world does; set apart from the protocol
    "fault",
    "open",  # a frame begins: "each vm in VM", "try", "within 10 s", "else"; `nesting` is the depth inside
    "close",  # the frame ends
    "divider",  # a remark across the whole chart
    "remark",  # a remark at `source`: what it would do in other cases
    "fold",  # several steps of a run in one row, all of little interest
]


@dataclass(frozen=True, slots=True)
class Lifeline:
    """One column. `key` is what rows refer to ("GuestVss[vm0]"), `title` what the spec's author calls it.

    Lifelines of one `place` stand side by side, in a box.
    """

    key: str
    place: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a chart, from top to bottom.

    `source` and `target` are keys of lifelines; `source` of "" spans the chart. `nesting` counts the calls and
    frames around the row. `number` is the step of a run (from 1; 0: none); rows of one step share it.
    `below` are remarks under the row: what the step changed; `aside` are those of little interest. A `quiet` row has
    no others.
    """

    kind: RowKind
    label: str
    source: str = ""
    target: str = ""
    nesting: int = 0
    number: int = 0
    below: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Lifelines from left to right and rows from top to bottom."""

    title: str
    lifelines: tuple[Lifeline, ...]
    rows: tuple[Row, ...]


def keys_in_order(rows: tuple[Row, ...]) -> tuple[str, ...]:
    """Every lifeline the rows mention, in order of first appearance."""
    return tuple(dict.fromkeys(key for row in rows for key in (row.source, row.target) if key))
