"""Whether two syntax trees say the same, wherever in the text each word stands."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from hvmodel.source import Span


def same(one: Any, other: Any) -> bool:
    """Equal but for spans. Walks without recursion: trees may be as deep as the parser reads them."""
    waiting = [(one, other)]
    while waiting:
        left, right = waiting.pop()
        if type(left) is not type(right):
            return False
        if isinstance(left, Span):
            continue
        if isinstance(left, tuple):
            if len(left) != len(right):
                return False
            waiting.extend(zip(left, right, strict=True))
        elif is_dataclass(left):
            waiting.extend((getattr(left, part.name), getattr(right, part.name)) for part in fields(left))
        elif left != right:
            return False
    return True
