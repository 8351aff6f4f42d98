"""Writing lines: with colours on a terminal, as plain text elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TextIO

from hvcheck.chart.canvas import Line, Part

_COLOURS: Mapping[Part, str] = MappingProxyType(
    {
        "number": "2",
        "head": "1",
        "bar": "2",
        "arrow": "36",
        "change": "33",
        "environment": "35",
        "fault": "1;31",
        "failure": "31",
        "frame": "2",
        "divider": "1;35",
        "good": "32",
        "bad": "1;31",
        "unsure": "33",
        "quiet": "2",
    }
)
_PIPE_WIDTH = 120


def has_colours(stream: TextIO) -> bool:
    """Terminals have, unless the user says NO_COLOR or the terminal is dumb."""
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def width_of(stream: TextIO) -> int:
    """Columns to draw in: the terminal's, at most 160; a fixed number for pipes, for the same output everywhere."""
    if not stream.isatty():
        return _PIPE_WIDTH
    from shutil import get_terminal_size

    return min(get_terminal_size((_PIPE_WIDTH, 24)).columns, 160)


def write(stream: TextIO, lines: Iterable[Line]) -> None:
    colours = has_colours(stream)
    for line in lines:
        stream.write((_coloured(line) if colours else str(line)) + "\n")
    stream.flush()


def _coloured(line: Line) -> str:
    return "".join(f"\x1b[{_COLOURS[part]}m{text}\x1b[0m" if part in _COLOURS else text for text, part in line.pieces())
