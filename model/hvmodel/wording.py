"""An action's events in words, for those who have to find it in their spec."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hvmodel.expression import show
from hvmodel.system import Action, Event, Reference

ARROWS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"send": ("~>", ""), "delivery": ("~>", " arrives"), "loss": ("~>", " is lost")}
)


def described(action: Action) -> str:
    return "; ".join(map(_event, action.events))


def _event(event: Event) -> str:
    name = event.name or ("" if event.code is None else show(event.code))
    inside = f"({', '.join(map(show, event.arguments))})" if event.arguments else ""
    if event.target is not None:
        arrow, end = ARROWS.get(event.kind, ("->", ""))
        return f"{_reference(event.source)} {arrow} {_reference(event.target)}: {name}{inside}{end}"
    return f"{_reference(event.source)}: {name}{inside}"


def _reference(reference: Reference) -> str:
    indices = ", ".join(map(show, reference.indices))
    return f"{reference.name}[{indices}]" if indices else reference.name
