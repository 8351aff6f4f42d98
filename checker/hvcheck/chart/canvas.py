"""One line of a drawing: characters, each with the part it plays in the drawing (for colours)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from textwrap import wrap
from typing import Literal as OneOf
from typing import TypeAlias

Part: TypeAlias = OneOf[
    "blank",
    "number",
    "head",
    "bar",
    "arrow",
    "label",
    "change",
    "environment",
    "fault",
    "failure",
    "frame",
    "divider",
    "good",
    "bad",
    "unsure",
    "quiet",
]


class Line:
    """A line that is written piece by piece; later pieces cover earlier ones."""

    def __init__(self) -> None:
        self._cells: list[tuple[str, Part]] = []

    def put(self, column: int, text: str, part: Part) -> None:
        missing = column + len(text) - len(self._cells)
        self._cells += [(" ", "blank")] * missing
        self._cells[column : column + len(text)] = [(character, part) for character in text]

    def append(self, text: str, part: Part) -> Line:
        self.put(len(self._cells), text, part)
        return self

    def pieces(self) -> Iterator[tuple[str, Part]]:
        """Runs of characters of one part, without the blanks at the end."""
        end = len(self._cells)
        while end and self._cells[end - 1][0] == " ":
            end -= 1
        for part, run in groupby(self._cells[:end], key=lambda cell: cell[1]):
            yield "".join(character for character, _ in run), part

    def __str__(self) -> str:
        return "".join(text for text, _ in self.pieces())


def fitted(line: Line, width: int) -> list[Line]:
    """The line, or several if it is plain text too long for the width; drawings are left as they are."""
    words = [piece for piece in line.pieces() if piece[0].strip()]
    whole = str(line)
    if len(words) != 1 or len(whole) <= width:
        return [line]
    indent = " " * min(len(whole) - len(whole.lstrip()), width // 2)
    folded = wrap(
        whole.strip(),
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_on_hyphens=False,  # names of files have hyphens, and are copied
        break_long_words=False,
    )
    return [plain(one, words[0][1]) for one in folded]


def plain(text: str, part: Part = "label") -> Line:
    """A line of one piece."""
    return Line().append(text, part)
