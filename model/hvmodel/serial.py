"""Systems as JSON-able data and back: what another tool is given. `shared.py` is quicker, for ourselves."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from . import expression, source, system, types
from .system import System

FORMAT = 1
"""Raised whenever the meaning of the data changes."""

CLASSES = {
    kind.__name__: kind
    for module in (types, source, expression, system)
    for kind in vars(module).values()
    if isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == module.__name__
}


def to_data(what: System) -> dict[str, Any]:
    """A system as dicts, lists and plain values; equal systems give equal data."""
    return {"format": FORMAT, "system": _encode(what)}


def from_data(data: dict[str, Any]) -> System:
    """The system again. Raises ValueError for data of another format or that is no system."""
    if data.get("format") != FORMAT:
        raise ValueError(f"format {data.get('format')!r}, expected {FORMAT}")
    found = _decode(data.get("system"))
    if not isinstance(found, System):
        raise ValueError("not a system")
    return found


def _encode(part: Any) -> Any:
    if isinstance(part, tuple):
        return [_encode(item) for item in part]
    if isinstance(part, frozenset):
        return {"set": sorted(part)}
    if is_dataclass(part) and not isinstance(part, type):
        # Fields at their defaults are most of a system's bulk: leave them out.
        own = {
            field.name: _encode(getattr(part, field.name))
            for field in fields(part)
            if getattr(part, field.name) != field.default
        }
        return {"is": type(part).__name__, **own}
    return part


def _decode(data: Any) -> Any:
    if isinstance(data, list):
        return tuple(_decode(item) for item in data)
    if not isinstance(data, dict):
        return data
    if "set" in data:
        return frozenset(data["set"])
    kind = CLASSES.get(str(data.get("is")))
    if kind is None:
        raise ValueError(f"unknown part {data.get('is')!r}")
    given = {name: _decode(value) for name, value in data.items() if name != "is"}
    unknown = given.keys() - {field.name for field in fields(kind)}
    if unknown:
        raise ValueError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    try:
        return kind(**given)
    except TypeError as error:
        raise ValueError(str(error)) from None
