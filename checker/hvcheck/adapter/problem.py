"""What is wrong with an adapter, as diagnostics in the user's own Python file."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping, Sequence
from os import path
from typing import Any

from hvmodel.source import NOWHERE, Span
from hvspec.diagnostic import Diagnostic


class AdapterError(Exception):
    """An adapter that does not fit its spec. `diagnostics` is never empty; as text, they stand with their lines."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(diagnostics)
        self.diagnostics = tuple(diagnostics)

    def __str__(self) -> str:
        from hvcheck.report.diagnostics import render_all

        lines = render_all(self.diagnostics, sources_of(self.diagnostics))
        return "\n".join(["the adapter does not fit the spec", *map(str, lines)])


def sources_of(diagnostics: Sequence[Diagnostic]) -> Mapping[str, str]:
    """The texts of the files that the diagnostics speak of, as far as they can be read."""
    names = dict.fromkeys(one.span.file for one in diagnostics if one.span.file)
    return {name: "".join(linecache.getlines(name)) for name in names}


def place_of(method: Callable[..., Any], word: str) -> Span:
    """Where the method's decorators or its own line have the word; its first line otherwise."""
    code = getattr(method, "__code__", None)
    if code is None:
        return NOWHERE
    file, first = shown_file(code.co_filename), code.co_firstlineno
    for line in range(first, first + 12):
        column = linecache.getline(code.co_filename, line).find(word)
        if column >= 0:
            return Span(file, line, column + 1, line, column + 1 + len(word))
    return Span(file, first, 1, first, 2)


def class_place(tool: type) -> Span:
    """Where the class begins, as far as its methods tell."""
    codes = [getattr(value, "__code__", None) for value in vars(tool).values()]
    found = [code for code in codes if code is not None]
    if not found:
        return NOWHERE
    code = min(found, key=lambda one: one.co_firstlineno)
    lines = linecache.getlines(code.co_filename)
    heading = f"class {tool.__name__}"
    number = next((at for at, text in enumerate(lines, 1) if text.lstrip().startswith(heading)), code.co_firstlineno)
    return Span(shown_file(code.co_filename), number, 1, number, 1 + len(heading))


def shown_file(name: str) -> str:
    """Relative to where one is, for a file below it."""
    try:
        near = path.relpath(name)
    except ValueError:
        return name
    return name if near.startswith("..") else near
