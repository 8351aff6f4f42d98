"""Walking the syntax tree as data: every node, whatever its kind, without recursion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import is_dataclass
from functools import cache
from typing import Any

from hvmodel.source import Span


@cache
def _fields(kind: object) -> tuple[str, ...]:
    assert isinstance(kind, type)
    return tuple(name for name in kind.__dataclass_fields__ if name != "span") if is_dataclass(kind) else ()


def fields(node: object) -> tuple[str, ...]:
    """The names of a node's fields without its span; () for what is no node."""
    kind: object = type(node)
    return _fields(kind)


def parts(node: Any) -> Iterator[Any]:
    """The nodes directly inside a node, in the order of its fields."""
    for name in fields(node):
        value = getattr(node, name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, tuple):
                yield from part
            elif fields(part):
                yield part


def walk(*roots: Any) -> Iterator[Any]:
    """The nodes and everything inside them, outer before inner."""
    stack = list(reversed(roots))
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(list(parts(node))))


def holds(outer: Span, inner: Span) -> bool:
    """Whether a span lies within another."""
    return (
        outer.file == inner.file
        and (outer.line, outer.column) <= (inner.line, inner.column)
        and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
    )


def around(roots: Iterable[Any], span: Span) -> tuple[Any, ...]:
    """The nodes that a span lies in, outer before inner."""
    found: list[Any] = []
    stack = list(roots)
    while stack:
        node = stack.pop()
        where = getattr(node, "span", None)
        if where is None or holds(where, span):
            if where is not None:
                found.append(node)
            stack.extend(parts(node))
    return tuple(sorted(found, key=lambda node: (-_length(node.span)[0], -_length(node.span)[1])))


def _length(span: Span) -> tuple[int, int]:
    return span.end_line - span.line, span.end_column - span.column
