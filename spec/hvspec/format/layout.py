"""Where each line starts: two columns for every line that opens a brace; continued lines keep the author's offset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field

from hvmodel.dataclass import dataclass
from hvspec.parser import begins_declaration

from .lexeme import Line
from .spacing import spaced
from .wrap import wrapped

INDENT = 2
COMMENT_GAP = 2

_OPENING = {"{": "}", "(": ")", "[": "]"}
_CLOSING = frozenset(_OPENING.values())
# A line that starts or ends with one of these goes on with what stands before it.
_GOES_ON = frozenset(
    {"and", "or", "implies", "in", "where", "cites", "by", "because", "takes", "then", "else", "requires"}
    | {"spends", "counts", "lossy", "witness", "=", ":=", "==", "!=", "<=", ">=", "<", ">", "+", "-", ",", ".", ":"}
    | {"?", "..", "(", "[", "{", "recover", "finally", "independently"}
)
_UNFINISHED = frozenset(
    {"and", "or", "not", "implies", "in", "where", "cites", "by", "because", "takes", "then", "else", "if", "when"}
    | {"=", ":=", "==", "!=", "<=", ">=", "<", ">", "+", "-", ",", ".", ":", "->", "~>", "..", "(", "[", "require"}
    | {"await", "fail", "step", "each", "all", "some", "let", "var", "ghost", "on", "op", "fun", "expect", "volatile"}
    | {"override"}
)
# What these declare is a list of names: the author's columns stay.
_LISTS = frozenset({"interface", "enum"})
_AFTER_A_BLOCK = frozenset({"else", "recover", "finally", "or"})


@dataclass(frozen=True, slots=True)
class _Open:
    """An open bracket, and the column at which the statement or declaration around it starts."""

    bracket: str
    base: int


@dataclass(slots=True)
class _Page:
    """What has been laid out so far; `base` and `shift` are those of the last line that began something."""

    opened: list[_Open] = field(default_factory=list)
    declares: str = ""
    base: int = 0
    shift: int = 0
    last: str = ""
    comment_from: int = -1
    comment_to: int = -1


def laid_out(lines: Sequence[Line]) -> Iterator[str]:
    """Each line anew, without repeated blank lines."""
    page = _Page()
    pending = False
    for line in lines:
        if line.is_blank:
            pending = bool(page.last) or page.comment_from >= 0
            continue
        if pending:
            yield ""
            pending = False
        if line.words:
            yield from _code(page, line)
        else:
            yield _comment(page, line)


def _code(page: _Page, line: Line) -> Iterator[str]:
    first = line.words[0].text
    goes_on = _continues(page, first)
    if goes_on:
        column = max(page.base + INDENT, line.column + page.shift)
    else:
        column = _start(page, first)
        page.base, page.shift = column, column - line.column
        page.declares = page.declares if page.opened else first
    text = " " * column + spaced(line.words)
    _follow(page, line)
    *fitting, last = wrapped(text, column if goes_on else column + INDENT)
    yield from fitting
    if not line.comment:
        page.comment_from = page.comment_to = -1
        yield last
        return
    page.comment_from = line.comment_column
    page.comment_to = line.comment_column + column - line.column
    if page.comment_to <= len(last):
        page.comment_to = len(last) + COMMENT_GAP
    yield last.ljust(page.comment_to) + line.comment


def _comment(page: _Page, line: Line) -> str:
    """Below a comment at a line's end and in its column, it goes on there; else it stands where code would."""
    if line.column == page.comment_from and page.last:
        return " " * page.comment_to + line.comment
    inside = page.opened[-1].base + INDENT if page.opened else 0
    column = inside if page.opened or not line.column else INDENT
    page.comment_from, page.comment_to = line.column, column
    return " " * column + line.comment


def _continues(page: _Page, first: str) -> bool:
    if not page.opened:
        return not begins_declaration(first, page.last)
    if page.opened[-1].bracket != "{":
        return True
    if first in _CLOSING:
        return False
    if page.last == "}" and first in _AFTER_A_BLOCK:
        return False
    if page.last == "{":
        return False
    return page.declares in _LISTS or first in _GOES_ON or page.last in _UNFINISHED


def _start(page: _Page, first: str) -> int:
    if not page.opened:
        return 0
    if first in _CLOSING:
        return page.opened[-1].base
    return page.opened[-1].base + INDENT


def _follow(page: _Page, line: Line) -> None:
    for word in line.words:
        if word.text in _OPENING:
            page.opened.append(_Open(word.text, page.base))
        elif word.text in _CLOSING and page.opened:
            page.opened.pop()
        page.last = word.text
