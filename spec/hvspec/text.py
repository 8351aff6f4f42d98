"""The text that spans speak of: what stands where, and what replaces it."""

from __future__ import annotations

from collections.abc import Iterable

from hvmodel.source import Span

from .diagnostic import Edit


class Text:
    """One file's text, looked at by spans. Lines end with a line feed, as the parser counts them."""

    def __init__(self, text: str) -> None:
        self.whole = text
        self._starts = [0]
        for line in text.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)

    def offset(self, line: int, column: int) -> int:
        """The index of a place in the text; one past the end for places beyond it."""
        if line < 1 or line >= len(self._starts):
            return len(self.whole)
        return min(self._starts[line - 1] + column - 1, len(self.whole))

    def range(self, span: Span) -> tuple[int, int]:
        start = self.offset(span.line, span.column)
        return start, max(start, self.offset(span.end_line, span.end_column))

    def of(self, span: Span) -> str:
        start, end = self.range(span)
        return self.whole[start:end]

    def span(self, file: str, start: int, end: int) -> Span:
        """The span from an index of the text to another."""
        return Span(file, *self._place(start), *self._place(end))

    def _place(self, index: int) -> tuple[int, int]:
        before = self.whole[:index]
        return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1


def replaced(text: str, edits: Iterable[Edit]) -> str:
    """The text with edits carried out; the spans are those of the text as it is, and no two overlap."""
    known = Text(text)
    for (start, end), replacement in sorted(((known.range(e.span), e.replacement) for e in edits), reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def start_of(span: Span) -> Span:
    """The empty stretch before a span."""
    return Span(span.file, span.line, span.column, span.line, span.column)


def end_of(span: Span) -> Span:
    """The empty stretch after a span."""
    return Span(span.file, span.end_line, span.end_column, span.end_line, span.end_column)


def between(first: Span, second: Span) -> Span:
    """What stands between two spans."""
    return Span(first.file, first.end_line, first.end_column, second.line, second.column)
