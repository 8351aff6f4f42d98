"""The words of a text as the formatter moves them: tokens and comments, line by line, none interpreted."""

from __future__ import annotations

import re

from hvmodel.dataclass import dataclass

TAB = 4

# A digit takes the letters after it along, so that no space is ever put where the language reads one word.
_LEXEME = re.compile(r'#[^\n]*|"[^"\n]*"|\w+|:=|->|~>|==|!=|<=|>=|\.\.|\S')


@dataclass(frozen=True, slots=True)
class Lexeme:
    """`gap` is how many columns the author left before it on its line (0 for the first)."""

    text: str
    gap: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the author's: the column of its first word, its words, and its comment with its column."""

    column: int
    words: tuple[Lexeme, ...]
    comment: str = ""
    comment_column: int = 0

    @property
    def is_blank(self) -> bool:
        return not self.words and not self.comment


def lines_of(text: str) -> tuple[Line, ...]:
    return tuple(_line(line) for line in text.split("\n"))


def _line(text: str) -> Line:
    words: list[Lexeme] = []
    first, column, end = 0, 0, 0
    for match in _LEXEME.finditer(text):
        gap = len(text[end : match.start()].replace("\t", " " * TAB))
        column += gap
        if match.group().startswith("#"):
            return Line(first if words else column, tuple(words), match.group().rstrip(), column)
        if not words:
            first = column
        words.append(Lexeme(match.group(), gap if words else 0))
        column, end = column + len(match.group()), match.end()
    return Line(first, tuple(words))


def lexemes(text: str) -> tuple[str, ...]:
    """Every token and comment of a text in order: what formatting must not change."""
    return tuple(match.group().rstrip() for match in _LEXEME.finditer(text))
