"""The characters a chart is drawn with."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hvmodel.dataclass import dataclass

from .rows import RowKind


@dataclass(frozen=True, slots=True)
class Strokes:
    """`marks` stand on the lifeline of whoever does or suffers something."""

    bar: str
    line: str
    dashed: str
    right: str
    left: str
    from_left: str
    from_right: str
    frame: str
    world: str
    fault: str
    divider: str
    fold: str
    corners: tuple[str, str]
    arrow: str
    waves: str
    marks: Mapping[RowKind, str]


UNICODE = Strokes(
    bar="│",
    line="─",
    dashed="╌",
    right="▶",
    left="◀",
    from_left="├",
    from_right="┤",
    frame="┆",
    world="~",
    fault="━",
    divider="═",
    fold="⋯",
    corners=("┌", "┐"),
    arrow="→",
    waves="⇢",
    marks=MappingProxyType(
        {
            "message": "↻",
            "asynchronous": "↻",
            "delivery": "▽",
            "return": "↻",
            "step": "■",
            "failure": "✗",
            "deadline": "⧖",
            "crash": "✝",
            "restart": "▲",
            "notice": "◇",
            "end": "●",
            "remark": "◦",
        }
    ),
)

ASCII = Strokes(
    bar="|",
    line="-",
    dashed=".",
    right=">",
    left="<",
    from_left="+",
    from_right="+",
    frame=":",
    world="~",
    fault="#",
    divider="=",
    fold="...",
    corners=("+", "+"),
    arrow="->",
    waves="~>",
    marks=MappingProxyType(
        {
            "message": "@",
            "asynchronous": "@",
            "delivery": "v",
            "return": "@",
            "step": "*",
            "failure": "X",
            "deadline": "T",
            "crash": "!",
            "restart": "^",
            "notice": "?",
            "end": "o",
            "remark": "-",
        }
    ),
)
