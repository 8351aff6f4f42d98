"""Spaces between the words of one line. Two and more are the author's alignment and stay."""

from __future__ import annotations

from collections.abc import Sequence

from .lexeme import Lexeme

_TIGHT_AFTER = frozenset({"(", "[", ".."})
_TIGHT_BEFORE = frozenset({")", "]", ",", "?", ".."})
_SPACED = frozenset({"{", "}", ":=", "->", "~>", "==", "!=", "<=", ">=", "<", ">", "=", "+", "-"})
# Before these a bracket belongs to what comes: `not (a and b)`, never `not(a and b)`.
_OPERATORS = frozenset(
    {"and", "or", "not", "implies", "in", "if", "then", "else", "where", "when", "require", "await", "requires"}
    | {"always", "eventually", "to", "witness"}
)


def spaced(words: Sequence[Lexeme]) -> str:
    """One line's words with the spaces that belong between them."""
    parts: list[str] = []
    for position, word in enumerate(words):
        if position:
            parts.append(" " * _gap(words, position))
        parts.append(word.text)
    return "".join(parts)


def _gap(words: Sequence[Lexeme], position: int) -> int:
    before, after = words[position - 1].text, words[position]
    if before in _TIGHT_AFTER or after.text in _TIGHT_BEFORE:
        return 0
    if after.gap >= 2:
        return after.gap
    if "." in (before, after.text):
        return _around_dot(words, position)
    if after.text == ":":
        return after.gap
    if before in _OPERATORS or before in _SPACED or after.text in _SPACED or before in (",", ":"):
        return 1
    if after.text in ("(", "["):
        return after.gap
    return 1


def _around_dot(words: Sequence[Lexeme], position: int) -> int:
    """A dot with a space on either side is a quantifier's, and has one on both; at a line's edge, as it was."""
    dot = position if words[position].text == "." else position - 1
    after = words[dot + 1].gap if dot + 1 < len(words) else 0
    before = words[dot].gap if dot else 0
    return 1 if before or after else 0
