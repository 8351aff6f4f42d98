"""Folding a line that is too long: at the outermost place that still fits, at `implies`, `or`, `and` or a comma."""

from __future__ import annotations

import re
from collections.abc import Iterator

WIDTH = 120

_WORD = re.compile(r'"[^"\n]*"|\w+|\S')
_BEFORE = frozenset({"and", "or", "implies"})


def wrapped(text: str, column: int) -> Iterator[str]:
    """The line in pieces of at most 120 columns where it can be; those after the first start at `column`."""
    while len(text) > WIDTH:
        place = _place(text, column)
        if place is None:
            break
        yield text[:place].rstrip()
        text = " " * column + text[place:].lstrip()
    yield text


def _place(text: str, column: int) -> int | None:
    """Where to break: the least nested place, of those the last; None if there is none."""
    depth, indices, best, least = 0, 0, None, None
    for match in _WORD.finditer(text):
        word = match.group()
        depth += (word in "([{") - (word in ")]}")
        indices += (word == "[") - (word == "]")
        place = match.start() if word in _BEFORE else match.end() if word == "," else None
        # The rest must get shorter, and hold something.
        if place is None or indices > 0 or not column + 1 < place <= WIDTH or not text[place:].strip():
            continue
        if not text[:place].strip():
            continue
        if least is None or depth <= least:
            best, least = place, depth
    return best
